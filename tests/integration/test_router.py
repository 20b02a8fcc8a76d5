"""Does what is published to nudge:ingest reach the partition it belongs to, once, whoever dies on the way?"""
import json

import pytest
import redis

from harness import CHUNK
from load import CAMPAIGNS, SETTINGS, Load
from waiting import poll

INGEST = "nudge:ingest"
EVENTS = 1200
PARTITIONS = 4


@pytest.fixture
def shop(site):
    return lambda: site(campaigns=CAMPAIGNS, partitions=PARTITIONS, **SETTINGS)


def ingest(site, events):
    """Publishes every other event as one JSON object, every third without a key of its own."""
    events = [dict(event) for event in events]
    for start in range(0, len(events), CHUNK):
        with site.client.pipeline(transaction=False) as pipe:
            for number, event in enumerate(events[start:start + CHUNK]):
                if number % 3 == 0:
                    del event["id"]
                pipe.xadd(INGEST, {"json": json.dumps(event)} if number % 2 else event)
            pipe.execute()


def wait_routed(site):
    def routed():
        site.check()
        try:
            group = next(group for group in site.client.xinfo_groups(INGEST) if group["name"] == "nudged")
        except (StopIteration, redis.exceptions.ResponseError):
            return False
        return group["pending"] == 0 and group["last-delivered-id"] == site.client.xinfo_stream(INGEST)["last-generated-id"]
    poll("all to be routed", routed)


def router(site):
    """The instance that routes."""
    return poll("a router", lambda: site.client.get(INGEST + ":owner"))


def test_does_each_event_reach_its_partition_once(shop):
    here = shop()
    load = Load(here)
    ingest(here, load.events(EVENTS))
    here.start().ready()
    ingest(here, load.events(EVENTS))
    wait_routed(here)
    load.verify()
    assert here.inbox.duplicates == 0
    assert all(here.client.xlen(here.key(partition, "events")) for partition in range(PARTITIONS))
    assert sum(here.client.xlen(here.key(partition, "events")) for partition in range(PARTITIONS)) == 2 * EVENTS


def test_is_a_repeat_of_an_event_without_effect(shop):
    here = shop()
    load = Load(here)
    here.start().ready()
    events = list(load.events(30))
    for event in events * 3:
        here.client.xadd(INGEST, event)
    wait_routed(here)
    load.verify()


@pytest.mark.parametrize("broken", [{"json": "{"}, {"type": "purchase"}, {"type": "purchase", "user": "u" * 200}, {"user": "", "type": "view"}],
                         ids=["half a JSON", "no user", "a long user", "an empty user"])
def test_is_an_event_that_belongs_to_nobody_a_dead_letter_of_the_first_partition(shop, broken):
    here = shop()
    here.start().ready()
    entry = here.client.xadd(INGEST, broken)
    wait_routed(here)
    (_, letter), = here.client.xrange(here.key(0, "dead"))
    assert letter["entry"] == entry and letter["reason"]
    assert {name.removeprefix("event."): value for name, value in letter.items() if name.startswith("event.")} == broken


def test_is_a_broken_event_a_dead_letter_of_its_customers_partition(shop):
    here = shop()
    here.start().ready()
    here.client.xadd(INGEST, {"user": "c1", "type": "purchase", "amount": "much"})
    letter, = poll("the dead letter", here.dead)
    assert "amount" in letter["reason"] and letter["event.user"] == "c1"


def test_is_a_router_that_died_replaced_and_nothing_lost_or_done_twice(shop):
    here = shop()
    load = Load(here)
    for name in "ab":
        here.start(name)
    here.wait_shares([2, 2])
    for number in range(4):
        ingest(here, load.events(EVENTS))
        victim = router(here)
        poll("some to be routed", lambda: progress(here) > (number + 0.25) * EVENTS)
        here.daemons[victim].kill()
        poll("another router", lambda: here.client.get(INGEST + ":owner") not in (None, victim))
        here.start(victim)
    wait_routed(here)
    load.verify(crashes=4)


def progress(site):
    return sum(site.client.xlen(site.key(partition, "events")) for partition in range(PARTITIONS))


def test_is_the_routing_handed_over_in_peace_when_an_instance_comes_or_goes(shop):
    here = shop()
    load = Load(here)
    here.start("a").ready()
    assert router(here) == "a"
    ingest(here, load.events(EVENTS))
    here.start("b")
    poll("the last by name to route", lambda: router(here) == "b")
    ingest(here, load.events(EVENTS))
    assert here.daemons["b"].terminate() == 0
    poll("the routing to come back", lambda: router(here) == "a")
    ingest(here, load.events(EVENTS))
    wait_routed(here)
    load.verify()
    assert here.inbox.duplicates == 0


def test_is_the_group_of_the_router_made_again_when_redis_forgets(shop):
    here = shop()
    load = Load(here)
    here.start().ready()
    ingest(here, load.events(EVENTS))
    wait_routed(here)
    load.verify()
    here.client.delete(INGEST)
    ingest(here, load.events(EVENTS))
    wait_routed(here)
    load.verify()
