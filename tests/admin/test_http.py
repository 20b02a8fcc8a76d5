"""The admin server, from outside: what it shows, whom it refuses, and that it stays there whatever clients do."""
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import resource
import socket
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = os.environ.get("NUDGE_BUILD")
BUILD = pathlib.Path(BUILT or ROOT / "build").resolve()
DEADLINE = 10  # ADMIN_DEADLINE
CONNECTIONS = 200  # ADMIN_CONNECTIONS


class Probe:
    def __init__(self, listen):
        self.process = subprocess.Popen([BUILD / "admin/admin_probe", listen], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())
        self.log = self.process.stderr.readline().decode()

    def connect(self, timeout=20):
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def ask(self, path, method="GET", **headers):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        c.request(method, path, headers=headers)
        answer = c.getresponse()
        body = answer.read()
        c.close()
        return answer.status, answer, body

    def raw(self, data):
        """All that comes back until the server closes."""
        with self.connect() as s:
            s.sendall(data)
            got = b""
            while part := s.recv(65536):
                got += part
        return got

    def turn_over(self):
        """Ready becomes not ready, and back."""
        self.process.stdin.write(b".")
        self.process.stdin.flush()

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def end(self):
        self.process.stdin.close()
        assert self.process.wait(20) == 0, self.process.stderr.read().decode()


@pytest.fixture(scope="module", autouse=True)
def built():
    if not BUILT:
        subprocess.run(["make", "-s", "-C", ROOT, "admin-probes"], check=True)


@pytest.fixture
def probe():
    p = Probe("127.0.0.1:0")
    yield p
    p.end()


def wait_until(true, seconds=10):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_the_port_that_was_chosen_is_logged(probe):
    assert re.search(rf"admin http listening address=127\.0\.0\.1:{probe.port}$", probe.log.strip())


def test_health_and_readiness(probe):
    assert probe.ask("/healthz")[::2] == (200, b"ok\n")
    assert probe.ask("/readyz")[::2] == (200, b"ready\n")
    probe.turn_over()
    wait_until(lambda: probe.ask("/readyz")[::2] == (503, b"not ready: Redis: LOADING\n"))
    assert probe.ask("/healthz")[0] == 200


def test_metrics_are_prometheus_text(probe):
    status, answer, body = probe.ask("/metrics")
    assert status == 200 and answer.getheader("Content-Type").startswith("text/plain; version=0.0.4")
    assert b"\nnudge_events_total 1234\n" in body
    for line in body.decode().splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) .+|[a-z_]+(\{[a-z]+="[^"]*"\})? [0-9.]+', line), line


def test_status_as_json_says_what_the_page_says(probe):
    status, answer, body = probe.ask("/api/v1/status")
    shown = json.loads(body)
    assert status == 200 and answer.getheader("Content-Type") == "application/json"
    assert shown["figures"]["nudge_events_total"] == 1234
    assert shown["campaigns"][0]["name"] == "<b>pizza</b>" and shown["campaigns"][0]["decisions"]["sent"] == 7
    assert shown["errors"][0]["line"] == 3 and shown["providers"][0]["breaker_open"] is True
    assert [p["owner"] for p in shown["partitions"]] == ["", "other"] and shown["partitions"][1]["lag"] is None
    assert shown["instance"] == "probe\ufffd"


def test_the_page_escapes_everything(probe):
    status, answer, body = probe.ask("/")
    assert status == 200 and answer.getheader("Content-Type") == "text/html; charset=utf-8"
    page = body.decode()
    assert "&lt;b&gt;pizza&lt;/b&gt;" in page and "<b>" not in page
    assert "&quot;5 &lt; 6&quot; &amp; &#39;more&#39;" in page
    assert "<script" not in page and "style=" not in page and " on" + "click" not in page
    assert "503 &lt;html&gt;" in page
    tags = re.findall(r"<(/?)([a-z0-9]+)[^>]*>", page)
    depth = 0
    for close, name in tags:
        depth += 0 if name in ("meta", "link") else -1 if close else 1
    assert depth == 0


def test_every_answer_carries_the_headers_that_protect_it(probe):
    for path in ["/", "/style.css", "/api/v1/status", "/healthz", "/metrics", "/nothing"]:
        _, answer, _ = probe.ask(path)
        policy = answer.getheader("Content-Security-Policy")
        assert policy.startswith("default-src 'none'; style-src 'self';") and "frame-ancestors 'none'" in policy
        assert answer.getheader("X-Content-Type-Options") == "nosniff"
        assert answer.getheader("X-Frame-Options") == "DENY"
        assert answer.getheader("Cache-Control") == "no-store"
        assert answer.getheader("Referrer-Policy") == "no-referrer"


def test_nothing_but_get_and_head(probe):
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "BREW"]:
        status, answer, _ = probe.ask("/", method)
        assert status == 405 and answer.getheader("Allow") == "GET, HEAD"
    status, answer, body = probe.ask("/", "HEAD")
    assert status == 200 and body == b"" and int(answer.getheader("Content-Length")) > 500


def test_only_paths_that_exist(probe):
    for path in ["/index.html", "//", "/../etc/passwd", "/style.css/", "/%2e%2e", "/healthz/x"]:
        assert probe.ask(path)[0] == 404, path
    assert probe.ask("/healthz?x=1")[0] == 200


@pytest.mark.parametrize("host, status", [
    ("localhost", 200), ("LOCALHOST:1", 200), ("127.0.0.1", 200), ("127.0.0.1:8787", 200), ("[::1]:80", 200), ("[::1]", 200),
    ("evil.example", 403), ("localhost.evil.example", 403), ("127.0.0.1.evil.example", 403), ("evil.example:8787", 403),
    ("10.0.0.1", 403), ("[::2]", 403), ("localhost@evil", 403), ("0", 403), ("[::1", 403), (":80", 403)])
def test_host_against_dns_rebinding(probe, host, status):
    answer = probe.raw(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer


def test_the_address_listened_on_is_a_host_too():
    p = Probe("127.0.0.2:0")
    with socket.create_connection(("127.0.0.2", p.port)) as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.2:1\r\n\r\n")
        assert s.recv(100).startswith(b"HTTP/1.1 200 ")
    p.end()


def test_over_ipv6():
    p = Probe("[::]:0")
    for address, host in [("::1", "[::1]"), ("127.0.0.1", "127.0.0.1"), ("127.0.0.3", "127.0.0.3")]:
        with socket.create_connection((address, p.port)) as s:
            s.sendall(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert s.recv(100).startswith(b"HTTP/1.1 200 "), address
    p.end()


@pytest.mark.parametrize("request_", [
    b"GET / HTTP/1.1\r\n\r\n",  # no Host
    b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n",
    b"GET / HTTP/2.0\r\nHost: localhost\r\n\r\n",
    b"GET /\r\nHost: localhost\r\n\r\n",
    b"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"G(T / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\n Host: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n",
    b"\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"])
def test_what_is_not_http_is_refused(probe, request_):
    assert probe.raw(request_).startswith(b"HTTP/1.1 400 ")


def test_headers_have_a_limit(probe):
    assert probe.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 9000).startswith(b"HTTP/1.1 431 ")
    assert probe.raw(b"GET /" + b"a" * 9000).startswith(b"HTTP/1.1 431 ")
    assert probe.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 7000 + b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")


def test_a_request_may_come_byte_by_byte(probe):
    with probe.connect() as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n":
            s.send(bytes([byte]))
        assert s.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_client_that_closes_its_half_first_still_gets_its_answer(probe):
    with probe.connect() as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        s.shutdown(socket.SHUT_WR)
        got = b""
        while part := s.recv(65536):
            got += part
    assert got.endswith(b"</html>\n")


def test_a_body_is_passed_over_and_a_second_request_is_not_answered(probe):
    got = probe.raw(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100000)
    assert got.count(b"HTTP/1.1 ") == 1 and got.endswith(b"ok\n")
    got = probe.raw(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2)
    assert got.count(b"HTTP/1.1 ") == 1


def test_a_slow_client_is_ended_by_the_deadline_and_hurts_nobody(probe):
    before = probe.open_files()
    started = time.monotonic()
    slow = [probe.connect() for _ in range(50)]
    for s in slow:
        s.sendall(b"GET / HTTP/1.1\r\n")
    open_ = list(slow)
    while open_:
        assert time.monotonic() - started < DEADLINE + 5
        asked = time.monotonic()
        assert probe.ask("/healthz")[0] == 200
        assert time.monotonic() - asked < 1
        for s in list(open_):
            try:
                s.sendall(b"X")  # never at rest for long: a time-out between bytes would not end this
                s.settimeout(0.005)
                if s.recv(1) == b"":
                    open_.remove(s)
            except TimeoutError:
                pass
            except OSError:
                open_.remove(s)
    assert time.monotonic() - started > DEADLINE - 1
    wait_until(lambda: probe.open_files() == before)
    for s in slow:
        s.close()


def test_a_client_that_does_not_read_is_ended_too(probe):
    before = probe.open_files()
    s = probe.connect()
    s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    wait_until(lambda: probe.open_files() == before, DEADLINE + 5)
    s.close()


def files_allowed(n):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        n = min(n, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, n), hard))


def test_2000_connections_leave_the_page_in_reach(probe):
    files_allowed(4096)
    before = probe.open_files()
    many = []
    for i in range(2000):
        many.append(probe.connect())
        if i % 100 == 0:
            assert probe.ask("/healthz")[0] == 200
    # One may just be taking the place of another; well before their own deadline would have ended them.
    wait_until(lambda: probe.open_files() <= before + CONNECTIONS + 1, DEADLINE / 2)
    assert probe.ask("/")[0] == 200
    for s in many:
        s.close()
    wait_until(lambda: probe.open_files() == before, DEADLINE + 5)


def test_500_clients_at_once_are_all_answered(probe):
    def ask(_):
        try:
            return probe.ask("/")[0]
        except OSError:
            return 0  # one whose turn to go came

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(ask, range(500)))
    assert answers.count(200) == 500


def test_out_of_files_it_neither_spins_nor_dies(probe):
    allowed = probe.open_files() + 5
    connections = [probe.connect() for _ in range(5)]
    end = time.monotonic() + 20
    while probe.open_files() < allowed:
        assert time.monotonic() < end, "the connections are not accepted"
    resource.prlimit(probe.process.pid, resource.RLIMIT_NOFILE, (allowed, allowed))
    waiting = probe.connect()
    waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"cannot accept" in probe.process.stderr.readline()
    ticks = lambda: sum(map(int, pathlib.Path(f"/proc/{probe.process.pid}/stat").read_text().split()[13:15]))
    before = ticks()
    time.sleep(1.5)  # nothing to wait for: that nothing happens is what is tested
    assert ticks() - before < 30
    for s in connections:
        s.close()
    assert waiting.recv(100).startswith(b"HTTP/1.1 200 ")
