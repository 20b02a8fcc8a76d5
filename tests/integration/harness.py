"""A site: Redis, the folders of campaigns, instances of the daemon and an inbox for the pushes, in a temporary folder of its own.

    site = Site(campaigns=[…], partitions=4)
    site.start("a").ready()
    site.publish(events)
    site.wait_drained()
    site.inbox.pushes, site.stats(), site.card("42")
"""
import base64
import json
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import redis

from inbox import Inbox
from oracle import partition_of
from servers import BUILD, LOG_SHOWN, Nudged, RedisServer, built, nudgectl
from waiting import PATIENCE, poll

SECRET = "whsec_" + base64.b64encode(b"nothing but a test's secret here").decode()
LEASE = "2s"
CHUNK = 1000  # events a pipeline
# What no log may ever hold: a device's token, a position, something of a payload.
CANARIES = {"token": "canary-token-7f3a", "secret": SECRET, "position": "40.7193716", "payload": "canary-payload-c41d"}
PROVIDER = {"type": "webhook", "allow_http": True, "allow_private": True, "concurrency": 16, "retry_first": "50ms", "retry_max": "500ms",
            "breaker_pause": "500ms"}


class Site:
    def __init__(self, campaigns=(), segments=(), stores=None, partitions=1, provider=None, redis_options=(), redis_password=None, **options):
        """redis_options None: no Redis yet. The other options are nudged.json's."""
        built(BUILD / "nudged")
        self.folder = Path(tempfile.mkdtemp(prefix="nudge-"))
        self.partitions, self.options, self.daemons = partitions, options, {}
        self.provider = {**PROVIDER, **(provider or {})}
        for name in ("campaigns", "segments", "stores"):
            (self.folder / name).mkdir()
        (self.folder / "secret").write_text(SECRET + "\n")
        for campaign in campaigns:
            self.write("campaigns", campaign["name"] + ".json", campaign)
        for segment in segments:
            self.write("segments", segment["name"] + ".json", segment)
        for name, text in (stores or {}).items():
            self.write("stores", name, text)
        self.inbox = Inbox(SECRET)
        self.redis = RedisServer(self.folder)
        self.redis.password = redis_password
        if redis_options is not None:
            self.redis.start(**dict(redis_options)).ready()

    # ---- files

    def write(self, folder, name, content):
        """A file that is there whole or not at all: renamed into place."""
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        draft = self.folder / folder / f".{name}.tmp"
        draft.write_text(text)
        draft.rename(self.folder / folder / name)

    def config(self, name, url=None, **options):
        """Writes the instance's nudged.json."""
        path = self.folder / f"nudged-{name}.json"
        path.write_text(json.dumps({
            "redis": url or self.redis.url, "instance": name, "partitions": self.partitions, "lease": LEASE, "zone": "America/New_York",
            "currency": "USD", "provider": "hook", "admin": {"listen": "127.0.0.1:0"},
            "providers": {"hook": {**self.provider, "url": self.inbox.url, "secret_file": "secret"}},
            **self.options, **options}))
        return path

    # ---- instances

    def start(self, name="a", crash=None, open_files=None, url=None, **options):
        """Starts an instance; an earlier one of that name must have ended."""
        assert name not in self.daemons or not self.daemons[name].running()
        self.daemons[name] = Nudged(self.config(name, url, **options), name, self.folder, crash, open_files)
        return self.daemons[name]

    def check(self):
        for daemon in self.daemons.values():
            daemon.check()

    # ---- Redis

    @property
    def client(self):
        return self.redis.client

    def key(self, partition, name):
        return f"nudge:{{{partition}}}:{name}"

    def publish(self, events):
        """Adds the events to their partitions' streams; answers once Redis has acknowledged them all."""
        client, events = self.client, list(events)
        for start in range(0, len(events), CHUNK):
            with client.pipeline(transaction=False) as pipe:
                for event in events[start:start + CHUNK]:
                    pipe.xadd(self.key(partition_of(event["user"], self.partitions), "events"), event)
                pipe.execute()

    def wait_drained(self, patience=PATIENCE, timers=False):
        """Until every event is decided and acknowledged and every push has come to its end; with timers: and none waits."""
        def drained():
            self.check()
            return all(self.is_drained(partition, timers) for partition in range(self.partitions))
        poll_on_site(self, "all to be drained", drained, patience)

    def is_drained(self, partition, timers=False):
        client = self.client
        try:
            groups = client.xinfo_groups(self.key(partition, "events"))
            newest = client.xinfo_stream(self.key(partition, "events"))["last-generated-id"]
        except redis.exceptions.ResponseError:  # no such stream: nothing was ever published there
            return not client.exists(self.key(partition, "events"))
        except redis.exceptions.ConnectionError:
            return False
        read = [group for group in groups if group["name"] == "nudged" and group["pending"] == 0 and group["last-delivered-id"] == newest]
        waiting = client.xlen(self.key(partition, "outbox")) + (client.zcard(self.key(partition, "timers")) if timers else 0)
        return bool(read) and waiting == 0

    def owners(self):
        """{partition: instance}, of those that are owned."""
        owners = {partition: self.client.get(self.key(partition, "owner")) for partition in range(self.partitions)}
        return {partition: owner for partition, owner in owners.items() if owner}

    def shares(self):
        """How many partitions each instance owns, most first."""
        return sorted(Counter(self.owners().values()).values(), reverse=True)

    def wait_shares(self, shares, patience=PATIENCE):
        poll_on_site(self, f"shares of {shares}", lambda: self.shares() == shares, patience)

    def stats(self):
        """{(campaign, reason): how often}, of all days and partitions."""
        stats, client = Counter(), self.client
        for key in client.scan_iter("nudge:{*}:stats:*", count=1000):
            for field, number in client.hgetall(key).items():
                campaign, _, reason = field.rpartition(":")
                stats[campaign, reason] += int(number)
        return stats

    def dead(self):
        """The dead letters' fields, of all partitions."""
        return [fields for partition in range(self.partitions) for _, fields in self.client.xrange(self.key(partition, "dead"))]

    def card(self, user):
        """The customer's card, as nudgectl prints it."""
        return nudgectl("customer", user, "-c", next(iter(self.daemons.values())).config)

    # ---- the end

    def logs(self):
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("nudged-*.log")))

    def check_logs(self):
        """No log holds a token, a position or a payload."""
        logs = self.logs()
        leaked = [what for what, canary in CANARIES.items() if canary in logs]
        assert not leaked, f"the log holds a {' and a '.join(leaked)}"

    def close(self):
        """Ends what was started and removes the folder; fails if a daemon had died, or told a secret."""
        for daemon in self.daemons.values():
            print(f"---- {daemon.log_path.name}\n{daemon.log[-LOG_SHOWN:]}")
        try:
            self.check()
            for daemon in self.daemons.values():
                daemon.end()
            self.check_logs()
        finally:
            for daemon in self.daemons.values():
                daemon.kill()
            self.redis.kill()
            shutil.rmtree(self.folder, ignore_errors=True)
            self.inbox.close()


def poll_on_site(site, what, probe, patience):
    """Like poll, and a failure tells how things stand."""
    try:
        return poll(what, probe, patience)
    except AssertionError as failure:
        raise AssertionError(f"{failure}\n{standing(site)}") from None


def standing(site):
    lines = []
    for partition in range(site.partitions):
        try:
            groups = site.client.xinfo_groups(site.key(partition, "events"))
        except redis.exceptions.RedisError as error:
            groups = error
        lines.append(f"partition {partition}: owner {site.client.get(site.key(partition, 'owner'))}, groups {groups}, "
                     f"outbox {site.client.xlen(site.key(partition, 'outbox'))}, timers {site.client.zcard(site.key(partition, 'timers'))}")
    return "\n".join([*lines, f"arrived {len(site.inbox.arrivals)}, accepted {len(site.inbox.pushes)}"])


def environment_number(name, fallback):
    return int(os.environ.get(name, fallback))
