#!/usr/bin/env python3
"""Receives pushes, as an app's backend would, and counts them by itself.

As a module:

    with Receiver(secret=b"...") as r:                  # a thread with an event loop of its own
        r.script("/a", [Answer(503), Answer(200)])      # answers in order; the last one is repeated
        ... send to r.url + "/a" ...
        r.wait(lambda: len(r.requests) == 2)
        r.counts                                        # {"push id": times it came}

By hand: python3 tests/receiver.py --port 0 --print. Standard library only; HTTP/1.1 with keep-alive, several thousand
requests a second.
"""
import argparse, asyncio, base64, collections, hashlib, hmac, json, ssl, sys, threading, time
from dataclasses import dataclass, field

REASONS = {200: "OK", 204: "No Content", 301: "Moved Permanently", 400: "Bad Request", 404: "Not Found", 410: "Gone",
           429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}
TOLERANCE = 300  # seconds that webhook-timestamp may be off


@dataclass
class Answer:
    """One scripted answer. mode:
    plain · never (no answer, the connection stays open) · drip (one byte a second) · endless_body · endless_headers ·
    lost (the request is read, then the connection closed) · reset (the same with RST) · garbage (no HTTP)"""
    status: int = 200
    headers: dict = field(default_factory=dict)
    body: bytes = b"ok"
    delay: float = 0
    mode: str = "plain"

    def head(self, length=True):
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Status')}"]
        if length:
            lines.append(f"Content-Length: {len(self.body)}")
        lines += [f"{k}: {v}" for k, v in self.headers.items()]
        return "\r\n".join(lines + ["", ""]).encode()

    def bytes(self):
        return self.head() + self.body


@dataclass
class Request:
    method: str
    path: str
    headers: dict          # names in lower case
    body: bytes
    at: float              # time.monotonic() when it was complete
    connection: int        # which connection it came over, from 1
    signed: object = None  # True or False; None without a secret to check with

    @property
    def id(self):
        return self.headers.get("webhook-id")

    @property
    def json(self):
        return json.loads(self.body)


def key_of(secret):
    """The bytes of a whsec_ secret."""
    return base64.b64decode(secret.removeprefix("whsec_"))


def signature_valid(key, headers, body):
    """Standard Webhooks, symmetric: one of the signatures must be ours."""
    try:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        if abs(time.time() - int(headers["webhook-timestamp"])) > TOLERANCE:
            return False
        ours = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return any(hmac.compare_digest(ours, s) for s in headers["webhook-signature"].split(" "))
    except (KeyError, ValueError):
        return False


class Connection(asyncio.Protocol):
    def __init__(self, receiver):
        self.receiver, self.input, self.transport, self.task = receiver, bytearray(), None, None

    def connection_made(self, transport):
        self.transport = transport
        self.receiver.connections += 1
        self.number = self.receiver.connections
        self.receiver.open_connections.add(self)

    def connection_lost(self, error):
        self.receiver.open_connections.discard(self)
        if self.task:
            self.task.cancel()

    def data_received(self, data):
        self.input += data
        while not self.task:  # one request at a time; what is pipelined waits
            request = self.request_take()
            if not request:
                return
            self.answer(self.receiver.take(request))

    def request_take(self):
        if self.input[:1] == b"\x16":  # a TLS hello; real servers answer it so, and do not wait for more
            self.transport.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            self.transport.close()
            return None
        end = self.input.find(b"\r\n\r\n")
        if end < 0:
            return None
        lines = self.input[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        if len(self.input) < end + 4 + length:
            if headers.get("expect"):
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return None
        body = bytes(self.input[end + 4:end + 4 + length])
        del self.input[:end + 4 + length]
        method, path, _ = lines[0].split(" ", 2)
        return Request(method, path, headers, body, time.monotonic(), self.number)

    def answer(self, answer):
        if answer.mode == "plain" and not answer.delay:
            self.transport.write(answer.bytes())
            self.receiver.under_way -= 1
        else:
            self.task = self.receiver.loop.create_task(self.answer_slowly(answer))

    async def answer_slowly(self, answer):
        try:
            await asyncio.sleep(answer.delay)
            await getattr(self, "answer_" + answer.mode)(answer)
        finally:
            self.receiver.under_way -= 1
            self.task = None
        self.data_received(b"")

    async def answer_plain(self, answer):
        self.transport.write(answer.bytes())

    async def answer_never(self, answer):
        await asyncio.Event().wait()

    async def answer_drip(self, answer):
        for byte in answer.bytes():
            self.transport.write(bytes([byte]))
            await asyncio.sleep(1)

    async def answer_endless_body(self, answer):
        self.transport.write(answer.head(length=False))
        await self.flood(b"x" * 16384)

    async def answer_endless_headers(self, answer):
        self.transport.write(answer.head()[:-2])
        await self.flood(b"X-More: " + b"y" * 1000 + b"\r\n")

    async def flood(self, piece):
        while not self.transport.is_closing():
            if self.transport.get_write_buffer_size() < 1 << 20:
                self.transport.write(piece)
                self.receiver.flooded += len(piece)
            await asyncio.sleep(0)

    async def answer_lost(self, answer):
        self.transport.close()

    async def answer_reset(self, answer):
        self.transport.abort()

    async def answer_garbage(self, answer):
        self.transport.write(b"\x00\xff this is no HTTP\n" * 10)
        self.transport.close()


class Receiver:
    """requests, counts and all else are the receiver's own observation."""

    def __init__(self, port=0, host="127.0.0.1", secret=None, tls=None, default=None, keep=True, on_request=None):
        self.host, self.port, self.tls = host, port, tls
        self.key = key_of(secret) if isinstance(secret, str) else secret
        self.default = default or Answer()
        self.keep, self.on_request = keep, on_request
        self.scripts = {}                       # path -> deque of answers, or a function of the request
        self.requests = []
        self.counts = collections.Counter()     # by webhook-id
        self.total = self.unsigned = self.connections = self.flooded = 0
        self.under_way = self.most_under_way = 0
        self.open_connections = set()
        self.changed = threading.Condition()

    @property
    def url(self):
        return f"http{'s' if self.tls else ''}://{self.host}:{self.port}"

    def script(self, path, answers):
        """A list, of which the last one is repeated, one answer, or a function from request to answer."""
        if isinstance(answers, Answer):
            answers = [answers]
        self.scripts[path] = answers if callable(answers) else collections.deque(answers)

    def take(self, request):
        """Notes a request and gives the answer to it. In the loop's thread."""
        if self.key:
            request.signed = signature_valid(self.key, request.headers, request.body)
            self.unsigned += not request.signed
        with self.changed:
            self.total += 1
            self.counts[request.id] += 1
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
            if self.keep:
                self.requests.append(request)
            self.changed.notify_all()
        if self.on_request:
            self.on_request(request)
        script = self.scripts.get(request.path.partition("?")[0], self.default)
        if isinstance(script, collections.deque):
            return script.popleft() if len(script) > 1 else script[0]
        return script(request) if callable(script) else script

    def of(self, path):
        return [r for r in list(self.requests) if r.path == path]

    def wait(self, condition, seconds=20):
        """Until the condition holds; it is looked at after each request."""
        deadline = time.monotonic() + seconds
        with self.changed:
            while not condition():
                left = deadline - time.monotonic()
                assert left > 0, f"waited {seconds} s in vain; {self.total} requests came: {dict(self.counts)}"
                self.changed.wait(min(left, 0.05))

    def close_connections(self):
        """From the receiver's side, as a server does that restarts."""
        self.loop.call_soon_threadsafe(lambda: [c.transport.abort() for c in list(self.open_connections)])

    async def serve(self, started):
        self.loop = asyncio.get_running_loop()
        self.stopping = asyncio.Event()
        server = await self.loop.create_server(lambda: Connection(self), self.host, self.port, ssl=self.tls, backlog=4096)
        self.port = server.sockets[0].getsockname()[1]
        self.loop.set_exception_handler(lambda loop, context: None)  # broken connections are what it is for
        started()
        await self.stopping.wait()
        server.close()
        for c in list(self.open_connections):
            c.transport.abort()

    def __enter__(self):
        started = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.serve(started.set)), daemon=True)
        self.thread.start()
        assert started.wait(10), "the receiver did not start"
        return self

    def __exit__(self, *error):
        self.loop.call_soon_threadsafe(self.stopping.set)
        self.thread.join(10)


def request_print(request):
    """A push as a person would want to see it arrive."""
    try:
        data = request.json["data"]
    except (ValueError, KeyError, TypeError):
        data = {"body": request.body.decode("utf-8", "replace")}
    if not isinstance(data, dict):
        data = {"body": str(data)}
    text = {k: "".join(c if c.isprintable() else " " for c in str(v)) for k, v in data.items()}
    signed = {None: "", True: "  signed", False: "  BAD SIGNATURE"}[request.signed]
    print(f"{time.strftime('%H:%M:%S')}  {text.get('user', '')}  [{text.get('campaign', '')}]  {text.get('title', '')}{signed}")
    for name in ("body", "url"):
        if text.get(name):
            print(f"          {text[name]}")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description="Receives pushes and counts them.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one; the first line printed is the port")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--print", action="store_true", help="show every push")
    parser.add_argument("--secret-file", help="check signatures with the first secret in it")
    parser.add_argument("--cert", help="serve TLS with this PEM file, certificate and key")
    parser.add_argument("--status", type=int, default=200, help="answer everything so")
    options = parser.parse_args()
    tls = None
    if options.cert:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options.cert)
    secret = open(options.secret_file).readline().strip() if options.secret_file else None
    r = Receiver(options.port, options.host, secret, tls, Answer(options.status), keep=False,
                 on_request=request_print if options.print else None)
    try:
        asyncio.run(r.serve(lambda: print(r.port, flush=True)))
    except KeyboardInterrupt:
        print(f"{r.total} requests, {len(r.counts)} ids, {sum(n - 1 for n in r.counts.values())} repeats, "
              f"{r.unsigned} badly signed")


if __name__ == "__main__":
    main()
