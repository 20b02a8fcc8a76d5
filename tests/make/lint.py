#!/usr/bin/env python3
"""lint.py JOBS 'COMPILER FLAGS' FILE…: clang-tidy over the files, by .clang-tidy; prints what it finds but for what is known to be wrong, exit 1 if anything."""
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAD = re.compile(rf"(?:{re.escape(str(ROOT))}/)?(\S+?):\d+:\d+: (?:warning|error): .*?(?:\[([\w.,-]+)\])?$")
CHATTER = re.compile(r"\d+ (warnings?|errors?).* (generated|treated|found)|Suppressed |Use -header-filter|Use -system-headers")
# What the analyser takes for a mistake and is none.
KNOWN = {
    ("src/admin/http.c", "clang-analyzer-unix.Malloc"): "it does not follow TAILQ_REMOVE, and takes the next client for the one just freed",
    ("src/rules/places.c", "clang-analyzer-core.NullDereference"): "a fence has a store or an area; the stores of the map are never NULL",
}


def findings(output):
    """Each as its lines; the first says where and what."""
    found = []
    for line in output.splitlines():
        if CHATTER.match(line):
            continue
        if HEAD.match(line) or not found:
            found.append([])
        found[-1].append(line)
    return found


def is_known(finding):
    head = HEAD.match(finding[0])
    return bool(head and head[2] and any((head[1], check) in KNOWN for check in head[2].split(",")))


def tidy(path, flags):
    done = subprocess.run(["clang-tidy", "--quiet", path, "--", *flags], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return [finding for finding in findings(done.stdout) if not is_known(finding)]


def main():
    jobs, flags, files = int(sys.argv[1]), shlex.split(sys.argv[2]), sys.argv[3:]
    shown = set()
    with ThreadPoolExecutor(jobs) as pool:
        for found in pool.map(lambda path: tidy(path, flags), files):
            for finding in found:
                if finding[0] not in shown:  # a header's come with every file that includes it
                    print("\n".join(finding), flush=True)
                shown.add(finding[0])
    return 1 if shown else 0


if __name__ == "__main__":
    sys.exit(main())
