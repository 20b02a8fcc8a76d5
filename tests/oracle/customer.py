"""A customer's card: what the events so far say of one customer."""
from bisect import insort
from dataclasses import dataclass, field
from decimal import Decimal

from .event import Event
from .times import zone
from .values import number

DAY = 86_400_000


@dataclass
class Stay:
    """Inside a place, or lately left."""
    entered: int
    left: int = None
    left_before: int = None  # the end of the stay before this one


@dataclass
class Stats:
    count: int = 0
    amount: Decimal = Decimal(0)


@dataclass
class Customer:
    user: str
    history: list = field(default_factory=list)     # all that ever happened, by ts, then arrival
    kept: list = field(default_factory=list)        # of it, what is kept
    lost: int = None                                # ts of the newest that is not; None: the history is whole
    ids: set = field(default_factory=set)
    attributes: dict = field(default_factory=dict)  # name -> (ts, value)
    consents: dict = field(default_factory=dict)    # purpose -> (ts, state)
    stays: dict = field(default_factory=dict)       # a fence's key -> Stay
    stay_timers: dict = field(default_factory=dict) # (campaign, a fence's key) -> its dwell's Timer
    pushes: list = field(default_factory=list)      # (at, campaign)
    position: Event = None                          # the newest one known

    def seen(self, event):
        """Within the kept history."""
        return bool(event.id) and event.id in self.ids

    def add(self, event, settings):
        insort(self.history, event, key=place_in_time)
        self.keep(event, settings.history_days, settings.history_events)
        if event.type == "profile":
            self.set_attributes(event, settings.attributes)
        if event.type == "consent":
            newest_wins(self.consents, event.props.get("purpose"), event.ts, event.props.get("state"))

    def keep(self, event, days, events):
        """The event joins the kept history; what is older than so many days before the newest one leaves, and what is beyond so many events."""
        insort(self.kept, event, key=place_in_time)
        self.ids.add(event.id)
        oldest = self.kept[-1].ts - days * DAY
        while len(self.kept) > events or self.kept[0].ts < oldest:
            gone = self.kept.pop(0)
            self.ids.discard(gone.id)
            self.lost = gone.ts if self.lost is None else max(self.lost, gone.ts)

    def set_attributes(self, event, declared):
        for name in declared & event.props.keys():
            newest_wins(self.attributes, name, event.ts, event.props[name])

    def attribute(self, name):
        return self.attributes.get(name, (0, None))[1]

    def granted(self, purpose):
        return self.consents.get(purpose, (0, None))[1] == "granted"

    def zone(self, places, fallback):
        """The attribute timezone, else that of the position's store, else the shop's."""
        named = zone(self.attribute("timezone") or "")
        near = places.zone_near(self.position.position) if named is None and self.position else ""
        return named or (zone(near) if near else None) or fallback

    def happened(self, kind, at):
        return [event for event in self.history if event.type == kind and event.ts <= at]

    def stats(self):
        """{type: Stats} of all that ever happened."""
        stats = {}
        for event in self.history:
            row = stats.setdefault(event.type, Stats())
            row.count += 1
            row.amount += number(event.props.get("amount")) or 0
        return stats


def place_in_time(event):
    return event.ts, event.order


def newest_wins(table, name, ts, value):
    if name not in table or table[name][0] <= ts:
        table[name] = ts, value
