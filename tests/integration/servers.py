"""A real redis-server and a real nudged, each started by the test, in its folder, and ended by its process id."""
import json
import os
import re
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import redis

from waiting import PATIENCE, poll

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("NUDGE_BUILD", ROOT / "build"))
SANITIZED = BUILD.name == "asan"                     # it has the crash points too
CRASHING = BUILD if SANITIZED else BUILD / "crash"  # the build that has them
ADMIN = re.compile(r"admin http listening.*?address=\"?(127\.0\.0\.1:\d+)")
LOG_SHOWN = 6000  # characters of a log's end in a failure


class Server:
    """A process with a log. What it dies of, but by the test's hand, is a failure."""

    def __init__(self, command, log, env=None):
        self.log_path = Path(log)
        self.started_at = self.log_path.stat().st_size if self.log_path.exists() else 0
        self.expected = False  # its death is
        with open(log, "ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=env)

    @property
    def pid(self):
        return self.process.pid

    @property
    def log(self):
        """What it has written since it was started."""
        return self.log_path.read_bytes()[self.started_at:].decode("utf-8", "replace")

    def running(self):
        return self.process.poll() is None

    def check(self):
        """Fails if it died of itself."""
        code = self.process.poll()
        if code is not None and not self.expected:
            raise AssertionError(f"{self.log_path.name}: died by itself, exit {code}\n{self.log[-LOG_SHOWN:]}")

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.expected = True
        if self.running():
            self.process.kill()
        self.process.wait(PATIENCE)

    def terminate(self):
        """SIGTERM; its exit code."""
        self.expected = True
        self.signal(signal.SIGTERM)
        return self.exit_code()

    def exit_code(self):
        self.expected = True
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.log_path.name}: still there after {PATIENCE:g} s\n{self.log[-LOG_SHOWN:]}") from None


class RedisServer:
    """On a Unix socket in its own folder; nothing is kept on disk unless asked for."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.socket = str(self.folder / "redis.sock")
        self.url = f"unix://{self.socket}?db=0"
        self.password = None
        self.server = None

    def start(self, **options):
        options = {"port": 0, "unixsocket": self.socket, "dir": self.folder, "save": "", "appendonly": "no", **options}
        arguments = [word for name, value in options.items() for word in ("--" + name.replace("_", "-"), str(value))]
        self.server = Server(["redis-server", *arguments], self.folder / "redis.log")
        return self

    def ready(self):
        poll("redis-server to answer", self.answers)
        return self

    def answers(self):
        self.server.check()
        try:
            return self.client.ping()
        except redis.exceptions.RedisError:
            return False

    @property
    def client(self):
        return redis.Redis(unix_socket_path=self.socket, decode_responses=True, password=self.password, encoding_errors="replace")

    def kill(self):
        if self.server:
            self.server.kill()


class Nudged(Server):
    """One instance of the daemon."""

    def __init__(self, config, name, folder, crash=None, open_files=None):
        binary = (CRASHING if crash else BUILD) / "nudged"
        built(binary)
        limit = ["prlimit", f"--nofile={open_files}", "--"] if open_files else []
        env = {**os.environ, **({"NUDGE_CRASH": crash} if crash else {})}
        self.name, self.config = name, config
        super().__init__([*limit, str(binary), "-c", str(config)], folder / f"nudged-{name}.log", env)

    @property
    def admin(self):
        """The address of its admin HTTP, as it logged it."""
        found = ADMIN.search(self.log)
        return found and f"http://{found.group(1)}"

    def ask(self, path):
        """(status, text) of a page; (0, why) while there is none."""
        if not self.admin:
            return 0, "no admin port yet"
        try:
            with urllib.request.urlopen(self.admin + path, timeout=5) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()
        except OSError as error:
            return 0, str(error)

    def is_ready(self):
        self.check()
        return self.ask("/readyz")[0] == 200

    def ready(self, patience=PATIENCE):
        try:
            poll(f"nudged {self.name} to be ready", self.is_ready, patience)
        except AssertionError as failure:
            raise AssertionError(f"{failure}; /readyz: {self.ask('/readyz')}\n{self.log[-LOG_SHOWN:]}") from None
        return self

    def end(self):
        """Killed; but a sanitizer is given the chance to tell of leaks."""
        if SANITIZED and self.running():
            self.thaw()
            code = self.terminate()
            assert code == 0, f"{self.log_path.name}: exit {code}\n{self.log[-LOG_SHOWN:]}"
        self.kill()

    def open_files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def wait_crash(self):
        """Until it has killed itself at its crash point."""
        self.expected = True
        poll(f"nudged {self.name} to crash", lambda: not self.running())
        assert self.process.returncode == -signal.SIGKILL, f"died of {self.process.returncode}\n{self.log[-LOG_SHOWN:]}"


def built(binary):
    if not os.access(binary, os.X_OK):
        pytest.skip(f"{binary} is not built")


def nudgectl(*arguments):
    """The JSON that a command of nudgectl prints."""
    binary = BUILD / "nudgectl"
    built(binary)
    done = subprocess.run([binary, *map(str, arguments)], capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, f"nudgectl {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr.decode()}"
    return json.loads(done.stdout)
