"""Does the daemon do on recorded streams, push by push, what an independent reading of the language says?

The daemon's clock is the newest event's, so delays, dwell, quiet hours, schedules and caps play as they would have. What is compared: each
push that reached the receiver (who, which campaign, title, body, and the cause named in it), the number of decisions by reason, and
the customers' counts and sums.
"""
from collections import Counter
from decimal import Decimal

import pytest

import checkin_campaigns
import grocery_campaigns
import recorded
from harness import environment_number
from oracle import Oracle, Places, Settings

HOUSEHOLDS = environment_number("NUDGE_HOUSEHOLDS", 3)  # one in so many of the 2,377; 1 = all
PEOPLE = environment_number("NUDGE_PEOPLE", 2)          # one in so many of the 962
LATE_BY = 600   # events that come before a late one
SAMPLE = 50     # customers whose cards are compared
PATIENCE = 120.0
SHOWN = 8       # differences in a failure
ZONE = {"zone": "America/New_York", "currency": "USD"}
# Of campaigns that an event's type or `where` rules out, an index need not say that they do not match.
UNCOUNTED = {"no_match", "unknown"}


def settings_of(options, attributes=()):
    return Settings(**ZONE, attributes=frozenset(attributes), frequency_cap=options.get("frequency_cap", []),
                    history_days=options["history"]["days"],
                    history_events=options["history"]["events"], max_accuracy=options.get("max_accuracy", 100))


@pytest.fixture(scope="module")
def groceries():
    """The year's events and the campaigns."""
    recorded.need("purchases_dunnhumby")
    return recorded.grocery_events(HOUSEHOLDS)


@pytest.fixture(scope="module")
def checkins():
    recorded.need("checkins_nyc_foursquare", "stores_starbucks_us_ca", "polygons_nyc_neighborhoods")
    return recorded.checkin_events(PEOPLE)


@pytest.fixture(scope="module")
def neighbourhood():
    """The files of stores/."""
    return {"starbucks.csv": recorded.starbucks_csv(), "neighbourhoods.geojson": recorded.neighbourhoods()}


@pytest.mark.parametrize("partitions, instances", [(1, 1), (4, 2)])
def test_does_a_year_of_groceries_send_what_it_should(site, groceries, partitions, instances):
    campaigns, segments, attributes = grocery_campaigns.CAMPAIGNS, grocery_campaigns.SEGMENTS, grocery_campaigns.ATTRIBUTES
    options = grocery_campaigns.SETTINGS
    shop = site(campaigns, segments, partitions=partitions, clock="events", attributes=attributes, **options)
    events = groceries + recorded.ticks(int(groceries[-1]["ts"]) + 10 * recorded.DAY, partitions)
    run(shop, events, instances)
    compare(shop, played(Oracle(settings_of(options, attributes), campaigns, segments, partitions=partitions), events))


def test_does_what_comes_late_and_a_short_history_change_what_is_sent_as_it_should(site, groceries):
    campaigns, segments, attributes = grocery_campaigns.CAMPAIGNS, grocery_campaigns.SEGMENTS, grocery_campaigns.ATTRIBUTES
    options = {**grocery_campaigns.SETTINGS, "history": {"days": 75, "events": 60}}
    shop = site(campaigns, segments, clock="events", attributes=attributes, **options)
    events = late(groceries) + recorded.ticks(int(groceries[-1]["ts"]) + 10 * recorded.DAY, 1)
    run(shop, events)
    compare(shop, played(Oracle(settings_of(options, attributes), campaigns, segments), events))


def late(events):
    """Every eleventh event comes some days late; the others as they were."""
    places = [number + (LATE_BY if number % 11 == 0 else 0) for number in range(len(events))]
    return [event for _, event in sorted(zip(places, events), key=lambda placed: placed[0])]


def test_do_a_year_of_checkins_send_what_they_should(site, checkins, neighbourhood):
    campaigns, options = checkin_campaigns.CAMPAIGNS, checkin_campaigns.SETTINGS
    town = site(campaigns, stores=neighbourhood, clock="events", **options)
    events = checkins + recorded.ticks(int(checkins[-1]["ts"]) + recorded.DAY, 1)
    run(town, events)
    compare(town, played(Oracle(settings_of(options), campaigns, places=Places.of_files(neighbourhood)), events))


def played(oracle, events):
    for event in events:
        oracle.publish(event)
    return oracle


def run(site, events, instances=1):
    """Starts the instances, has them share the partitions out, and lets them work the events off."""
    for name in "abc"[:instances]:
        site.start(name)
    for daemon in site.daemons.values():
        daemon.ready()
    even = [site.partitions // instances] * instances
    site.wait_shares(even)
    site.publish(events)
    site.wait_drained(PATIENCE)


def compare(site, oracle):
    assert len(oracle.pushes) > 500, "too few pushes to show anything"
    compare_pushes(site, oracle)
    compare_reasons(site, oracle)
    compare_cards(site, oracle)


def compare_pushes(site, oracle):
    """None missing, none extra, each under one id."""
    def face(push):
        return push.user, push.campaign, push.title, push.body, push.url
    wanted, got = Counter(map(face, oracle.pushes)), Counter(map(face, site.inbox.pushes.values()))
    causes = {}
    for push in oracle.pushes:
        causes.setdefault(face(push), []).append(push)
    missing, extra = wanted - got, got - wanted
    assert not missing and not extra, "\n".join([
        f"{sum(missing.values())} missing, {sum(extra.values())} extra of {len(oracle.pushes)}",
        *(f"missing {causes[each][0]}" for each in list(missing)[:SHOWN]), *(f"extra {each}" for each in list(extra)[:SHOWN])])
    assert site.inbox.duplicates == 0


def compare_reasons(site, oracle):
    """What the daemon counted is what it should have decided."""
    wanted, got = (Counter({key: number for key, number in counts.items() if key[1] not in UNCOUNTED}) for counts in (oracle.reasons, site.stats()))
    different = {key: (wanted[key], got[key]) for key in wanted | got if wanted[key] != got[key]}
    assert not different, f"(campaign, reason): (wanted, counted): {different}"


def compare_cards(site, oracle):
    """Counts and sums of a sample of customers."""
    users = sorted(oracle.customers)
    for user in users[::max(1, len(users) // SAMPLE)]:
        assert card_stats(site.card(user)) == oracle_stats(oracle.customers[user]), f"customer {user}"


def card_stats(card):
    return {kind: (row["count"], Decimal(row.get("amount") or 0)) for kind, row in card["stats"].items()}


def oracle_stats(customer):
    return {kind: (row.count, row.amount) for kind, row in customer.stats().items()}
