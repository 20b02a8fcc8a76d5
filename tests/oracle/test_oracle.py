"""The oracle, by itself: each test asks a reader's question of conf/README.md."""
from decimal import Decimal

import pytest

from oracle import Oracle, Settings, partition_of
from oracle.partition import crc16
from oracle.template import render
from oracle.values import load_json, test as passes
from story import DAY, HOUR, MINUTE, NOON, UTC, Story, asked, bought

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


def test_does_only_the_customers_own_next_event_shorten_the_history():
    old = [("purchase", NOON - 12 * DAY)]
    story = Story({"trigger": {"schedule": {"at": "2017-03-12T12:00", "zone": "UTC"}},
                   "audience": {"performed": "purchase", "within": "20d"}}, history_days=10)
    for kind, ts in [*old, ("tick", NOON - DAY)]:
        story.event(kind, ts, user="still")
        story.event(kind if kind == "purchase" else "view", ts if kind == "purchase" else NOON - 3 * DAY, user="quiet")
    story.tick(NOON)
    reasons = {decision.user: decision.reason for decision in story.oracle.decisions}
    assert (reasons["still"], reasons["quiet"]) == ("unknown", "sent")


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


# ---- when is it sent

def test_when_is_a_campaign_in_force():
    story = Story(bought(starts="2017-03-12T12:00Z", ends="2017-03-12T13:00Z"))
    for at in (NOON - 1, NOON, NOON + HOUR - 1, NOON + HOUR):
        story.event(at=at)
    assert story.reasons == ["not_active", "sent", "sent", "not_active"]


def test_is_anything_decided_when_the_trigger_does_not_fit():
    story = Story({"trigger": {"event": "purchase", "where": {"amount": {"gte": 5}}}})
    assert [story.event(amount="4"), story.event(), story.event(amount="5")] == [[], [], ["sent"]]


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
    story = Story(bought(name="low", priority=10), bought(name="high", priority=90), bought(name="also-low", priority=10),
                  frequency_cap=["2 per 1d"])
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
