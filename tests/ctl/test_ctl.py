"""nudgectl against a Redis of the test's own: what it prints, and its exit codes."""
import json
import os
import pathlib
import re
import subprocess
import time

import pytest
import redis

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = os.environ.get("NUDGE_BUILD")
BUILD = pathlib.Path(BUILT or ROOT / "build").resolve()
PASSWORD = "a secret of the test"


@pytest.fixture(scope="session", autouse=True)
def built():
    if not BUILT:
        subprocess.run(["make", "-s", "-C", ROOT, "build/nudgectl"], check=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("redis")
    sock = folder / "redis.sock"
    process = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", sock, "--save", "", "--dir", folder, "--requirepass", PASSWORD,
                                "--logfile", folder / "log"])
    client = redis.Redis(unix_socket_path=str(sock), password=PASSWORD, decode_responses=True)
    end = time.monotonic() + 10
    while True:
        try:
            client.ping()
            break
        except redis.ConnectionError:
            assert time.monotonic() < end and process.poll() is None, (folder / "log").read_text()
            time.sleep(0.02)
    client.path = str(sock)
    yield client
    process.terminate()
    process.wait(10)


@pytest.fixture
def shop(server, tmp_path):
    """An empty database, and a configuration that names it: partitions 0 and 1."""
    server.flushall()
    for folder in ["campaigns", "segments", "stores"]:
        (tmp_path / folder).mkdir()
    (tmp_path / "password").write_text(PASSWORD + "\n")
    (tmp_path / "nudged.json").write_text(json.dumps({"redis": "unix://" + server.path, "redis_password_file": "password", "partitions": 2}))
    return tmp_path


def ctl(*args, folder=None):
    if folder:
        args = (*args, "-c", folder / "nudged.json")
    done = subprocess.run([BUILD / "nudgectl", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("args, code, words", [
    ([], 2, "usage: nudgectl COMMAND"), (["--help"], 0, "usage: nudgectl COMMAND"), (["chek"], 2, 'did you mean "check"?'),
    (["check", "--help"], 0, "usage: nudgectl check"), (["check", "--jsn"], 2, "usage: nudgectl check"), (["check", "x"], 2, "usage:"),
    (["customer"], 2, "usage: nudgectl customer USER"), (["customer", "a", "b"], 2, "usage:"), (["customer", "a", "--json"], 2, "usage:"),
    (["dead", "-n", "0"], 2, "usage: nudgectl dead"), (["dead", "-n"], 2, "usage:"), (["status", "-n", "3"], 2, "usage:")])
def test_usage(args, code, words):
    got, out, err = ctl(*args)
    assert got == code and words in out + err


def test_every_command_explains_itself():
    _, out, _ = ctl("--help")
    names = re.findall(r"^  ([a-z-]+) ", out, re.M)
    assert {"check", "status", "customer", "dead"} <= set(names)
    for name in names:
        code, out, _ = ctl(name, "--help")
        assert code == 0 and out.startswith(f"usage: nudgectl {name}")


def test_check_of_what_is_right(shop):
    code, out, err = ctl("check", folder=shop)
    assert (code, err) == (0, "") and out.endswith("nudged.json: 0 campaigns right, 0 errors, 0 warnings\n")
    assert json.loads(ctl("check", "--json", folder=shop)[1]) == {"ok": True, "campaigns": 0, "errors": []}


def test_check_tells_every_mistake_and_where(shop):
    (shop / "campaigns/a.json").write_text('{"name":\n "a"')
    (shop / "segments/s.json").write_text("[]")
    code, out, err = ctl("check", folder=shop)
    assert code == 1 and "2 errors" in out
    assert f"{shop}/campaigns/a.json:2:" in err and f"{shop}/segments/s.json:1:1: " in err
    found = json.loads(ctl("check", "--json", folder=shop)[1])
    assert found["ok"] is False and {e["line"] for e in found["errors"]} == {1, 2}


def test_check_of_a_broken_configuration(shop):
    (shop / "nudged.json").write_text('{"lease": 3, "batch": "x"}')
    code, out, err = ctl("check", folder=shop)
    assert code == 1 and err.count("nudged.json:1:") == 2
    assert ctl("status", folder=shop)[0] == 1
    assert ctl("check", "-c", shop / "none.json")[0] == 1


def test_status(server, shop):
    server.set("nudge:{0}:owner", "one")
    for i in range(3):
        server.xadd("nudge:{0}:events", {"type": "x", "user": i})
    server.xgroup_create("nudge:{0}:events", "nudged", "0")
    server.xreadgroup("nudged", "nudged", {"nudge:{0}:events": ">"}, count=2)
    server.xadd("nudge:{1}:dead", {"reason": "r"})
    server.zadd("nudge:{0}:timers", {"t": 1})
    server.zadd("nudge:{0}:customers", {"u": 0})
    server.zadd("nudge:instances", {"one": server.time()[0] * 1000})
    code, out, _ = ctl("status", "--json", folder=shop)
    shown = json.loads(out)
    assert code == 0
    assert shown["partitions"] == [
        {"partition": 0, "owner": "one", "events": 3, "lag": 1, "pending": 2, "outbox": 0, "timers": 1, "customers": 1, "dead": 0},
        {"partition": 1, "owner": None, "events": 0, "lag": None, "pending": None, "outbox": 0, "timers": 0, "customers": 0, "dead": 1}]
    assert shown["instances"][0]["name"] == "one" and -1000 <= shown["instances"][0]["seen_ms_ago"] < 10000
    code, out, _ = ctl("status", folder=shop)
    assert code == 0 and re.search(r"^ +0 +3 +1 +2 +0 +1 +1 +0 +one$", out, re.M) and "one  seen" in out


def test_dead_letters_newest_first_and_safe_to_print(server, shop):
    for i in range(3):
        server.xadd("nudge:{1}:dead", {"reason": f"reason {i}", "entry": f"{i}-0", "event.note": "a\x1b[31m\nb"})
    code, out, _ = ctl("dead", folder=shop)
    assert code == 0 and out.index("reason 2") < out.index("reason 0")
    assert "note = a\\x1b[31m\\x0ab" in out and "\x1b" not in out
    code, out, _ = ctl("dead", "--json", "-n", "1", folder=shop)
    letter = json.loads(out)
    assert letter["reason"] == "reason 2" and letter["partition"] == 1 and letter["event.note"] == "a\x1b[31m\nb"


def crc16(text):
    crc = 0
    for byte in text.encode():
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def test_customer(server, shop):
    for user in ["ann", "bob", "Zoë 7"]:
        server.set(f"nudge:{{{crc16(user) % 2}}}:customer:{user}", b"\x01")  # the version, and no record yet
        code, out, err = ctl("customer", user, folder=shop)
        assert code == 0, err
        assert json.loads(out)["user"] == user
    code, out, err = ctl("customer", "nobody", folder=shop)
    assert code == 1 and "no such customer" in err and out == ""


def test_a_damaged_card_is_told(server, shop):
    server.set(f"nudge:{{{crc16('ann') % 2}}}:customer:ann", b"\xfe\xff")
    code, out, err = ctl("customer", "ann", folder=shop)
    assert code == 1 and "damaged" in err


def test_the_password_is_nowhere_when_it_is_wrong(server, shop):
    (shop / "password").write_text("wrong guess")
    for command in [["status"], ["dead"], ["customer", "x"]]:
        code, out, err = ctl(*command, folder=shop)
        assert code == 1 and "logging in" in err and "wrong guess" not in out + err


def test_no_redis_no_answer(shop):
    (shop / "nudged.json").write_text('{"redis": "redis://127.0.0.1:1"}')
    for command in [["status"], ["dead"], ["customer", "x"]]:
        code, out, err = ctl(*command, folder=shop)
        assert code == 1 and "Connection refused" in err
    assert ctl("check", folder=shop)[0] == 0  # needs none
