"""Is a file in force soon after it was saved, while events flow and without a restart; and is what is wrong left out?"""
import json
import signal

import pytest

from load import CAMPAIGNS, SETTINGS, Load, campaign
from waiting import poll

EVENTS = 600


@pytest.fixture
def shop(site):
    def make(campaigns=(), **options):
        here = site(campaigns=campaigns, **{**SETTINGS, **options})
        here.start().ready()
        return here
    return make


def views(site, user="c1", **more):
    """The titles that one more view is answered with."""
    line = str(len(site.inbox.arrivals)) + "-" + str(site.client.xlen(site.key(0, "events")))
    site.publish([{"type": "view", "user": user, "line": line, **more}])
    site.wait_drained()
    return sorted(push.title for push in site.inbox.accepted if push.body == line)


def view_campaign(name, **more):
    return campaign(name, {"event": "view"}, **more)


def errors(site):
    """What the status page says is wrong, as (file, text)."""
    return [(error["file"].rpartition("/")[2], error["text"]) for error in status(site)["errors"] if not error.get("warning")]


def status(site):
    return json.loads(site.daemons["a"].ask("/api/v1/status")[1])


def reloads(site):
    return site.daemons["a"].log.count(" reloaded ")


# ---- campaigns

def test_is_a_campaign_in_force_once_dropped_in_changed_once_saved_and_gone_once_removed(shop):
    here = shop()
    assert views(here) == []
    here.write("campaigns", "hello.json", view_campaign("hello"))
    poll("it to be in force", lambda: views(here) == ["hello"])
    here.write("campaigns", "hello.json", {**view_campaign("hello"), "push": {"title": "hi", "body": "{{event.line}}"}})
    poll("the new text", lambda: views(here) == ["hi"])
    (here.folder / "campaigns" / "hello.json").unlink()
    poll("it to stop", lambda: views(here) == [])
    assert errors(here) == []


def test_is_a_file_that_is_written_in_place_read_when_it_is_whole(shop):
    here = shop()
    text = json.dumps(view_campaign("slow"))
    with open(here.folder / "campaigns" / "slow.json", "w") as file:
        for character in text:
            file.write(character)
            file.flush()
    poll("it to be in force", lambda: views(here) == ["slow"])
    assert errors(here) == []


def test_does_a_mistake_leave_the_version_before_in_force_and_is_it_told_and_forgotten_once_mended(shop):
    here = shop([view_campaign("hello"), view_campaign("other")])
    here.write("campaigns", "hello.json", '{ "name": "hello",\n  "trigger": { "evnt": "view" } }')
    mistakes = poll("word of the mistake", lambda: errors(here))
    assert {file for file, _ in mistakes} == {"hello.json"} and any('"event"' in text for _, text in mistakes)
    assert views(here) == ["hello", "other"]
    here.write("campaigns", "hello.json", {**view_campaign("hello"), "push": {"title": "mended", "body": "{{event.line}}"}})
    poll("no mistakes", lambda: errors(here) == [])
    assert views(here) == ["mended", "other"]


def test_is_a_campaign_that_was_wrong_from_the_start_in_force_once_mended(shop):
    here = shop([{**view_campaign("wrong"), "audience": {"segment": "nobody"}}])
    assert [file for file, _ in errors(here)] == ["wrong.json"] and views(here) == []
    here.write("segments", "nobody.json", {"name": "nobody", "audience": {"performed": "view"}})
    poll("it to be in force", lambda: views(here) == ["wrong"])


def test_do_pushes_that_wait_for_a_campaign_that_is_taken_away_stay_unsent(shop):
    here = shop([view_campaign("later", delay="2s"), view_campaign("now")])
    assert views(here) == ["now"]
    (here.folder / "campaigns" / "later.json").unlink()
    poll("it to be gone", lambda: status(here)["campaigns"] and len(status(here)["campaigns"]) == 1)
    here.wait_drained(timers=True)
    assert [push.campaign for push in here.inbox.accepted] == ["now"]
    assert here.stats()["later", "not_active"] == 1


# ---- segments, stores, the configuration

def test_do_campaigns_follow_a_segment_that_changes(shop):
    here = shop([{**view_campaign("hello"), "audience": {"segment": "chosen"}}])
    here.write("segments", "chosen.json", {"name": "chosen", "audience": {"property": "vip", "eq": "yes"}})
    poll("the segment", lambda: views(here, vip="yes") == ["hello"])
    here.write("segments", "chosen.json", {"name": "chosen", "audience": {"property": "vip", "eq": "no"}})
    poll("the segment to change", lambda: views(here, vip="no") == ["hello"] and views(here, vip="yes") == [])
    (here.folder / "segments" / "chosen.json").unlink()
    poll("word of what is missing", lambda: [file for file, _ in errors(here)] == ["hello.json"])
    assert views(here, vip="no") == []  # whom it was for is not known any more


def test_do_campaigns_follow_stores_that_open_and_move(shop):
    near = {"near": {"stores": "all", "within": "100 m"}}
    here = shop([{**campaign("near", {"event": "location"}, audience=near), "push": {"title": "near", "body": "{{event.line}}"}}])

    def standing(lat):
        here.publish([{"type": "location", "user": "c1", "lat": str(lat), "lon": "4.9", "line": f"{lat}-{len(here.inbox.arrivals)}"}])
        here.wait_drained()
        return any(push.body.startswith(f"{lat}-") for push in here.inbox.accepted)
    assert not standing(52.1)
    here.write("stores", "shops.csv", "id,name,lat,lon\ns1,Shop,52.1,4.9\n")
    poll("the shop", lambda: standing(52.1))
    here.write("stores", "shops.csv", "id,name,lat,lon\ns1,Shop,52.2,4.9\n")
    poll("the shop to move", lambda: standing(52.2))


def test_are_options_that_may_change_in_force_once_saved_and_others_refused(shop):
    here = shop([{**view_campaign("price"), "push": {"title": "{{amount | money}}", "body": "{{event.line}}"}}])
    assert views(here, amount="5") == ["$5.00"]
    here.config("a", currency="EUR")
    poll("the currency", lambda: views(here, amount="5") == ["€5.00"])
    here.config("a", currency="GBP", partitions=2)
    poll("word of what cannot change", lambda: any("partitions" in text for _, text in errors(here)))
    assert views(here, amount="5") == ["€5.00"]
    here.config("a", currency="GBP")
    poll("the currency", lambda: views(here, amount="5") == ["£5.00"])


def test_is_a_configuration_with_a_mistake_left_out(shop):
    here = shop([view_campaign("hello")])
    path = here.folder / "nudged-a.json"
    good = path.read_text()
    path.write_text(good[:-20])
    poll("word of the mistake", lambda: [file for file, _ in errors(here)] == ["nudged-a.json"])
    assert views(here) == ["hello"]
    path.write_text(good)
    poll("no mistakes", lambda: errors(here) == [])


# ---- SIGHUP

def test_does_sighup_read_everything_anew(shop):
    here = shop([view_campaign("hello")])
    daemon, before = here.daemons["a"], reloads(here)
    daemon.signal(signal.SIGHUP)
    poll("word of it", lambda: reloads(here) == before + 1)
    assert "why=SIGHUP" in daemon.log
    assert views(here) == ["hello"]


def test_is_anything_lost_when_files_change_all_the_time(shop):
    here = shop(CAMPAIGNS)
    load = Load(here)
    load.introduce()
    for number in range(30):
        load.publish(EVENTS // 10)
        here.write("campaigns", "noise.json", campaign("noise", {"event": "noise"}, priority=number))
        if number % 3 == 0:
            here.daemons["a"].signal(signal.SIGHUP)
    load.verify()
    assert here.inbox.duplicates == 0 and reloads(here) > 0
