"""What if the receiver fails, files are broken, events are hostile, clocks change or there is no room for another file?"""
import json
import os
import re
import socket
import time
from collections import Counter
from contextlib import ExitStack
from datetime import datetime

import pytest

import recorded
from harness import Site
from inbox import ACCEPTED, BUSY, LOST
from load import CAMPAIGNS, SETTINGS, Load, campaign
from oracle import Oracle, Settings
from waiting import poll

EVENTS = 600
BUSY_FOR = 3.0  # seconds
FEW_FILES = 32


@pytest.fixture
def shop(site):
    return lambda campaigns=CAMPAIGNS, **options: site(campaigns=campaigns, **{**SETTINGS, **options})


# ---- the receiver

def test_does_everything_arrive_after_the_receiver_was_busy(shop):
    here = shop()
    load, since = Load(here), []

    def answer(_push_id, _tries):
        since.append(time.monotonic())
        return BUSY if since[-1] - since[0] < BUSY_FOR else ACCEPTED

    here.inbox.answer = answer
    load.publish(EVENTS)
    here.start()
    load.verify()
    assert not all(arrival.accepted for arrival in here.inbox.arrivals)


def test_is_a_push_whose_reply_was_lost_sent_again_under_the_same_id(shop):
    here = shop()
    load = Load(here)
    here.inbox.answer = lambda push_id, tries: LOST if tries == 0 and int(push_id[-2:], 16) % 4 == 0 else ACCEPTED
    load.publish(EVENTS)
    here.start()
    load.verify()
    lost = {arrival.id for arrival in here.inbox.arrivals if not arrival.accepted}
    assert lost and lost <= here.inbox.pushes.keys()
    assert here.inbox.duplicates == 0


# ---- clocks

def test_is_anything_sent_twice_or_never_when_clocks_change(shop):
    settings = Settings(zone="America/New_York", currency="USD")
    campaigns = [
        {"name": "half-past-two", "trigger": {"schedule": {"every": {"days": "all", "time": "02:30"}}}, "push": {"title": "schedule"}},
        {"name": "half-past-one", "trigger": {"schedule": {"every": {"days": ["sun"], "time": "01:30"}}}, "push": {"title": "schedule"}},
        {"name": "morning", "trigger": {"event": "view"}, "push": {"title": "{{hour}}"},
         "quiet_hours": {"from": "22:00", "to": "02:30", "then": "defer"}},
        {"name": "day-later", "trigger": {"event": "view"}, "delay": "24h", "push": {"title": "{{hour}}"}},
    ]
    nights = [hourly("2017-03-11T12:00", 40), hourly("2017-11-04T12:00", 40)]
    end = recorded.ticks(recorded.at("2017-11-10T00:00"), 1)
    oracle = Oracle(settings, campaigns)
    here = shop(campaigns, clock="events", partitions=1)
    for events in [*nights, end]:
        for event in events:
            oracle.publish(event)
        here.publish(events)
        here.start()
        here.wait_drained()
        here.daemons["a"].kill()
    got = Counter((push.user, push.campaign, push.title) for push in here.inbox.pushes.values())
    assert got == Counter((push.user, push.campaign, push.title) for push in oracle.pushes)


def hourly(since, hours):
    start = datetime.fromisoformat(since).replace(tzinfo=recorded.NEW_YORK).timestamp()
    return [{"type": "view", "user": f"u{number % 2}", "ts": str(int((start + number * 3600) * 1000)), "hour": f"{since[:10]} + {number}"}
            for number in range(hours)]


# ---- too little room

def test_does_a_daemon_with_few_open_files_work_and_recover(shop):
    here = shop(provider={"concurrency": 4})  # its connections are files too, and stay open for a while
    load = Load(here)
    daemon = here.start(open_files=FEW_FILES).ready()
    with ExitStack() as guests:
        host, port = daemon.admin.removeprefix("http://").split(":")
        for _ in range(2 * FEW_FILES):
            guests.enter_context(socket.create_connection((host, int(port))))
        load.publish(EVENTS)
    load.verify()
    daemon.ready()


# ---- hostile events

GOOD = {"type": "purchase", "user": "c1", "amount": "1.00"}
MUST_DIE = {
    "no type": {"user": "u"}, "no user": {"type": "view"}, "empty user": {**GOOD, "user": ""}, "long user": {**GOOD, "user": "u" * 129},
    "bad utf-8 in the user": {**GOOD, "user": b"\xff\xfe"}, "bad utf-8 in a value": {**GOOD, "item": b"\xc3\x28"},
    "north of the pole": {**GOOD, "lat": "91", "lon": "0"}, "east of the date line": {**GOOD, "lat": "0", "lon": "181"},
    "a latitude that is none": {**GOOD, "lat": "NaN", "lon": "0"}, "a negative accuracy": {**GOOD, "lat": "1", "lon": "1", "accuracy": "-1"},
    "an accuracy without end": {**GOOD, "lat": "1", "lon": "1", "accuracy": "inf"}, "no time": {**GOOD, "ts": "yesterday"},
    "the year 0": {**GOOD, "ts": "0000-01-01T00:00:00Z"}, "the year 9999": {**GOOD, "ts": "9999-12-31T23:59:59Z"},
    "a time before all": {**GOOD, "ts": "-1"}, "a time past int64": {**GOOD, "ts": "99999999999999999999999"},
    "an exponent": {**GOOD, "amount": "1e400"}, "no amount": {**GOOD, "amount": "NaN"}, "40 digits": {**GOOD, "amount": "1" * 40},
    "broken json": {"json": '{"type": "purchase", "user": '}, "json that is a list": {"json": "[]"},
    "json a million deep": {"json": '{"a":' * 1_000_000}, "a thousand fields": {**GOOD, **{f"f{number}": "x" for number in range(1000)}},
    "a long value": {**GOOD, "item": "x" * 5000}, "a long name": {**GOOD, "n" * 200: "x"}, "64 MB": {**GOOD, "item": "x" * (64 << 20)},
    "a long id": {**GOOD, "id": "i" * 129}, "half a position": {**GOOD, "lat": "1"},
}
MAY_LIVE = {
    "NUL in a value": {**GOOD, "user": "n", "item": "a\0b"}, "control characters": {**GOOD, "user": "n", "item": "\x1b[31m\r\nforged=line"},
    "a negative amount": {**GOOD, "user": "n", "amount": "-5.00"}, "a user that looks like a key": {**GOOD, "user": "{1}:events"},
    "a type of its own": {**GOOD, "user": "n", "type": "../../etc"},
    "json": {"json": json.dumps({**GOOD, "user": "n", "deep": {"er": {"still": 1}}})},
    "an old time": {**GOOD, "user": "n", "ts": "1"}, "seven digits behind the point": {**GOOD, "user": "n", "amount": "0.1234567"},
}


@pytest.mark.parametrize("what", MUST_DIE)
def test_is_a_hostile_event_a_dead_letter_with_its_reason(hostile_shop, what):
    before = len(hostile_shop.dead())
    entry = hostile_shop.client.xadd("nudge:{0}:events", MUST_DIE[what])
    goes_on(hostile_shop)
    letters = hostile_shop.dead()[before:]
    assert [letter["entry"] for letter in letters] == [entry] and letters[0]["reason"]


@pytest.mark.parametrize("what", MAY_LIVE)
def test_is_a_strange_event_taken_or_told_why_not(hostile_shop, what):
    before = len(hostile_shop.dead())
    hostile_shop.client.xadd("nudge:{0}:events", MAY_LIVE[what])
    goes_on(hostile_shop)
    assert all(letter["reason"] for letter in hostile_shop.dead()[before:])


@pytest.fixture(scope="module")
def hostile_shop():
    here = Site(campaigns=CAMPAIGNS, **SETTINGS)
    here.start().ready()
    yield here
    here.close()


def goes_on(site):
    """The next event is decided as ever."""
    number = f"after-{len(site.inbox.arrivals)}"
    site.publish([{**GOOD, "user": "well", "gift": "yes", "line": number}])
    poll("the next event's push", lambda: any(push.body == number for push in site.inbox.accepted))
    site.wait_drained()


# ---- broken files

BROKEN = {"half a file": '{"name": "thanks", "trigger": {"event": "purch', "an unknown word": '{"name": "thanks", "triger": {}}', "nothing": "",
          "no JSON": "\x00\x01\x02", "another's name": json.dumps({"name": "later", "trigger": {"event": "view"}, "push": {"title": "x"}})}


@pytest.mark.parametrize("what", BROKEN)
def test_does_a_broken_file_leave_the_version_before_in_force(shop, what):
    here = shop()
    load = Load(here)
    daemon = here.start().ready()
    load.publish(EVENTS)
    here.write("campaigns", "thanks.json", BROKEN[what])
    poll("word of the mistake", lambda: re.search(r"thanks\.json", daemon.log))
    load.publish(EVENTS)
    load.verify()


def test_is_a_file_renamed_over_under_load_in_force_and_then_stops_when_taken_away(shop):
    here = shop()
    load = Load(here)
    here.start().ready()
    load.publish(3 * EVENTS)
    here.write("campaigns", "thanks.json", {**CAMPAIGNS[0], "push": {"title": "second", "body": "{{event.line}}"}})
    probes = poll("the second version", lambda: probe(here, load) == "second" and load.published)
    load.publish(EVENTS)
    load.verify()
    titles = {int(push.body): push.title for push in here.inbox.accepted if push.campaign == "thanks"}
    assert all(title == "second" for line, title in titles.items() if line >= probes)
    (here.folder / "campaigns" / "thanks.json").unlink()
    poll("it to stop", lambda: probe(here, load) is None)


def probe(site, load):
    """Publishes one purchase with a gift; the title of its push, None if there is none."""
    line = load.published + -load.published % 4
    load.publish(line - load.published + 1)
    site.wait_drained()
    return next((push.title for push in site.inbox.accepted if push.campaign == "thanks" and push.body == str(line)), None)


def test_do_things_that_are_no_files_hold_up_those_that_are(shop):
    here = shop()
    daemon = here.start().ready()
    folder = here.folder / "campaigns"
    os.mkfifo(folder / "pipe.json")
    (folder / "loop.json").symlink_to(folder / "loop.json")
    (folder / "folder.json").mkdir()
    (folder / "draft.json.swp").write_text("{")
    with open(folder / "huge.json", "wb") as huge:
        huge.truncate(100 << 20)
    here.write("campaigns", "new.json", campaign("new", {"event": "view"}))
    poll("the new campaign", lambda: viewed(here))
    assert "huge.json" in daemon.log


def viewed(site):
    site.publish([{"type": "view", "user": "c1", "line": "0"}])
    site.wait_drained()
    return any(push.campaign == "new" for push in site.inbox.accepted)
