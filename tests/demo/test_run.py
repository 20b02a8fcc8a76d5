"""`make run`: does it show pushes, and is really nothing left of it, whatever ends it?"""
import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))

from servers import RedisServer  # noqa: E402

ROOT = HERE.parents[1]
BUILD = Path(os.environ.get("NUDGE_BUILD", ROOT / "build")).resolve()
PATIENCE = 30


class Run:
    """The demonstration, as a process of its own; each line it prints is looked at once."""

    def __init__(self, folder, *options):
        self.folder, self.seen, self.children = folder, [], []
        environment = {**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen([sys.executable, HERE / "run.py", "--build", BUILD, *options], stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, env=environment)
        self.alarm = threading.Timer(PATIENCE, self.process.kill)
        self.alarm.start()

    def until(self, pattern):
        for line in self.process.stdout:
            self.seen.append(line)
            found = re.search(pattern, line)
            if found:
                return found
        raise AssertionError(f"it ended before {pattern!r}:\n{self.text}")

    def child(self, name):
        """The process id of one of its children."""
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            if Path(f"/proc/{pid}/comm").read_text().strip() == name:
                return int(pid)
        raise AssertionError(f"no {name} among its children")

    def note_children(self):
        self.children = [self.child("redis-server"), self.child("nudged")]

    def end(self, number=None):
        """Its exit code."""
        if number:
            self.process.send_signal(number)
        self.seen.append(self.process.stdout.read())
        code = self.process.wait()
        self.alarm.cancel()
        return code

    @property
    def text(self):
        return "".join(self.seen)

    def left(self):
        """Files and processes."""
        return [*self.folder.glob("nudge-demo-*"), *(pid for pid in self.children if Path(f"/proc/{pid}").exists())]


@pytest.fixture
def run(tmp_path):
    started = []

    def make(*options):
        started.append(Run(tmp_path, *options))
        return started[-1]
    yield make
    for one in started:
        one.alarm.cancel()
        if one.process.poll() is None:
            one.end(signal.SIGTERM)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_do_pushes_arrive_with_their_reason_and_does_it_end_cleanly(run, number):
    demo = run()
    assert demo.until(r"^ +because +(.*)")[1]
    assert demo.until(r"^ +rule +(.*)")[1]
    demo.note_children()
    assert demo.end(number) == 0
    assert "nothing is left" in demo.text and "signed" not in demo.text
    assert demo.left() == []
    assert all(len(line) <= 80 for line in demo.text.splitlines() if str(demo.folder) not in line and str(ROOT) not in line)


@pytest.mark.parametrize("victim", ["nudged", "redis-server"])
def test_does_it_say_so_when_a_part_dies(run, victim):
    demo = run()
    demo.until(r"^ +because")
    demo.note_children()
    os.kill(demo.child(victim), signal.SIGKILL)
    assert demo.end() == 1
    assert f"{victim} ended by itself" in demo.text
    assert demo.left() == []


def test_is_a_redis_of_the_persons_own_left_as_it_was(run, tmp_path):
    server = RedisServer(tmp_path).start(port=0)
    try:
        server.ready()
        server.client.set("mine", "1")
        demo = run("--redis", "unix://" + server.socket)
        demo.until(r"^ +because")
        assert any(key.startswith("nudge-demo-") for key in server.client.keys())
        assert demo.end(signal.SIGTERM) == 0
        assert server.client.keys() == ["mine"]
    finally:
        server.kill()


def test_are_campaigns_of_the_persons_own_played(run, tmp_path):
    campaigns = tmp_path / "mine"
    campaigns.mkdir()
    (campaigns / "till.json").write_text(json.dumps({
        "name": "till", "description": "Whoever pays hears a word", "purpose": "service", "delay": "1s",
        "trigger": {"event": "purchase"}, "push": {"body": "Thanks for {{amount | money: 'USD'}}"}}))
    demo = run("--campaigns", str(campaigns))
    demo.until(r"Thanks for \$\d")
    assert demo.until(r"because +(bought .*)") and demo.until(r"Whoever pays hears a word")


def test_is_what_is_wrong_said_in_a_line(run, tmp_path):
    nowhere = run("--redis", "redis://127.0.0.1:1/0")
    assert nowhere.end() == 1 and "make run: no Redis at redis://127.0.0.1:1/0" in nowhere.text
    no_folder = run("--campaigns", str(tmp_path / "none"))
    assert no_folder.end() == 2 and "no folder" in no_folder.text
