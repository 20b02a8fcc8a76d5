"""Just enough of Redis' protocol to publish events and to tidy up, so that the standard library serves."""
import socket
from urllib.parse import urlsplit


class RedisError(Exception):
    """Redis answered with an error."""


def words_bytes(words):
    parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


class Redis:
    """One connection to redis://host:port/db or unix:///path?db=0."""

    def __init__(self, url, timeout=10):
        parts = urlsplit(url)
        if parts.scheme == "unix":
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(parts.path)
            database = parts.query.removeprefix("db=")
        elif parts.scheme == "redis":
            self.socket = socket.create_connection((parts.hostname, parts.port or 6379), timeout)
            database = parts.path.strip("/")
        else:
            raise ValueError("expected redis://host:port/db or unix:///path?db=0")
        self.input = self.socket.makefile("rb")
        self.ask("SELECT", database or 0)

    def ask(self, *words):
        return self.ask_all([words])[0]

    def ask_all(self, commands):
        """The replies to all commands, which go out together."""
        self.socket.sendall(b"".join(map(words_bytes, commands)))
        replies = [self.reply() for _ in commands]
        for reply in replies:
            if isinstance(reply, RedisError):
                raise reply
        return replies

    def reply(self):
        line = self.input.readline()
        if not line:
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            return RedisError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.input.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self.reply() for _ in range(max(int(rest), 0))]
        return rest

    def forget(self, prefix):
        """Deletes every key that begins with the prefix."""
        cursor = b"0"
        while True:
            cursor, keys = self.ask("SCAN", cursor, "MATCH", prefix + ":*", "COUNT", 1000)
            if keys:
                self.ask("UNLINK", *keys)
            if cursor == b"0":
                return

    def close(self):
        self.input.close()
        self.socket.close()
