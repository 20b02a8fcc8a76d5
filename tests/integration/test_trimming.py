"""Does what everybody has done leave the streams, and nothing else?"""
import pytest

from load import CAMPAIGNS, SETTINGS, Load
from waiting import poll

EVENTS = 3000
NODE = 100   # entries that Redis keeps together: it trims whole nodes
BEHIND = 1000


@pytest.fixture
def shop(site):
    return lambda **options: site(campaigns=CAMPAIGNS, stream_trim="acknowledged", **{**SETTINGS, "batch": 512, **options})


def test_does_a_stream_become_short_once_it_is_worked_off(shop):
    here = shop()
    load = Load(here)
    load.publish(EVENTS)
    here.start().ready()
    load.verify()
    poll("the stream to be trimmed", lambda: here.client.xlen(here.key(0, "events")) <= NODE)
    load.publish(EVENTS)
    load.verify()
    assert here.client.xinfo_stream(here.key(0, "events"))["entries-added"] == 2 * EVENTS


def test_does_what_another_group_has_not_done_stay(shop):
    here = shop()
    load, stream = Load(here), here.key(0, "events")
    load.publish(EVENTS)
    here.client.xgroup_create(stream, "audit", id="0")
    here.start().ready()
    load.verify()
    read = here.client.xreadgroup("audit", "one", {stream: ">"}, count=2 * BEHIND)[0][1]
    here.client.xack(stream, "audit", *[entry for entry, _ in read[:BEHIND]])  # the others are in its hands still
    poll("what both have done to go", lambda: EVENTS - BEHIND <= here.client.xlen(stream) <= EVENTS - BEHIND + NODE)
    daemon = here.daemons["a"]
    load.publish(EVENTS)
    load.verify()
    assert here.client.xrange(stream, read[BEHIND][0], read[BEHIND][0]) and daemon.running()


def test_does_the_stream_of_the_router_become_short(shop):
    here = shop(partitions=2)
    load = Load(here)
    here.start().ready()
    with here.client.pipeline(transaction=False) as pipe:
        for event in load.events(EVENTS):
            pipe.xadd("nudge:ingest", event)
        pipe.execute()
    poll("the ingest stream to be trimmed", lambda: here.client.xlen("nudge:ingest") <= NODE)
    load.verify()
