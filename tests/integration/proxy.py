"""A bad line between the daemon and Redis: drops every n-th reply, hands replies over byte by byte, or goes half-open."""
import asyncio

from waiting import LoopThread

CHUNK = 65536


class Proxy:
    """Listens on 127.0.0.1, speaks to a Unix socket."""

    def __init__(self, upstream):
        self.upstream = upstream
        self.drop_every = 0      # 0 = never; n: the n-th reply is swallowed and the connection reset
        self.bytewise = False
        self.replies = self.drops = 0
        self.lines = set()
        self.thread = LoopThread()
        self.server = self.thread.run(self.listen())
        self.url = "redis://127.0.0.1:%d/0" % self.server.sockets[0].getsockname()[1]

    async def listen(self):
        return await asyncio.start_server(self.serve, "127.0.0.1", 0)

    async def serve(self, reader, writer):
        try:
            upstream = await asyncio.open_unix_connection(self.upstream)
        except OSError:
            writer.transport.abort()
            return
        line = Line(self, (reader, writer), upstream)
        self.lines.add(line)
        await line.carry()
        self.lines.discard(line)

    def freeze(self):
        """The lines that are up go silent, both ways, without being closed; new ones work. How many."""
        return self.thread.run(self.freeze_lines())

    async def freeze_lines(self):
        for line in self.lines:
            line.frozen = True
        return len(self.lines)

    def loses_this_one(self):
        self.replies += 1
        lost = self.drop_every and self.replies % self.drop_every == 0
        self.drops += bool(lost)
        return lost

    def close(self):
        self.thread.run(self.stop())
        self.thread.close()

    async def stop(self):
        self.server.close()
        for line in list(self.lines):
            line.cut()
        await asyncio.sleep(0)


class Line:
    """One connection and its other half."""

    def __init__(self, proxy, near, far):
        self.proxy, self.near, self.far, self.frozen = proxy, near, far, False

    async def carry(self):
        ways = [asyncio.ensure_future(self.pump(self.near[0], self.far[1], self.forward)),
                asyncio.ensure_future(self.pump(self.far[0], self.near[1], self.deliver))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        self.cut()
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)

    async def pump(self, source, sink, hand_over):
        while data := await source.read(CHUNK):
            if not self.frozen and not await hand_over(sink, data):
                return

    async def forward(self, sink, data):
        sink.write(data)
        await sink.drain()
        return True

    async def deliver(self, sink, data):
        if self.proxy.loses_this_one():
            return False
        if not self.proxy.bytewise:
            return await self.forward(sink, data)
        for at in range(len(data)):
            sink.write(data[at:at + 1])
            await asyncio.sleep(0)  # each byte in a packet of its own
        return True

    def cut(self):
        for _, writer in (self.near, self.far):
            writer.transport.abort()
