"""Does nudgectl tell of a running daemon what is there? (Its words and exit codes have tests of their own.)"""
import json
import subprocess

import pytest

from load import CAMPAIGNS, SETTINGS, Load, campaign
from oracle import partition_of
from servers import BUILD, built
from waiting import PATIENCE, poll

EVENTS = 200


@pytest.fixture
def shop(site):
    def make(**options):
        here = site(**{"campaigns": CAMPAIGNS, **SETTINGS, **options})
        here.start().ready()
        return here
    return make


def ctl(site, *arguments):
    """(exit code, what it printed, what it complained of)"""
    built(BUILD / "nudgectl")
    done = subprocess.run([BUILD / "nudgectl", *arguments, "-c", site.daemons["a"].config], capture_output=True, timeout=PATIENCE, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def ctl_json(site, *arguments):
    code, out, complaint = ctl(site, *arguments)
    assert code == 0, complaint
    return json.loads(out)


def test_does_check_find_the_mistakes_that_the_daemon_finds(shop):
    here = shop()
    assert ctl_json(here, "check", "--json")["campaigns"] == len(CAMPAIGNS)
    here.write("campaigns", "wrong.json", '{ "name": "wrong",\n  "trigger": { "evnt": "view" }, "push": { "title": "x" } }')
    code, out, _ = ctl(here, "check", "--json")
    error, = [error for error in json.loads(out)["errors"] if not error["warning"]]
    assert code == 1 and (error["line"], error["file"].rpartition("/")[2]) == (2, "wrong.json") and '"event"' in error["text"]
    poll("the daemon to say the same", lambda: error["text"] in here.daemons["a"].log)


def test_does_the_card_show_what_happened_and_what_was_decided(shop):
    here = shop(campaigns=[*CAMPAIGNS, campaign("vip", {"event": "purchase"}, audience={"attribute": "age", "gte": 18}, purpose="marketing")],
                attributes={"age": {"type": "number", "purpose": "marketing"}})
    here.publish([
        {"type": "profile", "user": "ann", "age": "30", "shoe_size": "38"},
        {"type": "consent", "user": "ann", "purpose": "marketing", "state": "granted", "source": "app", "text_version": "3"},
        {"type": "device", "user": "ann", "token": "t1", "platform": "ios", "locale": "nl-NL"},
        {"type": "purchase", "user": "ann", "amount": "12.50", "gift": "yes", "line": "1"},
        {"type": "location", "user": "ann", "lat": "52.3731", "lon": "4.8922", "accuracy": "10"}])
    here.wait_drained()
    text = json.dumps(here.card("ann"))
    card = here.card("ann")
    assert card["user"] == "ann"
    assert card["stats"]["purchase"]["count"] == 1 and float(card["stats"]["purchase"]["amount"]) == 12.5
    assert [word for word in ("age", "granted", "nl-NL", "52.3731", "12.50", "thanks", "vip", "sent", "marketing") if word not in text] == []
    assert "shoe_size" not in text


def test_is_there_a_card_of_somebody_unknown_or_erased(shop):
    here = shop()
    here.publish([{"type": "purchase", "user": "gone", "amount": "1.00", "later": "yes", "line": "1"}, {"type": "erase", "user": "gone"}])
    here.wait_drained(timers=True)
    for user in ("nobody", "gone"):
        code, out, complaint = ctl(here, "customer", user)
        assert (code, out) == (1, "") and "no such customer" in complaint
    assert here.client.zcard(here.key(0, "customers")) == 0 and here.inbox.arrivals == []


def test_does_status_add_up(shop):
    here = shop(partitions=3)
    load = Load(here)
    load.publish(EVENTS)
    here.client.xadd(here.key(2, "events"), {"type": "view"})
    load.verify()
    status = ctl_json(here, "status", "--json")
    rows = status["partitions"]
    assert [(row["partition"], row["owner"]) for row in rows] == [(0, "a"), (1, "a"), (2, "a")]
    assert [row["lag"] for row in rows] == [row["pending"] for row in rows] == [row["outbox"] for row in rows] == [0, 0, 0]
    assert [row["customers"] for row in rows] == [sum(partition_of(user, 3) == number for user in load.customers) for number in range(3)]
    assert [row["dead"] for row in rows] == [0, 0, 1]
    assert sum(row["events"] for row in rows) == EVENTS + 1
    instance, = status["instances"]
    assert instance["name"] == "a" and 0 <= instance["seen_ms_ago"] < 10_000
    code, table, _ = ctl(here, "status")
    assert code == 0 and len(table.splitlines()) >= 5


def test_are_dead_letters_shown_with_their_reason_and_cannot_forge_the_screen(shop):
    here = shop()
    entry = here.client.xadd(here.key(0, "events"), {"type": "purchase", "user": "c1", "amount": "\x1b[2Jmuch"})
    poll("the dead letter", here.dead)
    letter = ctl_json(here, "dead", "--json")
    assert (letter["entry"], letter["partition"], letter["event.user"]) == (entry, 0, "c1") and "amount" in letter["reason"]
    code, out, _ = ctl(here, "dead")
    assert code == 0 and entry in out and "\x1b" not in out and "\\x1b[2Jmuch" in out


def test_does_nudgectl_say_so_when_there_is_no_redis(shop):
    here = shop()
    here.redis.kill()
    for command in (["status"], ["customer", "c1"], ["dead"]):
        code, _, complaint = ctl(here, *command)
        assert code == 1 and "Redis" in complaint
