#!/usr/bin/env python3
"""Runs the tests, a line for each section: how many passed, failed and were skipped, and how long it took; the whole output of those that failed.

    sections.py [--build build] [--jobs 2] [--alone integration] SECTION…

A section is a folder of tests/ with Python tests, or "unit": the programs of the build's unit/. The counts are taken from the JUnit files that pytest and
cmocka write; a program that left none, for it crashed, is one that failed. A section in which nothing ran has failed. Each row also goes to
RESULTS, from which .ci/run adds them up.
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
    def __init__(self, name):
        self.name, self.passed, self.failed, self.skipped, self.seconds, self.output = name, 0, 0, [], 0, ""

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
        """A bad end that no case accounts for is a failure too."""
        if not whole or (code != 0 and not self.failed):
            self.failed += 1
            self.output += f"{what}: ended with {code}" + ("" if whole else " and left no results") + "\n"


class Runner:
    def __init__(self, build, folder):
        self.build, self.folder = build, folder  # the folder is for the results
        self.environment = {**os.environ, "NUDGE_BUILD": str((ROOT / self.build).resolve()), "B": self.build, "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, outcome, command, **environment):
        try:
            done = subprocess.run(command, cwd=ROOT, env={**self.environment, **environment}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
        except subprocess.TimeoutExpired as late:
            outcome.output += (late.stdout or b"").decode("utf-8", "replace")
            return f"no result after {PATIENCE} s"
        outcome.output += done.stdout.decode("utf-8", "replace")
        return done.returncode

    def section(self, name):
        outcome, begun = Outcome(name), time.monotonic()
        self.unit(outcome) if name == "unit" else self.python(outcome)
        if not outcome.passed + outcome.failed:
            outcome.failed = 1
            outcome.output += "nothing was tested\n"
        outcome.seconds = time.monotonic() - begun
        return outcome

    def unit(self, outcome):
        for source in sorted((ROOT / "tests" / "unit").glob("test_*.c")):
            report = self.folder / f"{source.stem}.xml"
            code = self.run(outcome, [ROOT / self.build / "unit" / source.stem], CMOCKA_MESSAGE_OUTPUT="xml", CMOCKA_XML_FILE=str(report))
            outcome.judge(code, outcome.count(report), source.stem)
            if code and report.exists():
                outcome.output += report.read_text(errors="replace")

    def python(self, outcome):
        report = self.folder / f"{outcome.name}.xml"
        code = self.run(outcome, [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", f"tests/{outcome.name}"])
        outcome.judge(code, outcome.count(report), outcome.name)


def show(outcome, kind):
    counts = f"{outcome.passed} passed" + (f", {outcome.failed} FAILED" if outcome.failed else "")
    counts += f", {len(outcome.skipped)} skipped" if outcome.skipped else ""
    print(f"{kind + outcome.name:<20} {counts:<40} {outcome.seconds:6.1f} s", flush=True)
    for why in sorted(outcome.skipped):
        print(f"    skipped {why}", flush=True)
    if outcome.failed:
        print("".join(f"    {line}\n" for line in outcome.output.splitlines()), flush=True)
    with open(RESULTS, "a") as results:
        print(kind + outcome.name, outcome.passed, outcome.failed, len(outcome.skipped), sep="\t", file=results)


def main():
    parser = argparse.ArgumentParser(description="Runs the tests.")
    parser.add_argument("--build", default="build")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--alone", default="", help="sections, separated by spaces, that need the machine for themselves: they come last")
    parser.add_argument("sections", nargs="+")
    options = parser.parse_args()
    kind = "" if options.build == "build" else Path(options.build).name + " "
    alone = [name for name in options.sections if name in options.alone.split()]
    failed = 0
    RESULTS.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nudge-tests-") as folder, ThreadPoolExecutor(options.jobs) as pool:
        runner = Runner(options.build, Path(folder))
        for outcome in pool.map(runner.section, [name for name in options.sections if name not in alone]):
            show(outcome, kind)
            failed += outcome.failed
        for outcome in map(runner.section, alone):
            show(outcome, kind)
            failed += outcome.failed
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
