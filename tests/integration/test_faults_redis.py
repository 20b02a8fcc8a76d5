"""What if Redis fails, forgets, is full, or the line to it is bad?"""
import time

import pytest
import redis

from load import CAMPAIGNS, SETTINGS, Load
from proxy import Proxy
from waiting import poll

EVENTS = 600
GROUP_BACK = 2.0 + 1.0     # seconds until the group must be there again, and what a busy machine may add
GOES_WITHIN = 5.0          # seconds
LOG_LINES = 10             # fewer than so many about it
LINES_DROP = 120.0         # patience on a line that drops
DURABLE = {"appendonly": "yes", "appendfsync": "always"}


@pytest.fixture
def shop(site):
    return lambda **options: site(campaigns=CAMPAIGNS, **{**SETTINGS, **options})


@pytest.fixture
def bad_line():
    """Makes proxies before a site's Redis."""
    proxies = []

    def make(site):
        proxies.append(Proxy(site.redis.socket))
        return proxies[-1]

    yield make
    for proxy in proxies:
        proxy.close()


def running(site, **options):
    """A load, and an instance that has worked some of it off."""
    load = Load(site)
    load.introduce()
    load.publish(EVENTS)
    site.start(**options).ready()
    load.verify()
    return load


# ---- Redis forgets

@pytest.mark.parametrize("loss", [lambda client: client.flushall(), lambda client: client.delete("nudge:{0}:events")],
                         ids=["all", "the stream"])
def test_is_the_group_back_soon_and_quietly_when_redis_forgets(shop, loss):
    here = shop()
    load = running(here)
    daemon = here.daemons["a"]
    written = len(daemon.log.splitlines())
    loss(here.client)
    poll("the group", lambda: has_group(here), patience=GROUP_BACK)
    if not here.client.exists("nudge:{0}:customers"):
        load.forget()
    load.publish(EVENTS)
    load.verify()
    assert len(daemon.log.splitlines()) - written < LOG_LINES


def has_group(site):
    try:
        return any(group["name"] == "nudged" for group in site.client.xinfo_groups(site.key(0, "events")))
    except redis.exceptions.ResponseError:
        return False


@pytest.mark.parametrize("reader", ["nudged", "somebody"])
def test_are_events_trimmed_ahead_of_the_daemon_counted_as_lost(shop, reader):
    here = shop()
    load = running(here)
    assert here.daemons["a"].terminate() == 0
    gone = 100
    here.publish({"type": "purchase", "user": "c1", "amount": "1.00"} for _ in range(2 * gone))
    left_pending(here, reader, gone)
    here.client.xtrim(here.key(0, "events"), maxlen=0, approximate=False)
    daemon = here.start().ready()
    load.publish(EVENTS)
    load.verify()
    assert f"nudge_entries_lost_total {gone}\n" in daemon.ask("/metrics")[1]


def test_are_events_that_another_consumer_left_pending_decided(shop):
    here = shop()
    load = running(here)
    here.daemons["a"].freeze()
    load.publish(EVENTS)
    left_pending(here, "somebody", EVENTS // 2)
    here.daemons["a"].thaw()
    load.verify()


def left_pending(site, reader, count):
    """Somebody has read these, and will never acknowledge them."""
    read = site.client.xreadgroup("nudged", reader, {site.key(0, "events"): ">"}, count=count)
    assert len(read[0][1]) == count


# ---- Redis dies, or is not there

def test_is_anything_lost_when_redis_is_killed_and_comes_back(site):
    here = site(campaigns=CAMPAIGNS, redis_options=DURABLE, **SETTINGS)
    load = running(here)
    load.publish(5 * EVENTS)
    poll("some pushes", lambda: len(here.inbox.arrivals) > len(load.lost) + EVENTS // 2)
    here.redis.kill()
    here.redis.start(**DURABLE).ready()
    load.publish(EVENTS)
    load.verify(crashes=1)


def test_does_a_daemon_wait_for_a_redis_that_is_not_there_yet(site):
    here = site(campaigns=CAMPAIGNS, redis_options=None, **SETTINGS)
    daemon = here.start()
    poll("word of it", lambda: not_ready_for(daemon, "redis"))
    here.redis.start().ready()
    daemon.ready()
    load = Load(here)
    load.publish(EVENTS)
    load.verify()


def test_does_a_daemon_go_at_once_when_told_to_while_redis_is_gone(shop):
    here = shop()
    running(here)
    daemon = here.daemons["a"]
    here.redis.kill()
    poll("word of it", lambda: not_ready_for(daemon, "redis"))
    asked = time.monotonic()
    assert daemon.terminate() == 0 and time.monotonic() - asked < GOES_WITHIN


def test_does_a_daemon_wait_for_a_redis_that_is_loading(shop):
    here = shop()
    load = running(here)
    here.client.save()
    here.redis.kill()
    # Each key takes its time, and Redis answers LOADING in between.
    here.redis.start(key_load_delay=30_000, loading_process_events_interval_bytes=1024)
    poll("Redis to answer", lambda: answers(here) is not None)
    if not answers(here) == "loading":
        pytest.skip("Redis had loaded its data before anybody could ask")
    here.redis.ready()
    here.daemons["a"].ready()
    load.publish(EVENTS)
    load.verify(crashes=1)


def answers(site):
    """What Redis says just now; None = nothing yet."""
    try:
        return "ready" if site.client.ping() else None
    except redis.exceptions.BusyLoadingError:
        return "loading"
    except redis.exceptions.ConnectionError:
        return None


def test_does_a_daemon_with_the_wrong_password_say_so_and_recover(site):
    here = site(campaigns=CAMPAIGNS, redis_options={"requirepass": "right"}, redis_password="right", redis_password_file="password", **SETTINGS)
    (here.folder / "password").write_text("wrong\n")
    daemon = here.start()
    poll("word of it", lambda: not_ready_for(daemon, "password"))
    here.client.config_set("requirepass", "wrong")
    here.redis.password = "wrong"
    daemon.ready()
    load = Load(here)
    load.publish(EVENTS)
    load.verify()


def not_ready_for(daemon, word):
    """/readyz says no, and why."""
    daemon.check()
    status, text = daemon.ask("/readyz")
    return status == 503 and word in text.lower()


def test_does_work_go_on_once_a_full_redis_has_room_again(shop):
    here = shop()
    load = running(here)
    here.daemons["a"].freeze()
    load.publish(3 * EVENTS)
    here.client.config_set("maxmemory", here.client.info("memory")["used_memory"])
    here.daemons["a"].thaw()
    poll("a refused write", lambda: "errorstat_OOM" in here.client.info("errorstats"))
    assert here.daemons["a"].running()
    here.client.config_set("maxmemory", 0)
    load.verify(crashes=1)


# ---- a bad line

def test_is_anything_lost_on_a_line_that_drops_every_fiftieth_reply(shop, bad_line):
    here = shop()
    line = bad_line(here)
    load = running(here, url=line.url)
    files = here.daemons["a"].open_files()
    line.drop_every = 50
    load.publish(5 * EVENTS)
    here.wait_drained(LINES_DROP, timers=True)
    line.drop_every = 0
    load.verify(crashes=line.drops, patience=LINES_DROP)
    assert line.drops > 0
    poll("the files to be closed again", lambda: here.daemons["a"].open_files() <= files + 2)


def test_does_a_line_that_hands_over_byte_by_byte_work(shop, bad_line):
    here = shop(lease="10s")
    line = bad_line(here)
    line.bytewise = True
    load = Load(here)
    load.publish(EVENTS)
    here.start(url=line.url)
    load.verify(patience=LINES_DROP)


def test_is_a_line_that_went_silent_noticed(shop, bad_line):
    here = shop()
    line = bad_line(here)
    load = running(here, url=line.url)
    load.publish(EVENTS)
    poll("some pushes", lambda: len(here.inbox.arrivals) > EVENTS // 4 + 20)
    frozen = line.freeze()
    assert frozen > 0
    load.publish(EVENTS)
    load.verify(crashes=frozen, patience=LINES_DROP)
