"""The customers' telephones: an HTTP server that counts for itself what pushes reach it, and answers as a test wants."""
import asyncio
import json
from collections import Counter
from dataclasses import dataclass

from waiting import LoopThread

DROP = "drop"  # an answer: close the connection, the request having been read
PHRASES = {200: "OK", 410: "Gone", 429: "Too Many Requests", 503: "Service Unavailable"}


@dataclass(frozen=True)
class Arrival:
    """One request. A push that is sent again arrives again, under the same id."""
    id: str
    user: str
    campaign: str
    title: str
    body: str
    url: str
    answer: object
    headers: dict

    @property
    def accepted(self):
        return self.answer == 200


class Receiver:
    def __init__(self):
        self.arrivals = []
        self.answer = lambda arrival_id, tries: 200  # (webhook-id, how often it came before) -> an HTTP status or DROP
        self.tries = Counter()
        self.connections = set()
        self.thread = LoopThread()
        self.server = self.thread.run(self.listen())
        self.url = "http://127.0.0.1:%d/push" % self.server.sockets[0].getsockname()[1]

    async def listen(self):
        return await asyncio.get_running_loop().create_server(lambda: Connection(self), "127.0.0.1", 0, backlog=1024)

    def take(self, headers, content):
        """Records the request; what to answer."""
        envelope = json.loads(content)
        data = envelope["data"]
        identity = headers["webhook-id"]
        answer = self.answer(identity, self.tries[identity])
        self.tries[identity] += 1
        self.arrivals.append(Arrival(identity, data["user"], data["campaign"], data.get("title", ""), data.get("body", ""),
                                     data.get("url", ""), answer, headers))
        return answer

    @property
    def accepted(self):
        return [arrival for arrival in list(self.arrivals) if arrival.accepted]

    @property
    def pushes(self):
        """{id: Arrival} of those accepted, each id once."""
        return {arrival.id: arrival for arrival in self.accepted}

    @property
    def duplicates(self):
        """How many accepted requests were repeats of an id accepted before."""
        return len(self.accepted) - len(self.pushes)

    def close(self):
        self.thread.run(self.stop())
        self.thread.close()

    async def stop(self):
        self.server.close()
        for connection in list(self.connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # lets the connections hear of it


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, as far as a POST of JSON needs it."""

    def __init__(self, receiver):
        self.receiver, self.buffer = receiver, b""

    def connection_made(self, transport):
        self.transport = transport
        self.receiver.connections.add(self)

    def connection_lost(self, _error):
        self.receiver.connections.discard(self)

    def data_received(self, data):
        self.buffer += data
        while (request := self.next_request()) is not None:
            self.reply(self.receiver.take(*request))

    def next_request(self):
        """(headers, content) once all of it is there."""
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return None
        lines = head.decode("latin-1").split("\r\n")[1:]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return None
        self.buffer = rest[length:]
        return headers, rest[:length]

    def reply(self, answer):
        if answer == DROP:
            self.transport.close()
        else:
            self.transport.write(b"HTTP/1.1 %d %s\r\nContent-Length: 0\r\n\r\n" % (answer, PHRASES[answer].encode()))
