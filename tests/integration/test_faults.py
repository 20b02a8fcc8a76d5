"""What if a process dies, stalls or is told to go? (FAULTS: kill -9 at every step, SIGTERM, a lost lease, instances that come and go,
an event that kills.)"""
import time
from datetime import datetime, timedelta, timezone

import pytest

from harness import environment_number
from load import CAMPAIGNS, SETTINGS, Load, letter
from waiting import PATIENCE, poll

ROUNDS = environment_number("NUDGE_CRASH_ROUNDS", 3)
BATCH_POINTS = ["after_read", "after_decide", "before_exec", "after_exec", "before_send", "after_send", "before_settle", "after_settle"]
EVENTS = 600
LETTER_AHEAD = timedelta(seconds=2)
LEASE = 1.0


@pytest.fixture
def shop(site):
    return lambda **options: site(campaigns=CAMPAIGNS, **{**SETTINGS, **options})


def loaded(shop, customers=20):
    load = Load(shop, customers)
    load.introduce()
    return load


# ---- a process dies

@pytest.mark.parametrize("point", BATCH_POINTS)
def test_is_anything_lost_or_done_twice_by_a_crash(shop, point):
    here = shop()
    load = loaded(here)
    for number in range(ROUNDS):
        load.publish(EVENTS)
        here.start(crash=f"{point}:{1 + number % 3}").wait_crash()
        recover(here, load, crashes=number + 1)


def test_is_anything_lost_or_done_twice_by_a_crash_over_what_is_due(shop):
    here = shop()
    load = loaded(here)
    for number in range(ROUNDS):
        daemon = here.start(crash=f"timer_due:{1 + number % 3}").ready()
        daemon.expected = True
        while daemon.running():  # timers are set and come due as long as events come
            load.publish(EVENTS // 10)
            time.sleep(0.02)
        daemon.wait_crash()
        recover(here, load, crashes=number + 1)


def test_does_a_letter_reach_everyone_once_though_the_daemon_dies_over_it(shop):
    here = shop()
    load = loaded(here)
    load.publish(EVENTS)
    here.start()
    recover(here, load, crashes=0)
    for number in range(ROUNDS):
        due = datetime.now(timezone.utc) + LETTER_AHEAD
        here.write("campaigns", f"letter-{number}.json", letter(number, due.isoformat(timespec="seconds")))
        load.expect_letter(number)
        here.start(crash="schedule_page:1").wait_crash()
        here.start()
        poll("the letter", lambda: {push.body for push in here.inbox.accepted if push.campaign == f"letter-{number}"} == set(load.customers))
        recover(here, load, crashes=number + 1)


def recover(site, load, crashes):
    """An instance that does not crash brings all to its end, and goes when told to."""
    if not site.daemons["a"].running():
        site.start()
    load.verify(crashes)
    assert site.daemons["a"].terminate() == 0


def test_is_an_event_that_kills_put_aside_while_the_others_flow(shop):
    here = shop(max_deliveries=3)
    load = loaded(here)
    load.publish(EVENTS)
    here.publish([{"type": "__crash", "user": "c1", "id": "poison"}])
    load.publish(EVENTS)
    deaths = live_through(here, "poison:1")
    assert deaths > 0
    here.start("b").ready()
    load.verify(crashes=deaths)
    letters = here.dead()
    assert [letter_["event.type"] for letter_ in letters] == ["__crash"] and letters[0]["reason"]


def live_through(site, crash):
    """Starts the instance again each time it dies, until all is drained; how often it died."""
    deaths = 0
    daemon = site.start(crash=crash)
    daemon.expected = True
    deadline = time.monotonic() + 3 * PATIENCE
    while not site.is_drained(0):
        assert time.monotonic() < deadline, f"died {deaths} times and is not through"
        if not daemon.running():
            deaths += 1
            daemon = site.start(crash=crash)
            daemon.expected = True
        time.sleep(0.02)
    daemon.kill()
    return deaths


# ---- a process is told to go, or stands still

def test_is_a_daemon_that_is_told_to_go_in_the_midst_of_work_done_in_time(shop):
    here = shop()
    load = loaded(here)
    load.publish(5 * EVENTS)
    for arrivals in (20, 200):
        daemon = here.start().ready()
        poll("some pushes", lambda: len(here.inbox.arrivals) >= arrivals)
        assert daemon.terminate() == 0
    here.start()
    load.verify()
    assert here.inbox.duplicates == 0


def test_does_a_daemon_that_slept_past_its_lease_change_anything(shop):
    here = shop()
    load = loaded(here)
    owner = here.start("a").ready()
    for number, name in enumerate(("b", "c")):
        poll("the partition to be owned", lambda: here.owners() == {0: owner.name})
        load.publish(2 * EVENTS)
        poll("some pushes", lambda: len(here.inbox.arrivals) >= 20 * (1 + number))
        owner.freeze()
        other = here.start(name).ready()
        poll("the partition to be taken over", lambda: here.owners() == {0: name})
        load.publish(EVENTS)
        owner.thaw()
        load.publish(EVENTS)
        load.verify(crashes=number + 1)  # the partition may have gone back to the first by name meanwhile, in peace
        assert "a partition is lost" in owner.log and owner.running()
        owner.terminate()
        owner = other


# ---- instances come and go

def test_is_the_work_of_a_dead_instance_taken_over(shop):
    here = shop(partitions=4)
    load = loaded(here)
    for name in "ab":
        here.start(name)
    here.wait_shares([2, 2])
    load.publish(3 * EVENTS)
    poll("some pushes", lambda: len(here.inbox.arrivals) >= 20)
    here.daemons["a"].kill()
    poll("all partitions to be the other's", lambda: here.owners() == {number: "b" for number in range(4)}, patience=LEASE + 2 + 3)
    load.publish(EVENTS)
    load.verify(crashes=2)  # two partitions' pushes were under way


def test_are_partitions_shared_evenly_by_those_that_come_and_go_under_load(shop):
    here = shop(partitions=8)
    load = loaded(here, customers=60)
    for name in "abc":
        here.start(name)
    load.publish(EVENTS)
    here.wait_shares([3, 3, 2])
    load.publish(3 * EVENTS)
    here.start("d")
    here.wait_shares([2, 2, 2, 2])
    load.publish(3 * EVENTS)
    assert here.daemons["b"].terminate() == 0
    here.wait_shares([3, 3, 2])
    load.publish(EVENTS)
    load.verify()
    assert here.inbox.duplicates == 0


# ---- the same again

def test_has_an_event_published_a_hundred_times_one_effect(shop):
    here = shop()
    load = loaded(here)
    first, *others = load.events(EVENTS)
    here.publish([*[first] * 50, *others, *[first] * 50])
    here.start()
    load.verify()
