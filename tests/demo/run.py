#!/usr/bin/env python3
"""Nudge on sample data, live: `make run`. Ctrl-C ends it, and nothing is left behind.

Starts a Redis of its own, nudged with the sample campaigns, and a receiver of its pushes; publishes what the people of people.py do, each event at
its time; and shows each push with what set it off. Standard library only.
"""
import argparse
import base64
import heapq
import itertools
import json
import os
import queue
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import deque
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
sys.dont_write_bytecode = True

from children import Child  # noqa: E402
from people import Customer, households, stores  # noqa: E402
from receiver import Receiver  # noqa: E402
from resp import Redis, RedisError  # noqa: E402
from screen import Screen  # noqa: E402

PACE = 1.6           # seconds from one story to the next
STREAM_BATCH = 1000  # events sent to Redis at once
TALLY_EVERY = 30     # seconds
ROUNDS_KNOWN = 20    # customers of so many rounds are remembered for what they did
REDIS_TRIES = 5      # a free port may be taken before redis-server has it
START_PATIENCE = 15  # seconds
ADMIN = re.compile(r"admin http listening address=(\S+)")
SILENT = {"no_match", "sent"}  # of the reasons, in the tally


class Trouble(Exception):
    """What the person is told before it all ends."""


class Demo:
    def __init__(self, options):
        self.options, self.screen = options, Screen()
        self.news = queue.SimpleQueue()  # (kind, from whom, what): its put() may be called in a signal handler
        self.folder = Path(tempfile.mkdtemp(prefix="nudge-demo-"))
        self.prefix = "nudge-demo-" + secrets.token_hex(4)
        self.children, self.redis, self.receiver, self.admin = [], None, None, None
        self.agenda, self.order = [], itertools.count()  # (time, number, customer, event)
        self.rounds = deque(maxlen=ROUNDS_KNOWN)         # {user: customer}
        self.published = self.received = 0
        self.tally_at, self.tally_last = time.monotonic() + TALLY_EVERY, {}

    # ---- starting

    def start(self):
        self.redis_url = self.options.redis or self.redis_start()
        self.redis = self.redis_connect(self.redis_url)
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        self.secret_write(secret)
        self.receiver = Receiver(secret=secret, keep=False, on_request=lambda request: self.news.put(("push", None, request)))
        self.receiver.__enter__()
        self.config = self.config_write()
        self.child_start("nudged", [self.options.build / "nudged", "-c", self.config])
        self.wait_until(lambda: self.admin, "nudged to listen")

    def child_start(self, name, command):
        try:
            self.children.append(Child(name, command, self.news.put))
        except FileNotFoundError:
            raise Trouble(f"{command[0]} is not there") from None
        return self.children[-1]

    def redis_start(self):
        """On a free port, keeping nothing on disk."""
        for _ in range(REDIS_TRIES):
            with socket.create_server(("127.0.0.1", 0)) as taken:
                port = taken.getsockname()[1]
            child = self.child_start("redis-server", ["redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", self.folder,
                                                      "--save", "", "--appendonly", "no"])
            if self.redis_is_up(child):
                return f"redis://127.0.0.1:{port}/0"
            self.children.remove(child)
        raise Trouble("redis-server does not start:\n" + "\n".join(child.log))

    def redis_is_up(self, child):
        """Until it says that it is ready, or ends."""
        while True:
            kind, whose, text = self.next_news(START_PATIENCE, "redis-server to start")
            if kind == "ended" and whose is child:
                return False
            if kind == "line" and "Ready to accept connections" in text:
                return True

    def redis_connect(self, url):
        try:
            return Redis(url)
        except (OSError, RedisError, ValueError) as error:
            raise Trouble(f"no Redis at {url}: {error}") from None

    def secret_write(self, secret):
        (self.folder / "secret").touch(0o600)
        (self.folder / "secret").write_text(secret + "\n")

    def config_write(self):
        """The sample configuration, but for where things are. It has no quiet hours, so that there is something to see at night too; a campaign's own
        remain."""
        campaigns = self.options.campaigns
        beside = {name: campaigns.parent / name if (campaigns.parent / name).is_dir() else ROOT / "conf" / name for name in ("segments", "stores")}
        self.shops = stores(beside["stores"]) or stores(ROOT / "conf" / "stores")
        config = json.loads((ROOT / "conf" / "nudged.json").read_text())
        config.pop("$schema", None)
        config.pop("quiet_hours", None)
        config |= {"redis": self.redis_url, "prefix": self.prefix, "zone": "America/New_York", "currency": "USD", "provider": "app",
                   "providers": {"app": {"type": "webhook", "url": self.receiver.url + "/push", "secret_file": str(self.folder / "secret"),
                                         "allow_http": True, "allow_private": True}},
                   "campaigns": str(campaigns), "segments": str(beside["segments"]), "stores": str(beside["stores"]),
                   "admin": {"listen": "127.0.0.1:0"}}
        path = self.folder / "nudged.json"
        path.write_text(json.dumps(config, indent=2))
        return path

    # ---- news from threads and signals

    def next_news(self, patience, what):
        try:
            news = self.news.get(timeout=patience)
        except queue.Empty:
            raise Trouble(f"waited {patience} s in vain for {what}") from None
        if news[0] == "stop":
            raise KeyboardInterrupt
        return news

    def wait_until(self, holds, what):
        deadline = time.monotonic() + START_PATIENCE
        while not holds():
            self.take(*self.next_news(max(deadline - time.monotonic(), 0), what))

    def take(self, kind, whose, what):
        if kind == "push":
            self.show(what)
        elif kind == "ended":
            raise Trouble(f"{whose.name} ended by itself, exit {whose.process.returncode}:\n" + "\n".join(whose.log))
        elif whose.name == "nudged":
            self.hear(what)

    def hear(self, line):
        """What nudged logs, as far as it matters here."""
        found = ADMIN.search(line)
        if found:
            self.admin = f"http://{found[1]}"
        if " error " in line or " warning not ready" not in line and " warning " in line:
            self.screen.warn(line.split(" ", 1)[1])
        elif " reloaded " in line:
            self.screen.note("campaigns read anew:" + line.split("reloaded", 1)[1])

    # ---- playing

    def welcome(self):
        say, n = self.screen.labelled, len(self.people)
        self.screen.line()
        self.screen.line(self.screen.bold("  Nudge, live") + " " * 50 + "Ctrl-C ends it")
        self.screen.line()
        say("people", f"{n} households of a US grocer and what they really bought, moved to now; names, ages, positions and app use are made up "
                      "(tests/data/SOURCE.txt, tests/demo/people.py)")
        say("campaigns", f"{self.options.campaigns}: edit one, and it is in force within a second")
        say("page", self.admin + "/")
        say("metrics", self.admin + "/metrics")
        say("Redis", f"{self.redis_url}, keys {self.prefix}:*")
        say("ask", f"{relative(self.options.build / 'nudgectl')} customer {self.people[0].id} -c {self.config}")
        self.screen.line()

    def round_begin(self, number, at):
        """All customers of a round are there at once, with their past; their stories come one after another."""
        people = random.Random(number).sample(self.people, len(self.people))
        customers = by_turns(Customer(household, number, self.shops) for household in people)
        self.rounds.append({customer.user: customer for customer in customers})
        for i, customer in enumerate(customers):
            for event in customer.begin(at, at + 1 + i * PACE):
                self.agenda_put(event)
        return at + len(customers) * PACE

    def agenda_put(self, event):
        heapq.heappush(self.agenda, (event.at, next(self.order), event))

    def publish_due(self):
        now, due = time.time(), []
        while self.agenda and self.agenda[0][0] <= now:
            due.append(heapq.heappop(self.agenda)[2].fields)
        for start in range(0, len(due), STREAM_BATCH):
            batch = due[start:start + STREAM_BATCH]
            self.redis.ask_all([["XADD", f"{self.prefix}:{{0}}:events", "*", *itertools.chain.from_iterable(fields.items())] for fields in batch])
        self.published += len(due)

    def play(self):
        self.people = households()
        self.welcome()
        number, ends = 0, self.round_begin(0, time.time())
        while True:
            if time.time() >= ends:
                number += 1
                ends = self.round_begin(number, time.time())
            self.publish_due()
            if time.monotonic() >= self.tally_at:
                self.tally()
            wait = min(self.agenda[0][0] - time.time() if self.agenda else PACE, ends - time.time(), self.tally_at - time.monotonic())
            try:
                news = self.news.get(timeout=max(wait, 0))
            except queue.Empty:
                continue
            if news[0] == "stop":
                return
            self.take(*news)

    # ---- showing

    def show(self, request):
        push = request.json["data"]
        user, campaign = push.get("user", ""), push.get("campaign", "")
        customer = next((known[user] for known in reversed(self.rounds) if user in known), None)
        rule = campaign_file(self.options.campaigns, campaign)
        who = f"{customer.name}, {customer.household.age} (household {user})" if customer else user
        if not request.signed:
            self.screen.warn("the next push is not signed as it should be")
        self.received += 1
        self.screen.push(who, campaign, push.get("title", ""), push.get("body", ""), self.why(customer, campaign, rule), rule.get("description", ""))
        if customer and customer.luck.random() < 0.4:
            self.agenda_put(customer.opens(push, time.time()))

    def why(self, customer, campaign, rule):
        """Which of the customer's events set it off: nudged keeps its time on the card."""
        trigger = rule.get("trigger", {})
        at = self.trigger_time(customer, campaign) if customer else None
        if at is None or "schedule" in trigger:
            return "its time has come: " + schedule_told(trigger.get("schedule", {}))
        ago = time.time() - at / 1000
        told = customer.told.get(at) or ("stayed at " + customer.shop["name"] if "dwell" in trigger else "did something")
        return told + ("" if ago < 5 else f", {ago:.0f} s ago" if ago < 100 else f", {ago / 60:.0f} min ago")

    def trigger_time(self, customer, campaign):
        done = subprocess.run([self.options.build / "nudgectl", "customer", customer.user, "-c", self.config], capture_output=True, check=False)
        if done.returncode:
            return None
        decisions = json.loads(done.stdout).get("decisions", [])
        return next((one["trigger"] for one in reversed(decisions) if one["campaign"] == campaign and "push" in one), None)

    def tally(self):
        """What happened since the last one."""
        self.tally_at = time.monotonic() + TALLY_EVERY
        now = {"events": self.published, "pushes": self.received, **self.reasons()}
        new = {name: n - self.tally_last.get(name, 0) for name, n in now.items()}
        self.tally_last = now
        kept = ", ".join(f"{n} {name}" for name, n in new.items() if n and name not in SILENT | {"events", "pushes"})
        self.screen.note(f"{TALLY_EVERY} s: {new['events']} events, {new['pushes']} pushes" + (f"; not sent: {kept}" if kept else ""))

    def reasons(self):
        try:
            with urllib.request.urlopen(self.admin + "/metrics", timeout=2) as page:
                text = page.read().decode()
        except OSError:
            return {}
        return {name: int(n) for name, n in re.findall(r'^nudge_decisions_total\{reason="(\w+)"\} (\d+)', text, re.M)}

    # ---- the end

    def end(self):
        """The other way round than it was started."""
        for child in reversed(self.children):
            if child.name != "redis-server":
                child.end()
        if self.receiver:
            self.receiver.__exit__()
        if self.redis and self.options.redis:
            self.redis_forget()
        for child in self.children:
            child.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def redis_forget(self):
        try:
            self.redis.forget(self.prefix)
        except (OSError, RedisError) as error:
            self.screen.warn(f"keys {self.prefix}:* may be left in {self.options.redis}: {error}")


def by_turns(customers):
    """One of each kind of story after another, so that each kind is seen soon."""
    plots = {}
    for customer in customers:
        plots.setdefault(customer.plot, []).append(customer)
    return [customer for turn in itertools.zip_longest(*plots.values()) for customer in turn if customer]


def campaign_file(folder, name):
    """The campaign of that name as it is now; empty if it is gone."""
    for path in [folder / f"{name}.json", *sorted(folder.glob("*.json"))]:
        try:
            campaign = json.loads(path.read_text())
        except (OSError, ValueError):
            continue
        if isinstance(campaign, dict) and campaign.get("name") == name:
            return campaign
    return {}


def schedule_told(schedule):
    every = schedule.get("every", {})
    days = every.get("days", "")
    return schedule.get("at") or f"{days if isinstance(days, str) else ', '.join(days)} {every.get('time', '')}"


def relative(path):
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else path


def options_read():
    parser = argparse.ArgumentParser(description="Nudge on sample data, live.")
    parser.add_argument("--redis", default="", help="redis://host:port/db to use; its own keys are removed in the end. Default: one of its own")
    parser.add_argument("--campaigns", default="", help="folder of campaign files; segments and stores are those beside it, if there are any")
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="folder of nudged and nudgectl")
    options = parser.parse_args()
    options.campaigns = Path(options.campaigns or ROOT / "conf" / "campaigns").resolve()
    if not options.campaigns.is_dir():
        parser.error(f"no folder {options.campaigns}")
    options.build = options.build.resolve()
    return options


def main():
    demo = Demo(options_read())
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: demo.news.put(("stop", None, None)))
    code = 0
    try:
        demo.start()
        demo.play()
    except KeyboardInterrupt:
        pass
    except (Trouble, OSError, RedisError) as trouble:
        print(f"make run: {trouble}", file=sys.stderr)
        code = 1
    finally:
        demo.end()
    print(f"\n{demo.received} pushes; nothing is left of it.")
    return code


if __name__ == "__main__":
    sys.exit(main())
