"""Short stories for the oracle's own tests: campaigns, what happens to a customer, and what came of it."""
from datetime import datetime
from itertools import count

from oracle import Oracle, Settings
from oracle.times import instant, zone

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
