"""The oracle, by itself: each test asks a reader's question of conf/README.md."""
from datetime import datetime
from decimal import Decimal
from itertools import count

import pytest

from oracle import Oracle, Places, Settings, partition_of
from oracle.partition import crc16
from oracle.places import Area, Circle, Store, certainly_out, distance, metres
from oracle.template import render
from oracle.times import in_week, instant, next_occurrence, parse_time, quiet_until, span, zone
from oracle.values import load_json, test as passes

UTC, NEW_YORK = zone("UTC"), zone("America/New_York")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NOON = 1_489_320_000_000  # 2017-03-12T12:00Z, a Sunday: the day New York's clocks go forward
DAM = (52.3731, 4.8922)
METRE_NORTH = 1 / 111_195.08


def local(text, tz=UTC):
    return instant(datetime.fromisoformat(text), tz)


class Story:
    """Campaigns and the events that happen to them."""

    def __init__(self, *campaigns, segments=(), places=None, **settings):
        campaigns = [{"name": "c", "push": {"title": "t"}, **campaign} for campaign in campaigns]
        settings.setdefault("attributes", frozenset({"age", "timezone", "name", "tastes"}))
        self.oracle, self.number = Oracle(Settings(**settings), campaigns, segments, places), count()

    def event(self, kind="purchase", at=NOON, user="u", **props):
        """At `at`, an event; answers the reasons of all decisions so far."""
        self.oracle.publish({"type": kind, "user": user, "ts": str(at), **props})
        return self.reasons

    def tick(self, at):
        return self.event("tick", at, user="nobody")

    @property
    def reasons(self):
        return [decision.reason for decision in self.oracle.decisions]

    @property
    def titles(self):
        return [push.title for push in self.oracle.pushes]

    @property
    def moments(self):
        return [push.at for push in self.oracle.pushes]


def bought(**campaign):
    return {"trigger": {"event": "purchase"}, **campaign}


def asked(condition, *events, at=NOON, **settings):
    """The reason when, after these (type, ts, props), a probe at `at` asks the condition."""
    story = Story({"trigger": {"event": "probe"}, "audience": condition}, **settings)
    for kind, ts, *props in events:
        story.event(kind, ts, **(props[0] if props else {}))
    return {"sent": True, "no_match": False, "unknown": None}[story.event("probe", at)[-1]]


# ---- values

@pytest.mark.parametrize("operators, value, verdict", [
    ({"eq": 5}, "5.0", True), ({"eq": 5}, "five", False), ({"ne": 5}, "five", True), ({"eq": "5"}, "5.0", False),
    ({"eq": "5.0"}, "5.0", True), ({"in": [1, 2]}, "2", True), ({"in": ["a"]}, "b", False), ({"eq": True}, "true", True),
    ({"eq": True}, "yes", False), ({"gt": 5}, "5", False), ({"gte": 5}, "5.00", True), ({"lt": 5}, "many", None),
    ({"lte": 5}, "1e0", None), ({"gt": "2017-01-01"}, "2017-01-02T00:00Z", True), ({"gt": "2017-01-01"}, "soon", None),
    ({"contains": "ell"}, "hello", True), ({"contains": "ell"}, ["hello", "ell"], True), ({"contains": "ell"}, ["hello"], False),
    ({"starts_with": "he"}, "hello", True), ({"starts_with": "he"}, ["hello"], None), ({"eq": "a"}, ["a"], None),
    ({"in": ["a"]}, ["b", "a"], True), ({"gt": 1}, ["2"], None), ({"exists": True}, "x", True), ({"exists": True}, None, False),
    ({"exists": False}, None, True), ({"eq": 1}, None, None), ({"gt": 1, "lt": 3}, "2", True), ({"gt": 1, "lt": 3}, "3", False),
    ({"gt": 1, "eq": "x"}, "y", False), ("pizza", "pizza", True),
])
def test_what_does_an_operator_answer(operators, value, verdict):
    assert passes(value, operators, UTC) is verdict


def test_is_a_number_of_json_compared_as_it_was_written():
    event = load_json('{"amount": 12.50}')
    assert passes(event["amount"], {"eq": "12.50"}, UTC) is True
    assert passes(event["amount"], {"eq": "12.5"}, UTC) is False
    assert passes(event["amount"], {"eq": 12.5}, UTC) is True


def test_how_do_unknown_verdicts_combine():
    yes, no, unknown = {"attribute": "age", "eq": 1}, {"attribute": "age", "eq": 2}, {"attribute": "name", "eq": "x"}
    known = ("profile", NOON - 1, {"age": "1"})
    assert asked({"all": [yes, unknown]}, known) is None
    assert asked({"all": [no, unknown]}, known) is False
    assert asked({"any": [yes, unknown]}, known) is True
    assert asked({"any": [no, unknown]}, known) is None
    assert asked({"not": unknown}, known) is None
    assert asked({"not": no}, known) is True
    assert asked({"all": []}, known) is True and asked({"any": []}, known) is False


def test_is_an_undeclared_attribute_kept():
    assert asked({"attribute": "shoe", "exists": True}, ("profile", NOON - 1, {"shoe": "42"})) is False


def test_does_an_older_profile_event_overwrite_a_newer_one():
    assert asked({"attribute": "age", "eq": 2}, ("profile", NOON - 1, {"age": "2"}), ("profile", NOON - 5, {"age": "1"})) is True


# ---- performed

WEEK = {"performed": "purchase", "within": "7d"}


@pytest.mark.parametrize("age, verdict", [(7 * DAY, False), (7 * DAY - 1, True), (0, True)])
def test_is_an_event_exactly_as_old_as_the_window_in_it(age, verdict):
    assert asked(WEEK, ("purchase", NOON - age)) is verdict


def test_does_the_triggering_event_count():
    assert Story(bought(audience={**WEEK, "times": 1})).event() == ["sent"]


def test_does_an_event_after_the_moment_asked_about_count():
    story = Story(bought(audience={"performed": "purchase", "times": {"gte": 2}}))
    story.event(at=NOON + 1)
    assert story.event(at=NOON) == ["no_match", "no_match"]
    assert story.event(at=NOON + 2)[-1] == "sent"


@pytest.mark.parametrize("times, verdict", [(2, True), (3, False), ({"gte": 1, "lt": 2}, False), ({"gt": 1, "lte": 2}, True)])
def test_how_often(times, verdict):
    assert asked({**WEEK, "times": times}, ("purchase", NOON - 1), ("purchase", NOON - 1)) is verdict


def test_are_no_events_none():
    assert asked({**WEEK, "times": 0}) is True
    assert asked(WEEK) is False


SPENT = [("purchase", NOON - 3, {"amount": "0.10"}), ("purchase", NOON - 2, {"amount": "0.20"}), ("purchase", NOON - 1, {"amount": "n/a"})]


@pytest.mark.parametrize("aggregate, verdict", [
    ({"sum": {"property": "amount", "eq": 0.3}}, True), ({"average": {"property": "amount", "eq": 0.15}}, True),
    ({"min": {"property": "amount", "lt": 0.1}}, False), ({"max": {"property": "amount", "gte": 0.2}}, True),
    ({"times": 3, "sum": {"property": "amount", "gt": 1}}, False),
])
def test_what_do_amounts_add_up_to(aggregate, verdict):
    assert asked({**WEEK, **aggregate}, *SPENT) is verdict


def test_is_an_average_rounded():
    thirds = [("purchase", NOON - n, {"amount": amount}) for n, amount in enumerate(("1", "1", "2"))]
    assert asked({**WEEK, "average": {"property": "amount", "gt": 1.333333}}, *thirds) is True
    assert asked({**WEEK, "average": {"property": "amount", "lt": 1.333334}}, *thirds) is True


def test_what_do_no_amounts_amount_to():
    assert asked({**WEEK, "sum": {"property": "amount", "eq": 0}}) is True
    assert asked({**WEEK, "average": {"property": "amount", "eq": 0}}) is None
    assert asked({**WEEK, "min": {"property": "amount", "lt": 9}}) is None


def test_are_currencies_added_together():
    both = [("purchase", NOON - 1, {"amount": "1", "currency": "EUR"}), ("purchase", NOON - 1, {"amount": "1", "currency": "USD"})]
    total = {**WEEK, "sum": {"property": "amount", "gte": 1}}
    assert asked(total, *both) is None
    assert asked({**total, "where": {"currency": "EUR"}}, *both) is True


@pytest.mark.parametrize("condition, verdict", [
    ({"first": {"within": "2d"}}, False), ({"first": {"before": "2d"}}, True), ({"last": {"within": "1d"}}, False),
    ({"last": {"before": "1d"}}, True), ({"last": {"within": "25h"}}, True),
])
def test_how_long_ago_was_the_first_and_the_last(condition, verdict):
    assert asked({"performed": "purchase", **condition}, ("purchase", NOON - 3 * DAY), ("purchase", NOON - DAY)) is verdict


def test_was_there_a_last_one_of_none():
    assert asked({"performed": "purchase", "last": {"before": "1d"}}) is False


def test_does_a_past_event_without_the_property_count():
    pizza = {**WEEK, "where": {"category": "pizza"}}
    assert asked({**pizza, "times": 0}, ("purchase", NOON - 1)) is True
    assert asked(pizza, ("purchase", NOON - 1, {"category": "pizza"})) is True


@pytest.mark.parametrize("times, verdict", [({"gte": 2}, True), ({"gte": 3}, None), ({"lt": 2}, False), ({"lt": 3}, None), (1, False), (2, None)])
def test_what_is_known_of_a_window_longer_than_the_history(times, verdict):
    old = [("purchase", NOON - 20 * DAY), ("purchase", NOON - 2), ("purchase", NOON - 1)]
    assert asked({"performed": "purchase", "within": "30d", "times": times}, *old, history_days=10) is verdict


def test_what_is_counted_for_ever():
    old = [("purchase", NOON - 20 * DAY, {"amount": "5"}), ("purchase", NOON - 1, {"amount": "5"})]
    bought_at_all = {"performed": "purchase", "times": 2, "sum": {"property": "amount", "eq": 10}, "first": {"before": "20d"}}
    assert asked(bought_at_all, *old, history_days=10) is True
    assert asked({"performed": "purchase", "average": {"property": "amount", "eq": 5}}, *old, history_days=10) is None


def test_does_a_repeated_id_count_twice():
    story = Story(bought())
    story.event(id="a")
    assert story.event(id="a") == ["sent"]
    assert story.oracle.customers["u"].stats()["purchase"].count == 1


def test_what_does_a_customers_card_add_up_to():
    story = Story()
    story.event(amount="0.10"), story.event(amount="0.20"), story.event("view")
    stats = story.oracle.customers["u"].stats()
    assert (stats["purchase"].count, stats["purchase"].amount, stats["view"].count) == (2, Decimal("0.30"), 1)


# ---- time

@pytest.mark.parametrize("text, ms", [("10m", 10 * MINUTE), ("2w", 14 * DAY), ("500ms", 500), ("3s", 3000), ("12h", 12 * HOUR)])
def test_how_long_is_a_span(text, ms):
    assert span(text) == ms


@pytest.mark.parametrize("text, at", [
    ("2017-03-12T12:00:00Z", NOON), ("2017-03-12T08:00", NOON), ("2017-03-12T13:00:00.5+01:00", NOON + 500),
    ("2017-03-12", local("2017-03-12T05:00")), ("2017-02-30", None), ("12:00", None), ("2017-W10-7", None),
])
def test_when_is_a_time(text, at):
    assert parse_time(text, NEW_YORK) == at


FRIDAY_NIGHT = {"days": ["fri"], "from": "22:00", "to": "02:00"}


@pytest.mark.parametrize("condition, moment, verdict", [
    (FRIDAY_NIGHT, "2017-03-10T22:00", True), (FRIDAY_NIGHT, "2017-03-10T21:59:59.999", False), (FRIDAY_NIGHT, "2017-03-11T01:59", True),
    (FRIDAY_NIGHT, "2017-03-11T02:00", False), (FRIDAY_NIGHT, "2017-03-10T01:00", False), (FRIDAY_NIGHT, "2017-03-11T22:30", False),
    ({"days": ["fri"]}, "2017-03-10T23:59:59", True), ({"from": "09:00"}, "2017-03-10T23:59", True), ({"to": "09:00"}, "2017-03-10T09:00", False),
    ({"from": "09:00", "to": "17:00"}, "2017-03-10T09:00", True),
])
def test_is_it_such_a_time_where_the_customer_is(condition, moment, verdict):
    assert in_week(condition, local(moment, NEW_YORK), NEW_YORK) is verdict


@pytest.mark.parametrize("moment, until", [
    ("2017-03-10T21:00", "2017-03-11T09:00"), ("2017-03-11T08:59", "2017-03-11T09:00"), ("2017-03-11T09:00", None), ("2017-03-10T20:59", None),
    ("2017-03-11T23:00", "2017-03-12T09:00"),  # the night that is an hour shorter
])
def test_when_does_a_quiet_night_end(moment, until):
    end = quiet_until({"from": "21:00", "to": "09:00"}, local(moment, NEW_YORK), NEW_YORK)
    assert end == (until and local(until, NEW_YORK))


def test_are_there_quiet_hours_that_never_end_or_begin():
    assert quiet_until({"from": "09:00", "to": "09:00"}, NOON, UTC) is None
    assert quiet_until({"from": "11:00", "to": "13:00"}, NOON, UTC) == NOON + HOUR


EVERY_NIGHT = {"every": {"days": "all", "time": "02:30"}}


@pytest.mark.parametrize("after, due", [
    ("2017-03-11T03:00", "2017-03-12T07:30"),  # 02:30 is skipped: 03:30 summer time
    ("2017-03-13T00:00", "2017-03-13T06:30"), ("2017-03-13T06:29:59", "2017-03-13T06:30"), ("2017-03-13T06:30", "2017-03-14T06:30"),
])
def test_when_is_a_schedule_due_in_spring(after, due):
    assert next_occurrence(EVERY_NIGHT, NEW_YORK, local(after) if "T06" in after or "T00" in after else local(after, NEW_YORK)) == local(due)


def test_is_the_doubled_hour_of_autumn_heard_twice():
    every = {"every": {"days": ["sun"], "time": "01:30"}}
    first = next_occurrence(every, NEW_YORK, local("2017-11-04T12:00"))
    assert first == local("2017-11-05T05:30")
    assert next_occurrence(every, NEW_YORK, first) == local("2017-11-12T06:30")


@pytest.mark.parametrize("schedule, due", [
    ({"at": "2017-03-12T10:00"}, local("2017-03-12T14:00")), ({"at": "2017-03-12T10:00", "zone": "Europe/Amsterdam"}, None),
    ({"at": "2017-03-12T15:00+01:00"}, local("2017-03-12T14:00")), ({"at": "2017-03-12T08:00"}, None),
])
def test_when_is_a_schedule_due_once(schedule, due):
    assert next_occurrence(schedule, NEW_YORK, NOON) == due


# ---- places

def north(metres_):
    return DAM[0] + metres_ * METRE_NORTH, DAM[1]


def square(name="Soho", size=0.01):
    return Area(name, [[(0, 0), (0, size), (size, size), (size, 0), (0, 0)]])


def test_how_far_is_it():
    assert distance((0, 0), (0, 180)) == pytest.approx(20_015_114.4, abs=1)
    assert distance(DAM, north(100)) == pytest.approx(100, abs=0.01)
    assert metres("1.5 km") == 1500 and metres("200 m") == 200


def test_who_is_in_an_area():
    ring = [(0, 0), (0, 4), (4, 4), (4, 0), (0, 0)]
    hole = [(1, 1), (1, 2), (2, 2), (2, 1), (1, 1)]
    area = Area("a", [ring, hole])
    assert [area.holds(p) for p in [(3, 3), (1.5, 1.5), (0, 2), (1, 1.5), (5, 5)]] == [True, False, True, True, False]


def test_is_an_area_what_shapely_says_it_is():
    shapely = pytest.importorskip("shapely.geometry")
    ring = [(0, 0), (1, 5), (4, 4), (2, 3), (5, 1), (0, 0)]
    area, polygon = Area("a", [ring]), shapely.Polygon(ring)
    points = [(x / 7 + 0.013, y / 7) for x in range(-3, 40) for y in range(-3, 40)]
    assert [area.holds(p) for p in points] == [polygon.intersects(shapely.Point(p)) for p in points]


@pytest.mark.parametrize("away, accuracy, out", [(219, 0, False), (221, 0, True), (221, 50, False), (251, 50, True)])
def test_when_is_somebody_certainly_out(away, accuracy, out):
    assert certainly_out(Circle(Store("s", "S", DAM), 200), north(away), accuracy) is out


def test_what_are_stores_and_areas_read_from():
    line = '{"type":"Feature","properties":{"NAME":"Soho"},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}\n'
    point = '{"type":"Feature","id":7,"properties":{"name":"Seven"},"geometry":{"type":"Point","coordinates":[4,52]}}'
    places = Places.of_files({"a.csv": "id,name,lat,lon,manager\ns1,One,52.3,4.8,Ann\n", "b.geojson": line + line, "c.json": point})
    assert places.stores["s1"].get("manager") == "Ann" and places.stores["7"].at == (52, 4)
    assert len(places.areas["Soho"].rings) == 2


SHOP = Places([Store("s1", "One", DAM, "Europe/Amsterdam")])
NEAR = {"stores": "all", "within": "200 m"}


def walk(trigger, *steps, **settings):
    """(minutes, metres north of the shop[, accuracy]) -> the moments, in minutes, of the pushes."""
    story = Story({"trigger": trigger}, places=SHOP, **settings)
    for minutes, away, *accuracy in steps:
        lat, lon = north(away)
        story.event("location", NOON + minutes * MINUTE, lat=str(lat), lon=str(lon), **({"accuracy": str(accuracy[0])} if accuracy else {}))
    story.tick(NOON + DAY)
    return [(at - NOON) / MINUTE for at in story.moments]


@pytest.mark.parametrize("steps, moments", [
    ([(0, 100)], [0]), ([(0, 900), (1, 100), (2, 50)], [1]), ([(0, 100), (1, 210), (2, 100)], [0]),
    ([(0, 100), (1, 300), (16, 100)], [0, 16]), ([(0, 100), (1, 300), (15, 100)], [0]), ([(0, 100, 201)], []), ([(0, 100, 200)], [0]),
    ([(0, 100), (1, 300, 201), (2, 100)], [0]), ([(5, 900), (1, 100)], []), ([(0, 100), (1, 300), (5, 100), (6, 300), (21, 100)], [0, 21]),
])
def test_when_does_somebody_enter(steps, moments):
    assert walk({"enter": NEAR}, *steps) == moments


def test_does_entering_without_cooldown_always_count():
    assert walk({"enter": NEAR, "cooldown": "none"}, (0, 100), (1, 300), (2, 100)) == [0, 2]


@pytest.mark.parametrize("steps, moments", [([(0, 100), (1, 221)], [1]), ([(0, 100), (1, 219)], []), ([(0, 900)], []), ([(0, 100), (1, 221, 50)], [])])
def test_when_does_somebody_leave(steps, moments):
    assert walk({"exit": NEAR}, *steps) == moments


@pytest.mark.parametrize("steps, moments", [
    ([(0, 100)], [10]), ([(0, 100), (9, 300)], []), ([(0, 100), (10, 300)], [10]), ([(0, 100), (9, 210), (30, 100)], [10]),
    ([(0, 100), (20, 300), (30, 100)], [10]), ([(0, 100), (20, 300), (36, 100)], [10, 46]),
])
def test_when_has_somebody_dwelt(steps, moments):
    assert walk({"dwell": NEAR, "for": "10m"}, *steps) == moments


def test_which_of_two_stores_entered_at_once_is_named():
    two = Places([Store("a", "Far", north(150)), Store("b", "Close", north(50))])
    story = Story({"trigger": {"enter": NEAR}, "push": {"title": "{{store.name}}"}}, places=two)
    story.event("location", lat=str(DAM[0]), lon=str(DAM[1]))
    assert story.titles == ["Close"]


@pytest.mark.parametrize("minutes, verdict", [(0, True), (60, True), (61, None)])
def test_who_is_near(minutes, verdict):
    here = {"lat": str(DAM[0]), "lon": str(DAM[1])}
    assert asked({"near": NEAR}, ("location", NOON - minutes * MINUTE, here), places=SHOP) is verdict


def test_is_somebody_without_a_position_near():
    assert asked({"near": NEAR}, places=SHOP) is None
    assert asked({"near": NEAR}, ("location", NOON, dict(zip(("lat", "lon"), map(str, north(201))))), places=SHOP) is False


def test_how_often_did_somebody_arrive():
    steps = [("location", NOON - back * MINUTE, dict(zip(("lat", "lon"), map(str, north(away)))))
             for back, away in [(90, 900), (80, 100), (70, 210), (60, 100), (50, 900), (40, 0), (45, 500)]]
    assert asked({"visits": NEAR, "times": 2}, *steps, places=SHOP) is True
    assert asked({"visits": NEAR, "within": "80m", "times": 1}, *steps, places=SHOP) is True
    assert asked({"visits": NEAR, "within": "80m"}, places=SHOP) is False


def test_whose_zone_is_the_customers():
    morning = {"trigger": {"event": "probe"}, "audience": {"local_time": {"from": "13:00", "to": "14:00"}}}  # noon is 13:00 in Amsterdam
    story = Story(morning, places=SHOP)
    assert story.event("probe") == ["no_match"]
    story.event("location", lat=str(north(49_000)[0]), lon=str(DAM[1]))
    assert story.event("probe")[-1] == "sent"
    story.event("profile", timezone="America/New_York")
    assert story.event("probe")[-1] == "no_match"


# ---- when is it sent

def test_when_is_a_campaign_in_force():
    story = Story(bought(starts="2017-03-12T12:00Z", ends="2017-03-12T13:00Z"))
    for at in (NOON - 1, NOON, NOON + HOUR - 1, NOON + HOUR):
        story.event(at=at)
    assert story.reasons == ["not_active", "sent", "sent", "not_active"]


def test_what_is_the_reason_when_the_trigger_does_not_fit():
    story = Story({"trigger": {"event": "purchase", "where": {"amount": {"gte": 5}}}})
    assert [story.event(amount="4")[-1], story.event()[-1], story.event(amount="5")[-1]] == ["no_match", "unknown", "sent"]


def test_is_the_exception_asked_after_the_delay():
    story = Story(bought(delay="30m", unless={"performed": "view", "within": "30m"}))
    story.event(), story.event("view", NOON + 1, user="v"), story.event("view", NOON + 1), story.event(at=NOON + HOUR, user="w")
    assert story.tick(NOON + 2 * HOUR) == ["excepted", "sent"]
    assert story.moments == [NOON + HOUR + 30 * MINUTE]


def test_is_the_window_of_the_exception_at_the_time_of_sending():
    story = Story({"trigger": {"event": "cart"}, "delay": "1h", "unless": {"performed": "purchase", "within": "1h"}})
    story.event(at=NOON), story.event("cart")
    assert story.tick(NOON + HOUR) == ["sent"]


def test_when_is_a_push_expired():
    assert Story(bought(delay="1h", expires="1h")).event() == []
    for expires, reason in (("1h", "expired"), ("61m", "sent")):
        story = Story(bought(delay="1h", expires=expires))
        story.event()
        assert story.tick(NOON + DAY) == [reason]


def test_are_quiet_hours_waited_out():
    night = {"from": "12:00", "to": "14:00", "then": "defer"}
    story = Story(bought(quiet_hours=night))
    assert story.event() == []
    story.tick(NOON + 2 * HOUR)
    assert story.moments == [NOON + 2 * HOUR]
    assert Story(bought(quiet_hours={**night, "then": "drop"})).event() == ["quiet_hours"]
    assert Story(bought(quiet_hours=False), quiet_hours={**night, "then": "drop"}).event() == ["sent"]
    assert Story(bought(), quiet_hours={**night, "then": "drop"}).event() == ["quiet_hours"]


def test_is_consent_asked_for():
    story = Story(bought(purpose="marketing"))
    assert story.event() == ["no_consent"]
    story.event("consent", purpose="marketing", state="granted")
    assert story.event()[-1] == "sent"
    story.event("consent", purpose="marketing", state="revoked")
    assert story.event()[-1] == "no_consent"


@pytest.mark.parametrize("later, reason", [(DAY - 1, "frequency_cap"), (DAY, "sent")])
def test_when_may_a_campaign_be_heard_again(later, reason):
    story = Story(bought(frequency_cap=["1 per 1d"]))
    story.event()
    assert story.event(at=NOON + later) == ["sent", reason]


def test_who_takes_the_last_place_under_a_cap():
    story = Story(bought(name="low", priority=10), bought(name="high", priority=90), bought(name="also-low", priority=10), frequency_cap=["2 per 1d"])
    story.event()
    assert [push.campaign for push in story.oracle.pushes] == ["high", "also-low"]
    assert story.reasons == ["sent", "sent", "outranked"]
    assert story.event(at=NOON + 1)[3:] == ["frequency_cap"] * 3


def test_whom_does_a_schedule_reach():
    story = Story({"trigger": {"schedule": {"every": {"days": ["mon"], "time": "09:00"}}}, "audience": {"attribute": "age", "gte": 18}})
    story.event("profile", age="20", user="a"), story.event("profile", age="10", user="b"), story.event(user="c")
    story.event("profile", age="30", user="d", timezone="America/New_York")
    story.tick(NOON + DAY)
    assert [(push.user, push.at) for push in story.oracle.pushes] == [("a", NOON + 21 * HOUR)]
    story.tick(NOON + 2 * DAY)
    assert [(push.user, push.at) for push in story.oracle.pushes][1:] == [("d", NOON + 25 * HOUR)]


def test_is_a_segment_its_condition():
    adults = {"name": "adults", "audience": {"attribute": "age", "gte": 18}}
    assert asked({"segment": "adults"}, ("profile", NOON, {"age": "18"}), segments=[adults]) is True


# ---- templates

@pytest.mark.parametrize("template, text", [
    ("Hi {{name | default: 'you'}}", "Hi you"), ("{{user|upcase}}", "ANN"), ("{{amount | money}}", "$1,234.50"),
    ("{{amount | money: 'EUR'}}", "€1,234.50"), ("{{nothing}}.", "."), ("{{ event.amount }}", "1234.5"), ("{{nothing | default: 'a|b' | upcase}}", "A|B"),
])
def test_what_does_a_template_say(template, text):
    assert render(template, {"user": "Ann", "amount": "1234.5", "event.amount": "1234.5"}.get, "USD") == text


def test_do_attributes_go_before_properties():
    story = Story(bought(push={"title": "{{name}} {{event.name}} {{campaign}}"}))
    story.event("profile", name="Ann")
    story.event(name="cheese")
    assert story.titles == ["Ann cheese c"]


# ---- partitions

def test_where_does_a_customer_live():
    assert crc16(b"123456789") == 0x31C3
    assert partition_of("42", 1) == 0


def test_has_each_partition_a_clock_of_its_own():
    users = {partition_of(user, 2): user for user in map(str, range(20))}
    oracle = Oracle(Settings(), [{"name": "c", "trigger": {"event": "a"}, "delay": "1h", "push": {"title": "t"}}], partitions=2)
    oracle.publish({"type": "a", "user": users[0], "ts": str(NOON)})
    oracle.publish({"type": "tick", "user": users[1], "ts": str(NOON + DAY)})
    assert oracle.pushes == []
    oracle.publish({"type": "tick", "user": users[0], "ts": str(NOON + DAY)})
    assert [push.user for push in oracle.pushes] == [users[0]]
