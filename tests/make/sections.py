#!/usr/bin/env python3
"""Runs the tests, a line for each section: how many passed, failed and were skipped, and how long it took; the whole output of those that failed.

    sections.py [--build build] [--jobs 2] SECTION…

A section is a folder of tests/ with Python tests, or "unit": the programs of the build's unit/. The counts are taken from the JUnit files that pytest and
cmocka write; a program that left none, for it crashed, is one that failed. The seconds are those of its parts together. Each row also
goes to RESULTS, from which .ci/run adds them up.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "build" / "results.tsv"
PATIENCE = 900  # seconds for a section


class Outcome:
    """Of a part of a section; parts add up."""

    def __init__(self):
        self.passed, self.failed, self.skipped, self.seconds, self.output = 0, 0, [], 0, ""

    def add(self, part):
        self.passed, self.failed, self.skipped = self.passed + part.passed, self.failed + part.failed, self.skipped + part.skipped
        self.seconds, self.output = self.seconds + part.seconds, self.output + part.output

    def count(self, path):
        """Adds the cases of a JUnit file; False if there is none that is whole."""
        try:
            cases = list(xml.parse(path).iter("testcase"))
        except (OSError, xml.ParseError):
            return False
        for case in cases:
            if case.find("failure") is not None or case.find("error") is not None:
                self.failed += 1
            elif case.find("skipped") is not None:
                self.skipped.append(f"{case.get('name')}: {case.find('skipped').get('message') or 'skipped'}")
            else:
                self.passed += 1
        return True

    def judge(self, code, whole, what):
        """A bad end that no case accounts for is a failure too, and so is a part in which nothing was tested."""
        if not whole or (code != 0 and not self.failed):
            self.failed += 1
            self.output += f"{what}: ended with {code}" + ("" if whole else " and left no results") + "\n"
        elif not self.passed + self.failed + len(self.skipped):
            self.failed += 1
            self.output += f"{what}: nothing was tested\n"


class Runner:
    def __init__(self, build, folder):
        self.build, self.folder = build, folder  # the folder is for the results
        self.environment = {**os.environ, "NUDGE_BUILD": str((ROOT / self.build).resolve()), "B": self.build, "PYTHONDONTWRITEBYTECODE": "1"}

    def parts(self, section):
        pattern = "unit/test_*.c" if section == "unit" else f"{section}/test_*.py"
        return sorted((ROOT / "tests").glob(pattern)) or [ROOT / "tests" / section]

    def part(self, path):
        """A program of unit tests, or a file of Python tests."""
        outcome, begun, report = Outcome(), time.monotonic(), self.folder / f"{path.parent.name}-{path.stem}.xml"
        unit = path.suffix == ".c"
        command = [ROOT / self.build / "unit" / path.stem] if unit else \
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", path]
        code = self.run(outcome, command, {"CMOCKA_MESSAGE_OUTPUT": "xml", "CMOCKA_XML_FILE": str(report)} if unit else {})
        outcome.judge(code, outcome.count(report), path.stem)
        if unit and outcome.failed and report.exists():
            outcome.output += report.read_text(errors="replace")
        outcome.seconds = time.monotonic() - begun
        return outcome

    def run(self, outcome, command, environment):
        try:
            done = subprocess.run(command, cwd=ROOT, env=self.environment | environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
        except subprocess.TimeoutExpired as late:
            outcome.output += (late.stdout or b"").decode("utf-8", "replace")
            return f"no result after {PATIENCE} s"
        except OSError as error:
            return str(error)
        if done.returncode:
            outcome.output += done.stdout.decode("utf-8", "replace")
        return done.returncode


def show(name, outcome):
    counts = f"{outcome.passed} passed" + (f", {outcome.failed} FAILED" if outcome.failed else "")
    counts += f", {len(outcome.skipped)} skipped" if outcome.skipped else ""
    print(f"{name:<20} {counts:<40} {outcome.seconds:6.1f} s", flush=True)
    for why in sorted(outcome.skipped):
        print(f"    skipped {why}", flush=True)
    if outcome.failed:
        print("".join(f"    {line}\n" for line in outcome.output.splitlines()), flush=True)
    with open(RESULTS, "a") as results:
        print(name, outcome.passed, outcome.failed, len(outcome.skipped), sep="\t", file=results)


def main():
    parser = argparse.ArgumentParser(description="Runs the tests.")
    parser.add_argument("--build", default="build")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="files of tests at once")
    parser.add_argument("sections", nargs="+")
    options = parser.parse_args()
    kind = "" if options.build == "build" else Path(options.build).name + " "
    failed = 0
    RESULTS.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nudge-tests-") as folder, ThreadPoolExecutor(options.jobs) as pool:
        runner = Runner(options.build, Path(folder))
        started = [(section, [pool.submit(runner.part, path) for path in runner.parts(section)]) for section in options.sections]
        for section, parts in started:
            whole = Outcome()
            for part in parts:
                whole.add(part.result())
            show(kind + section, whole)
            failed += whole.failed
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
