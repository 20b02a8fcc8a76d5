#!/usr/bin/env python3
"""compile_commands.py 'COMPILER FLAGS' FILE…: a compilation database (https://clang.llvm.org/docs/JSONCompilationDatabase.html)."""
import json
import os
import shlex
import sys

command, files = shlex.split(sys.argv[1]), sys.argv[2:]
json.dump([{"directory": os.getcwd(), "file": file, "arguments": [*command, "-c", file]} for file in files], sys.stdout, indent=1)
