"""src/push against a receiver that misbehaves: what arrives is counted there, outcomes are the probe's.

Needs `make push-probes`; B names the build's folder (default: build). Times in options are short, so that what takes minutes
in life takes part of a second here; no test asserts how fast anything was, only that nothing came too early.
"""
import datetime, email.utils, json, os, pathlib, random, ssl, subprocess, sys, threading, time
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from receiver import Answer, Receiver, key_of, signature_valid

PROBE = ROOT / os.environ.get("B", "build") / "push" / "dispatch_probe"
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
SECRET_2 = "whsec_bnVkZ2UtdGVzdC1rZXktb2YtMjQtYnl0"
DEADLINE = 30


class Probe:
    """tests/push/dispatch_probe.c, running."""

    def __init__(self, env=None):
        self.process = subprocess.Popen([PROBE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, **(env or {})})
        self.lines, self.text, self.log = [], [], []
        self.changed = threading.Condition()
        self.readers = [threading.Thread(target=self.read, daemon=True),
                        threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True)]
        for t in self.readers:
            t.start()

    def read(self):
        for line in self.process.stdout:
            with self.changed:
                if line.startswith("{"):
                    self.lines.append(json.loads(line))
                else:
                    self.text.append(line)
                self.changed.notify_all()

    def tell(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def wait(self, condition, seconds=DEADLINE):
        deadline = time.monotonic() + seconds
        with self.changed:
            while not condition():
                left = deadline - time.monotonic()
                if left <= 0 or self.process.poll() not in (None, 0):
                    pytest.fail(f"waited in vain; exit {self.process.poll()}, said {self.lines[-5:]}, log {self.log[-20:]}")
                self.changed.wait(min(left, 0.1))

    def ask(self, key, **command):
        """The next line that has this key."""
        seen = len(self.lines)
        self.tell(**command)
        self.wait(lambda: any(key in line for line in self.lines[seen:]))
        return next(line for line in self.lines[seen:] if key in line)

    def configure(self, *providers):
        answer = self.ask("configured", configure=list(providers))
        assert answer["configured"], answer["why"]

    def status(self):
        return self.ask("pending", status=True)

    def status_until(self, condition):
        deadline = time.monotonic() + DEADLINE
        while not condition(s := self.status()):
            assert time.monotonic() < deadline, (s, self.log[-20:])
        return s

    def send(self, id, provider="a", **fields):
        self.tell(send={"id": id, "provider": provider, "user": "u1", "campaign": "c1", "title": "T", **fields})

    @property
    def outcomes(self):
        return [line for line in self.lines if "done" in line]

    def outcome(self, id):
        self.wait(lambda: any(o["done"] == id for o in self.outcomes))
        return next(o for o in self.outcomes if o["done"] == id)

    def log_until(self, text):
        self.wait(lambda: any(text in line for line in self.log))
        return next(line for line in self.log if text in line)

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
        code = self.process.wait(DEADLINE)
        for t in self.readers:
            t.join(DEADLINE)
        done = [o["done"] for o in self.outcomes]
        assert len(done) == len(set(done)), "an outcome came twice"
        assert code == 0, "".join(self.log)
        assert SECRET[6:] not in "".join(self.log)


@pytest.fixture
def probe():
    p = Probe()
    yield p
    p.close()


@pytest.fixture
def receiver():
    with Receiver(secret=SECRET) as r:
        yield r


def provider(receiver, name="a", path=None, **options):
    """A webhook provider whose patience is short."""
    url = receiver if isinstance(receiver, str) else receiver.url
    return {"name": name, "url": url + (path or f"/{name}"), "allow_http": True, "allow_private": True, "retry_first": 20,
            "retry_max": 100, "breaker_failures": 1000, "give_up": 60000, **options}


@pytest.fixture
def secret_file(tmp_path):
    f = tmp_path / "secret"
    f.write_text(SECRET + "\n")
    return str(f)


# -- what a push looks like --

def test_a_push_is_a_signed_standard_webhook(probe, receiver, secret_file):
    probe.configure(provider(receiver, secret_file=secret_file))
    probe.send("p1", body="B", url="app://x", language="nl", data='{"k":[1,"2"]}', created=1764000000500)
    assert probe.outcome("p1") == {"done": "p1", "outcome": "sent", "status": 200, "attempts": 1, "detail": "accepted"}
    [r] = receiver.requests
    assert (r.method, r.id, r.signed) == ("POST", "p1", True)
    assert r.headers["content-type"] == "application/json" and "expect" not in r.headers
    assert r.json == {"type": "push", "timestamp": "2025-11-24T16:00:00.500Z",
                      "data": {"id": "p1", "user": "u1", "campaign": "c1", "title": "T", "body": "B", "url": "app://x",
                               "language": "nl", "data": {"k": [1, "2"]}}}


def test_what_is_absent_is_left_out(probe, receiver):
    probe.configure(provider(receiver))
    probe.tell(send={"id": "p1", "provider": "a"})
    probe.outcome("p1")
    assert receiver.requests[0].json["data"] == {"id": "p1"}
    assert "webhook-signature" not in receiver.requests[0].headers


def test_both_keys_sign_while_one_replaces_the_other(probe, receiver, tmp_path):
    both = tmp_path / "both"
    both.write_text(SECRET_2 + "\n" + SECRET + "\n")
    probe.configure(provider(receiver, secret_file=str(both)))
    probe.send("p1")
    probe.outcome("p1")
    [r] = receiver.requests
    assert r.signed and signature_valid(key_of(SECRET_2), r.headers, r.body)
    assert len(r.headers["webhook-signature"].split(" ")) == 2
    both.write_text(SECRET_2 + "\n")  # read again with the next configuration
    probe.configure(provider(receiver, secret_file=str(both)))
    probe.send("p2")
    probe.outcome("p2")
    assert receiver.requests[1].signed is False
    assert signature_valid(key_of(SECRET_2), receiver.requests[1].headers, receiver.requests[1].body)


@pytest.mark.parametrize("text", ['quote " backslash \\ slash /', "tab\tnewline\nreturn\r bell\x07 escape\x1b nul\0 del\x7f",
                                  "emoji 🍕👩‍👩‍👧 и кириллица", "\u2028\u2029\ufeff</script>", "x" * 200000],
                         ids=["quotes", "controls", "emoji", "separators", "long"])
def test_any_text_arrives_as_it_was(probe, receiver, secret_file, text):
    probe.configure(provider(receiver, secret_file=secret_file))
    probe.send("p1", title=text, body=text, user=text, url=text)
    probe.outcome("p1")
    [r] = receiver.requests
    assert r.signed
    assert [r.json["data"][k] for k in ("title", "body", "user", "url")] == [text] * 4


def test_bad_utf8_is_replaced(probe, receiver, secret_file):
    probe.configure(provider(receiver, secret_file=secret_file))
    probe.send("p1", title_hex="61ff62", body_hex="c3")
    probe.outcome("p1")
    data = receiver.requests[0].json["data"]
    assert receiver.requests[0].signed and data["title"] == "a\ufffdb" and data["body"] == "\ufffd"


def test_an_id_cannot_forge_a_header(probe, receiver, secret_file):
    probe.configure(provider(receiver, secret_file=secret_file))
    probe.send("", id_hex=b"p1\r\nX-Evil: 1\r\n\r\n".hex())
    probe.wait(lambda: probe.outcomes)
    [r] = receiver.requests
    assert r.signed and "x-evil" not in r.headers


# -- answers --

@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_sent(probe, receiver, status):
    receiver.script("/a", Answer(status, body=b"" if status == 204 else b"<html>garbage \xff"))
    probe.configure(provider(receiver))
    probe.send("p1")
    assert probe.outcome("p1")["outcome"] == "sent" and receiver.total == 1


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 409, 410, 413, 422, 451, 499])
def test_3xx_and_4xx_are_refused_at_once_and_not_followed(probe, receiver, status):
    receiver.script("/a", Answer(status, {"Location": receiver.url + "/elsewhere"}, b""))
    probe.configure(provider(receiver, breaker_failures=1, breaker_pause=60000))
    for id in ("p1", "p2", "p3"):  # and they are no failure of the provider
        probe.send(id)
        assert probe.outcome(id) == {"done": id, "outcome": "refused", "status": status, "attempts": 1, "detail": f"HTTP {status}"}
    assert receiver.total == 3 and not receiver.of("/elsewhere")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_passing_troubles_are_retried_under_the_same_id(probe, receiver, secret_file, status):
    receiver.script("/a", [Answer(status), Answer(status), Answer(200)])
    probe.configure(provider(receiver, secret_file=secret_file))
    probe.send("p1")
    assert probe.outcome("p1")["attempts"] == 3
    assert receiver.counts == {"p1": 3} and receiver.unsigned == 0
    assert probe.status()["providers"][0]["retries"] == 2


@pytest.mark.parametrize("mode", ["lost", "reset", "garbage"])
def test_after_a_lost_or_broken_reply_it_is_sent_again_under_the_same_id(probe, receiver, secret_file, mode):
    receiver.script("/a", [Answer(mode=mode), Answer(mode=mode), Answer(200)])
    probe.configure(provider(receiver, secret_file=secret_file))
    probe.send("p1")
    assert probe.outcome("p1")["outcome"] == "sent"
    assert set(receiver.counts) == {"p1"} and receiver.total == 3 and receiver.unsigned == 0


def test_connections_closed_by_the_server_cost_no_push(probe, receiver):
    probe.configure(provider(receiver, concurrency=8))
    for i in range(5):
        for n in range(20):
            probe.send(f"{i}-{n}")
        probe.wait(lambda: len(probe.outcomes) == 20 * (i + 1))
        receiver.close_connections()
    assert {o["outcome"] for o in probe.outcomes} == {"sent"} and len(receiver.counts) == 100


# -- Retry-After --

def gap(receiver):
    first, second = receiver.of("/a")
    return second.at - first.at


def test_retry_after_in_seconds_is_kept(probe, receiver):
    receiver.script("/a", [Answer(429, {"Retry-After": "1"}), Answer(200)])
    probe.configure(provider(receiver, retry_max=60000))
    probe.send("p1")
    assert probe.outcome("p1")["outcome"] == "sent" and gap(receiver) >= 0.99


def test_retry_after_as_a_date_is_kept(probe, receiver):
    until = int(time.time()) + 2
    receiver.script("/a", [Answer(503, {"Retry-After": email.utils.formatdate(until, usegmt=True)}), Answer(200)])
    probe.configure(provider(receiver, retry_max=60000))
    probe.send("p1")
    probe.outcome("p1")
    assert time.time() >= until - 0.01 and receiver.total == 2


def test_garbage_retry_after_means_backoff(probe, receiver):
    receiver.script("/a", [Answer(429, {"Retry-After": g}) for g in ("soon", "-1", "1e9", "", "9" * 5000)] + [Answer(200)])
    probe.configure(provider(receiver, retry_max=300))
    probe.send("p1")
    assert probe.outcome("p1")["attempts"] == 6


def test_an_absurd_retry_after_is_capped(probe, receiver):
    receiver.script("/a", [Answer(429, {"Retry-After": "1000000000"}), Answer(200)])
    probe.configure(provider(receiver, retry_max=300))
    probe.send("p1")
    probe.outcome("p1")
    assert gap(receiver) >= 0.29


def test_while_a_provider_asks_for_time_its_queue_waits_and_others_do_not(probe, receiver):
    receiver.script("/a", [Answer(429, {"Retry-After": "1"}), Answer(200)])
    probe.configure(provider(receiver, concurrency=1, retry_max=60000), provider(receiver, "b"))
    for n in range(20):
        probe.send(f"a{n}")
        probe.send(f"b{n}", "b")
    probe.wait(lambda: len(probe.outcomes) == 40)
    a = receiver.of("/a")
    assert len(a) == 21 and a[1].at - a[0].at >= 0.99
    assert all(r.at < a[1].at for r in receiver.of("/b"))


# -- providers that never end --

@pytest.mark.parametrize("mode", ["never", "drip", "endless_body", "endless_headers"])
def test_an_answer_without_end_is_cut_and_others_go_on(probe, receiver, mode):
    receiver.script("/a", Answer(200, mode=mode))
    probe.configure(provider(receiver, timeout=400, give_up=1000, concurrency=4), provider(receiver, "b"))
    for n in range(8):
        probe.send(f"a{n}")
    receiver.wait(lambda: receiver.of("/a"))
    for n in range(50):
        probe.send(f"b{n}", "b")
    for n in range(50):
        assert probe.outcome(f"b{n}")["outcome"] == "sent"
    # Whoever says 200 and then talks on without end has taken the push; whoever does not get as far has not.
    expected = "sent" if mode == "endless_body" else "failed"
    assert {probe.outcome(f"a{n}")["outcome"] for n in range(8)} == {expected}
    if mode == "endless_headers":
        assert all("headers are too long" in probe.outcome(f"a{n}")["detail"] for n in range(8))
    assert receiver.flooded < 100 << 20


def test_a_long_answer_is_read_as_far_as_the_cap(probe, receiver):
    receiver.script("/a", [Answer(200, body=b"x" * 65535), Answer(500, body=b"x" * (10 << 20)), Answer(200, body=b"x" * (10 << 20))])
    probe.configure(provider(receiver))
    probe.send("p1")
    assert probe.outcome("p1")["attempts"] == 1
    probe.send("p2")
    assert probe.outcome("p2")["outcome"] == "sent" and probe.outcome("p2")["attempts"] == 2


def test_one_endless_header_line_is_cut(probe, receiver):
    receiver.script("/a", Answer(200, {"X": "y" * (1 << 20)}))
    probe.configure(provider(receiver, give_up=300))
    probe.send("p1")
    assert probe.outcome("p1")["outcome"] == "failed"


# -- breaker --

def test_the_breaker_opens_spares_the_queue_and_closes(probe, receiver):
    receiver.script("/a", Answer(503))
    probe.configure(provider(receiver, concurrency=1, breaker_failures=3, breaker_pause=400), provider(receiver, "b"))
    for n in range(50):
        probe.send(f"a{n}")
    assert "provider=a" in probe.log_until("provider paused")
    probe.send("b0", "b")
    assert probe.outcome("b0")["outcome"] == "sent"
    receiver.wait(lambda: len(receiver.of("/a")) >= 6)  # three, and a trial after each pause
    at = [r.at for r in receiver.of("/a")]
    assert all(later - earlier >= 0.38 for earlier, later in zip(at[2:], at[3:]))
    receiver.script("/a", Answer(200))
    probe.log_until("provider works again")
    probe.wait(lambda: len(probe.outcomes) == 51)
    assert {o["outcome"] for o in probe.outcomes} == {"sent"}
    a = probe.status()["providers"][0]
    assert not a["breaker_open"] and a["sent"] == 50 and a["retries"] == len(at) + len(receiver.of("/a")[len(at):]) - 50


def test_a_dead_provider_does_not_disturb_another(probe, receiver):
    dead = provider("http://127.0.0.1:1", "dead", give_up=300, breaker_failures=2, breaker_pause=100)
    probe.configure(dead, provider(receiver))
    for n in range(100):
        probe.send(f"d{n}", "dead")
        probe.send(f"a{n}")
    probe.wait(lambda: len(probe.outcomes) == 200)
    outcomes = {(o["done"][0], o["outcome"]) for o in probe.outcomes}
    assert outcomes == {("d", "failed"), ("a", "sent")}


# -- when it ends --

def test_an_expired_push_is_not_sent(probe, receiver):
    probe.configure(provider(receiver))
    probe.send("p1", expires_in=0)
    probe.send("p2", expires_in=-5000)
    probe.send("p3", expires_in=60000)
    assert [probe.outcome(p)["outcome"] for p in ("p1", "p2", "p3")] == ["expired", "expired", "sent"]
    assert probe.outcome("p1")["attempts"] == 0 and list(receiver.counts) == ["p3"]


def test_one_that_expires_while_it_waits_is_said_to_have_expired(probe, receiver):
    receiver.script("/a", Answer(503))
    probe.configure(provider(receiver, breaker_failures=1, breaker_pause=60000))
    probe.send("p0")
    probe.status_until(lambda s: s["providers"][0]["breaker_open"])
    probe.send("p1", expires_in=200)  # behind an open breaker
    assert probe.outcome("p1")["outcome"] == "expired" and list(receiver.counts) == ["p0"]


def test_a_retry_that_would_come_too_late_is_not_waited_for(probe, receiver):
    receiver.script("/a", Answer(503, {"Retry-After": "3600"}))
    probe.configure(provider(receiver, retry_max=7200000, give_up=7200000))
    probe.send("p1", expires_in=60000)
    assert probe.outcome("p1") == {"done": "p1", "outcome": "expired", "status": 503, "attempts": 1, "detail": "expired: HTTP 503"}


def test_it_gives_up_some_time_after_creation(probe, receiver):
    receiver.script("/a", Answer(500))
    probe.configure(provider(receiver, give_up=500))
    probe.send("p1")
    o = probe.outcome("p1")
    assert (o["outcome"], o["status"], o["detail"]) == ("failed", 500, "gave up: HTTP 500") and o["attempts"] > 1
    assert receiver.counts["p1"] == o["attempts"]


def test_one_that_is_old_when_it_comes_has_one_attempt(probe, receiver):
    receiver.script("/a", [Answer(200), Answer(500)])
    probe.configure(provider(receiver, give_up=1000))
    probe.send("p1", created_in=-7200000)
    assert probe.outcome("p1")["outcome"] == "sent"
    probe.send("p2", created_in=-7200000)
    assert probe.outcome("p2")["outcome"] == "failed" and receiver.counts["p2"] == 1


# -- limits --

def test_concurrency_is_never_exceeded(probe, receiver):
    receiver.script("/a", lambda request: Answer(random.choice([200, 200, 500]), delay=random.random() / 100))
    probe.configure(provider(receiver, concurrency=5))
    for n in range(300):
        probe.send(str(n))
    probe.wait(lambda: len(probe.outcomes) == 300)
    assert receiver.most_under_way == 5 and receiver.connections == 5 and len(receiver.counts) == 300


def test_the_rate_is_not_exceeded(probe, receiver):
    probe.configure(provider(receiver, rate=50))
    start = time.monotonic()
    for n in range(40):
        probe.send(str(n))
    probe.wait(lambda: len(probe.outcomes) == 40)
    at = sorted(r.at for r in receiver.requests)
    assert all(t - start >= n / 50 - 0.06 for n, t in enumerate(at))


def test_all_of_a_large_backlog_arrives_once(probe, receiver, secret_file):
    probe.configure(provider(receiver, secret_file=secret_file))
    for n in range(10000):
        probe.send(str(n))
    probe.wait(lambda: len(probe.outcomes) == 10000, 120)
    assert len(receiver.counts) == receiver.total == 10000 and receiver.unsigned == 0
    assert receiver.connections <= 64


# -- drop, drain, reload --

def test_what_was_dropped_is_neither_sent_nor_told(probe, receiver):
    receiver.script("/a", [Answer(200, delay=1), Answer(200)])
    probe.configure(provider(receiver, concurrency=1))
    for n in range(5):
        probe.send(f"x{n}", user="x")
        probe.send(f"y{n}", user="y")
    receiver.wait(lambda: receiver.total)
    probe.tell(drop="x")  # x0 is under way
    assert probe.status()["pending"] == 5
    probe.wait(lambda: len(probe.outcomes) == 5)
    assert sorted(o["done"] for o in probe.outcomes) == [f"y{n}" for n in range(5)]
    assert set(receiver.counts) == {"x0", "y0", "y1", "y2", "y3", "y4"}
    assert probe.status()["pending"] == 0


def test_draining_ends_what_is_under_way_and_starts_nothing(probe, receiver):
    receiver.script("/a", Answer(200, delay=1))
    receiver.script("/b", Answer(503, delay=1))
    probe.configure(provider(receiver, concurrency=3), provider(receiver, "b", concurrency=2))
    for n in range(10):
        probe.send(f"a{n}")
        probe.send(f"b{n}", "b")
    receiver.wait(lambda: receiver.under_way == 5)
    probe.tell(drain=True)
    probe.send("late")
    s = probe.status_until(lambda s: s["in_flight"] == 0)
    assert s["pending"] == 0 and receiver.total == 5
    assert sorted(o["done"] for o in probe.outcomes) == ["a0", "a1", "a2"]  # b's failed: nothing is said, the rows stay


def test_it_may_be_freed_while_requests_are_under_way(probe, receiver):
    receiver.script("/a", Answer(mode="never"))
    probe.configure(provider(receiver, concurrency=4))
    for n in range(10):
        probe.send(str(n))
    receiver.wait(lambda: receiver.under_way == 4)
    probe.close()


def test_a_reload_keeps_the_queue_and_lets_what_is_under_way_end(probe, receiver):
    receiver.script("/old", Answer(200, delay=1))
    probe.configure(provider(receiver, path="/old", concurrency=2))
    for n in range(10):
        probe.send(str(n))
    receiver.wait(lambda: receiver.under_way == 2)
    probe.configure(provider(receiver, path="/new", concurrency=2))
    probe.wait(lambda: len(probe.outcomes) == 10)
    assert (len(receiver.of("/old")), len(receiver.of("/new"))) == (2, 8)
    assert {o["outcome"] for o in probe.outcomes} == {"sent"}


def test_a_provider_that_was_removed_fails_its_queue_and_knows_no_more_messages(probe, receiver):
    receiver.script("/a", Answer(200, delay=1))
    probe.configure(provider(receiver, concurrency=1), provider(receiver, "b"))
    for n in range(3):
        probe.send(f"a{n}")
    receiver.wait(lambda: receiver.under_way == 1)
    probe.configure(provider(receiver, "b"))
    assert [probe.outcome(f"a{n}")["outcome"] for n in range(3)] == ["sent", "failed", "failed"]
    probe.send("a9")
    probe.wait(lambda: {"unknown": "a9"} in probe.lines)
    assert probe.status()["pending"] == 0 and receiver.total == 1


@pytest.mark.parametrize("fault", [{"url": "http://x.test/", "allow_http": False}, {"url": "ftp://x.test/"}, {"url": ""},
                                   {"url": "https://user:word@x.test/"}, {"secret_file": "/does/not/exist"}, {"name": ""},
                                   {"name": "b"}, {"rate": -1}, {"timeout": -1}, {"secret_file": __file__}])
def test_a_faulty_configuration_changes_nothing(probe, receiver, fault):
    probe.configure(provider(receiver))
    answer = probe.ask("configured", configure=[provider(receiver, "b"), {**provider(receiver, "c"), **fault}])
    assert not answer["configured"] and answer["why"]
    probe.send("p1")
    assert probe.outcome("p1")["outcome"] == "sent"
    probe.send("p2", "b")
    probe.wait(lambda: {"unknown": "p2"} in probe.lines)


# -- where it may connect to --

def own_address():
    """An address of this machine other than loopback, in a net that is not public; None if there is none."""
    out = subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.split()
    return next((a for a in out if a.startswith(("10.", "192.168.", "192.0.2.", "172.16.", "172.17.", "172.18."))), None)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1", "own"])
def test_a_private_address_is_refused_unless_allowed(probe, host):
    host = own_address() if host == "own" else host
    if not host:
        pytest.skip("this machine has no private address")
    with Receiver(host="0.0.0.0") as receiver:
        url = f"http://{host}:{receiver.port}"
        probe.configure(provider(url, allow_private=False, give_up=300))
        probe.send("p1")
        o = probe.outcome("p1")
        assert (o["outcome"], o["status"]) == ("failed", 0) and "not a public one" in o["detail"]
        assert receiver.connections == 0
        probe.log_until("provider needs attention")
        probe.configure(provider(url))
        probe.send("p2")
        assert probe.outcome("p2")["outcome"] == "sent"


def test_the_environments_proxy_is_not_used(receiver):
    with Receiver() as proxy:
        names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        probe = Probe({**{n: proxy.url for n in names}, "no_proxy": "", "NO_PROXY": ""})
        probe.configure(provider(receiver))
        probe.send("p1")
        assert probe.outcome("p1")["outcome"] == "sent"
        probe.close()
        assert proxy.connections == 0 and receiver.total == 1


def test_netrc_is_not_used(receiver, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password word\n")
    probe = Probe({"HOME": str(tmp_path)})
    probe.configure(provider(receiver))
    probe.send("p1")
    probe.outcome("p1")
    probe.close()
    assert "authorization" not in receiver.requests[0].headers


# -- names --

def test_names_that_do_not_resolve_block_nobody(probe, receiver):
    hanging = provider("http://x.hang.test", "hang", timeout=500, connect_timeout=300, give_up=4000)
    unknown = provider("http://x.invalid", "unknown", give_up=300)
    probe.configure(hanging, unknown, provider(receiver))
    for n in range(3):
        probe.send(f"h{n}", "hang")
        probe.send(f"u{n}", "unknown")
    probe.status_until(lambda s: s["providers"][0]["in_flight"] == 3)
    for n in range(50):
        probe.send(f"a{n}")
    probe.wait(lambda: sum(o["done"][0] == "a" for o in probe.outcomes) == 50)
    assert not any(o["done"][0] == "h" for o in probe.outcomes), "the others had to wait for it"
    probe.wait(lambda: len(probe.outcomes) == 56)
    assert {(o["done"][0], o["outcome"]) for o in probe.outcomes} == {("a", "sent"), ("h", "failed"), ("u", "failed")}


def test_a_name_that_moves_is_followed(tmp_path):
    address = tmp_path / "address"
    address.write_text("127.0.0.1")
    with Receiver() as old, Receiver(host="127.0.0.2", port=old.port) as new:
        probe = Probe({"PROBE_ADDRESS": str(address)})
        probe.configure(provider(f"http://x.moves.test:{old.port}", timeout=2000))
        probe.send("p1")
        probe.outcome("p1")
        address.write_text("127.0.0.2")
        # The name is asked for again once its old address is no longer cached; a new configuration begins with an empty cache.
        probe.configure(provider(f"http://x.moves.test:{old.port}", timeout=2000))
        probe.send("p2")
        probe.outcome("p2")
        probe.close()
        assert (list(old.counts), list(new.counts)) == (["p1"], ["p2"])


def test_an_address_is_checked_after_the_name_was_resolved(tmp_path):
    address = tmp_path / "address"
    address.write_text("127.0.0.1")
    with Receiver() as receiver:
        probe = Probe({"PROBE_ADDRESS": str(address)})
        probe.configure(provider(f"http://x.moves.test:{receiver.port}", allow_private=False, give_up=200))
        probe.send("p1")
        assert probe.outcome("p1")["outcome"] == "failed"
        probe.close()
        assert receiver.connections == 0


# -- TLS --

def openssl(*args, cwd):
    subprocess.run(["openssl", *args], cwd=cwd, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """ca.pem, another CA that nobody trusts, and server certificates signed by them: PEM files with key and certificate."""
    d = tmp_path_factory.mktemp("tls")
    for ca in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{ca}.key",
                "-out", f"{ca}.pem", "-days", "2", "-subj", f"/CN=test {ca}", cwd=d)
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    for name, ca, host, start, end in (("good", "ca", "IP:127.0.0.1", now - day, now + day),
                                       ("expired", "ca", "IP:127.0.0.1", now - 3 * day, now - day),
                                       ("future", "ca", "IP:127.0.0.1", now + day, now + 2 * day),
                                       ("wrong_host", "ca", "DNS:elsewhere.test", now - day, now + day),
                                       ("unknown_ca", "other", "IP:127.0.0.1", now - day, now + day)):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key", "-out",
                f"{name}.csr", "-subj", "/CN=receiver", cwd=d)
        (d / "ca.cnf").write_text(f"""[ca]\ndefault_ca=c\n[c]\nnew_certs_dir=.\ndatabase=index\nserial=serial\ndefault_md=sha256
policy=p\nx509_extensions=x\n[p]\ncommonName=supplied\n[x]\nsubjectAltName={host}\nbasicConstraints=CA:FALSE\n""")
        (d / "index").write_text("")
        (d / "serial").write_text("%04d" % random.randrange(1000, 9999))
        openssl("ca", "-batch", "-config", "ca.cnf", "-cert", f"{ca}.pem", "-keyfile", f"{ca}.key", "-in", f"{name}.csr", "-out",
                f"{name}.crt", "-startdate", start.strftime("%Y%m%d%H%M%SZ"), "-enddate", end.strftime("%Y%m%d%H%M%SZ"),
                "-notext", cwd=d)
        (d / f"{name}.pem").write_text((d / f"{name}.key").read_text() + (d / f"{name}.crt").read_text())
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "self.key", "-out",
            "self.crt", "-days", "2", "-subj", "/CN=self", "-addext", "subjectAltName=IP:127.0.0.1", cwd=d)
    (d / "self.pem").write_text((d / "self.key").read_text() + (d / "self.crt").read_text())
    return d


def tls_receiver(certificates, name):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificates / f"{name}.pem")
    return Receiver(tls=tls, secret=SECRET)


def test_over_tls_a_trusted_receiver_gets_its_pushes(probe, certificates, secret_file):
    with tls_receiver(certificates, "good") as receiver:
        probe.configure(provider(receiver, allow_http=False, ca_file=str(certificates / "ca.pem"), secret_file=secret_file))
        for n in range(200):
            probe.send(str(n))
        probe.wait(lambda: len(probe.outcomes) == 200)
        assert {o["outcome"] for o in probe.outcomes} == {"sent"} and receiver.total == 200 and receiver.unsigned == 0


@pytest.mark.parametrize("name", ["expired", "future", "wrong_host", "unknown_ca", "self"])
def test_a_certificate_that_does_not_hold_is_an_alarm_and_nothing_is_sent(probe, certificates, name):
    with tls_receiver(certificates, name) as receiver:
        probe.configure(provider(receiver, ca_file=str(certificates / "ca.pem"), give_up=400))
        probe.send("p1", title="geheim")
        o = probe.outcome("p1")
        assert (o["outcome"], o["status"]) == ("failed", 0) and "certificate" in o["detail"]
        assert receiver.total == 0
        assert "provider=a" in probe.log_until("provider needs attention")
        assert not any("geheim" in line or "/a" in line for line in probe.log)


def test_a_ca_file_replaces_the_systems(probe, certificates):
    with tls_receiver(certificates, "good") as receiver:
        probe.configure(provider(receiver, give_up=300))  # the system's: they do not know this one
        probe.send("p1")
        assert probe.outcome("p1")["outcome"] == "failed" and receiver.total == 0


def test_a_server_without_tls_gets_nothing_in_the_clear(probe, receiver):
    probe.configure(provider(receiver.url.replace("http:", "https:"), give_up=300))
    probe.send("p1")
    assert probe.outcome("p1")["outcome"] == "failed" and receiver.total == 0
    probe.log_until("provider needs attention")


# -- console --

def test_the_console_shows_pushes_and_lets_nothing_drive_the_terminal(probe):
    probe.configure({"name": "a", "type": "console"})
    probe.send("p1", title="Pizza \x1b[31mtonight?\x9b", body="20% off\nat ❤", url="app://x")
    assert probe.outcome("p1")["outcome"] == "sent"
    text = "".join(probe.text)
    assert "u1  [c1]  Pizza  [31mtonight? \n" in text and "20% off at ❤\n" in text and "app://x\n" in text
    assert "\x1b" not in text and "\x9b" not in text


def test_the_console_takes_many_and_none_is_lost(probe):
    probe.configure({"name": "a", "type": "console"})
    for n in range(2000):
        probe.send(str(n))
    probe.wait(lambda: len(probe.outcomes) == 2000)
    assert len(probe.text) == 2000
