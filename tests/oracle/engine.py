"""Events in, pushes and decisions out: one partition's clock, timers and customers."""
import heapq
from collections import Counter
from dataclasses import dataclass, field
from itertools import count

from . import values
from .conditions import Subject, verdict
from .customer import Customer, Stay
from .event import Event
from .partition import partition_of
from .places import Places, certainly_out
from .rules import Campaign
from .template import render
from .times import next_occurrence, quiet_until


@dataclass(frozen=True)
class Push:
    user: str
    campaign: str
    title: str
    body: str
    url: str
    trigger: int  # ts of what set it off
    at: int       # the clock when it was decided


@dataclass(frozen=True)
class Decision:
    user: str
    campaign: str
    reason: str   # "sent" = pushed
    trigger: int
    at: int


@dataclass(frozen=True)
class Cause:
    """What set a campaign off: an event, a stay in a place or a schedule's occurrence."""
    at: int
    event: Event = None
    store: object = None


@dataclass(order=True)
class Timer:
    due: int
    rank: tuple   # of two that are due at once, the campaign of higher priority goes first
    order: int
    action: object = field(compare=False)
    cancelled: bool = field(default=False, compare=False)


class Oracle:
    """All partitions. What the daemon should do with these files and these events."""

    def __init__(self, settings, campaigns, segments=(), places=None, partitions=1):
        places = places or Places()
        rules = sorted((Campaign(file, settings, places) for file in campaigns), key=lambda c: c.rank)
        named = {segment["name"]: segment["audience"] for segment in segments}
        self.parts = [Partition(settings, rules, named, places) for _ in range(partitions)]

    def publish(self, fields):
        event = Event.of(fields)
        self.parts[partition_of(event.user, len(self.parts))].take(event)

    @property
    def pushes(self):
        return [push for part in self.parts for push in part.pushes]

    @property
    def decisions(self):
        return [decision for part in self.parts for decision in part.decisions]

    @property
    def customers(self):
        return {user: customer for part in self.parts for user, customer in part.customers.items()}

    @property
    def reasons(self):
        """{(campaign, reason): how often}"""
        return Counter((decision.campaign, decision.reason) for decision in self.decisions)


class Partition:
    def __init__(self, settings, rules, segments, places):
        self.settings, self.rules, self.segments, self.places = settings, rules, segments, places
        self.schedules = {c.name: c.trigger["schedule"] for c in rules if c.kind == "schedule"}
        self.fences = {key: fence for campaign in rules for key, fence in campaign.fences.items()}
        self.customers, self.timers, self.pushes, self.decisions = {}, [], [], []
        self.now, self.order = None, count()
        self.occurrences = {}   # (campaign, zone) -> when its schedule is due next
        self.event_pushes = []  # (at, campaign) pushed on the event that is being decided

    # ---- time

    def take(self, event):
        """The next event of the stream."""
        self.advance(event.ts)
        customer = self.customers.setdefault(event.user, Customer(event.user))
        if customer.seen(event):
            return
        self.event_pushes = []
        customer.add(event, self.settings)
        causes = self.follow(customer, event)
        self.know_zone(self.zone(customer))
        for campaign in self.rules:
            cause = self.event_cause(campaign, event) or causes.get(campaign.name)
            if cause:
                self.triggered(campaign, customer, cause)

    def advance(self, to):
        """Everything due until then happens, in the order of its time."""
        if self.now is None:
            self.now = to
        while (due := self.next_due()) is not None and due <= to:
            self.now = max(self.now, due)
            self.run_schedules(due)
            self.run_timers(due)
        self.now = max(self.now, to)

    def next_due(self):
        moments = [self.timers[0].due] if self.timers else []
        return min(moments + [due for due in self.occurrences.values() if due is not None], default=None)

    def know_zone(self, tz):
        """From now on schedules are due in this zone too."""
        for name, schedule in self.schedules.items():
            if (name, tz) not in self.occurrences:
                self.occurrences[name, tz] = next_occurrence(schedule, tz, self.now)

    def run_schedules(self, due):
        """Goes through all customers whose zone it is time in."""
        arrived = {key for key, moment in self.occurrences.items() if moment == due}
        for customer in list(self.customers.values()) if arrived else []:
            for campaign in self.rules:
                if (campaign.name, self.zone(customer)) in arrived:
                    self.event_pushes = []
                    self.triggered(campaign, customer, Cause(due))
        for name, tz in arrived:
            self.occurrences[name, tz] = next_occurrence(self.schedules[name], tz, due)

    def zone(self, customer):
        return customer.zone(self.places, self.settings.tz)

    def run_timers(self, due):
        while self.timers and self.timers[0].due <= due:
            timer = heapq.heappop(self.timers)
            if not timer.cancelled:
                self.event_pushes = []
                timer.action()

    def later(self, due, campaign, action):
        timer = Timer(due, campaign.rank, next(self.order), action)
        heapq.heappush(self.timers, timer)
        return timer

    # ---- triggers

    def sets_off(self, campaign, event):
        fits = campaign.kind == "event" and campaign.trigger["event"] == event.type
        return fits and values.where(event.get, campaign.trigger.get("where"), self.settings.tz) is True

    def event_cause(self, campaign, event):
        if not self.sets_off(campaign, event):
            return None
        return Cause(event.ts, event, self.places.stores.get(event.props.get("store")))

    def follow(self, customer, event):
        """Moves the customer to the event's position; {campaign: Cause} of those that this sets off."""
        if not event.position or customer.position and event.ts < customer.position.ts:
            return {}
        customer.position = event
        entered, left = self.moves(customer, event)
        causes = {}
        for campaign in self.rules:
            if campaign.kind == "dwell":
                self.watch_stay(campaign, customer, event, entered, left)
            places = {"enter": entered, "exit": left}.get(campaign.kind, {})
            met = [fence for key, fence in places.items() if key in campaign.fences and self.counts(campaign, customer, key)]
            if met:
                causes[campaign.name] = Cause(event.ts, event, nearest(met, event.position).store)
        return causes

    def moves(self, customer, event):
        """The fences entered and left by this position, by key."""
        entered, left = {}, {}
        for key, fence in self.fences.items():
            stay = customer.stays.get(key)
            inside = stay is not None and stay.left is None
            if not fence.judges(event.accuracy, self.settings.max_accuracy):
                continue
            if not inside and fence.holds(event.position):
                customer.stays[key] = Stay(event.ts, left_before=stay.left if stay else None)
                entered[key] = fence
            elif inside and certainly_out(fence, event.position, event.accuracy):
                stay.left = event.ts
                left[key] = fence
        return entered, left

    @staticmethod
    def counts(campaign, customer, key):
        """Not when the place was entered again within the campaign's cooldown of leaving it."""
        stay = customer.stays[key]
        return campaign.kind == "exit" or stay.left_before is None or stay.entered - stay.left_before >= campaign.cooldown

    def watch_stay(self, campaign, customer, event, entered, left):
        timers = customer.stay_timers
        for key in left:
            if (campaign.name, key) in timers:
                timers.pop((campaign.name, key)).cancelled = True
        for key, fence in entered.items():
            if key in campaign.fences and self.counts(campaign, customer, key):
                cause = Cause(event.ts + campaign.dwell, None, fence.store)
                timers[campaign.name, key] = self.later(
                    cause.at, campaign, lambda cause=cause: self.triggered(campaign, customer, cause))

    def triggered(self, campaign, customer, cause):
        """At the trigger: in force and audience; then at once, or after the delay."""
        if not campaign.in_force(cause.at):
            return self.decide(campaign, customer, cause, "not_active")
        fits = verdict(campaign.audience, self.subject(customer, cause, cause.at))
        if fits is not True:
            return self.decide(campaign, customer, cause, "unknown" if fits is None else "no_match")
        if campaign.delay and cause.at + campaign.delay > self.now:
            self.later(cause.at + campaign.delay, campaign, lambda: self.send(campaign, customer, cause))
            return None
        return self.send(campaign, customer, cause)

    def subject(self, customer, cause, at):
        return Subject(self, customer, at, cause.event, cause.store)

    # ---- sending

    def send(self, campaign, customer, cause):
        """Just before sending: what may still hold it back."""
        reason = self.held_back(campaign, customer, cause)
        if reason:
            return self.decide(campaign, customer, cause, reason)
        until = campaign.quiet and quiet_until(campaign.quiet, self.now, self.zone(customer))
        if until and campaign.quiet["then"] == "drop":
            return self.decide(campaign, customer, cause, "quiet_hours")
        if until:
            self.later(until, campaign, lambda: self.send(campaign, customer, cause))
            return None
        reason = self.capped(campaign, customer)
        if reason:
            return self.decide(campaign, customer, cause, reason)
        return self.push(campaign, customer, cause)

    def held_back(self, campaign, customer, cause):
        if not campaign.in_force(self.now):
            return "not_active"
        if campaign.expires and self.now >= cause.at + campaign.expires:
            return "expired"
        if campaign.unless:
            excepted = verdict(campaign.unless, self.subject(customer, cause, self.now))
            if excepted is not False:
                return "excepted" if excepted else "unknown"
        if campaign.purpose and not customer.granted(campaign.purpose):
            return "no_consent"
        return None

    def capped(self, campaign, customer):
        own = [at for at, name in customer.pushes if name == campaign.name]
        if any(self.full(cap, own) for cap in campaign.caps):
            return "frequency_cap"
        everything = [at for at, _ in customer.pushes]
        before = everything[:len(everything) - len(self.event_pushes)]
        if any(self.full(cap, before) for cap in self.settings.caps):
            return "frequency_cap"
        return "outranked" if any(self.full(cap, everything) for cap in self.settings.caps) else None

    def full(self, cap, moments):
        most, window = cap
        return sum(1 for at in moments if self.now - window < at <= self.now) >= most

    def push(self, campaign, customer, cause):
        fields = self.fields(campaign, customer, cause)
        currency = cause.event and cause.event.get("currency") or self.settings.currency
        title, body, url = (render(campaign.push.get(part), fields, currency) for part in ("title", "body", "url"))
        self.pushes.append(Push(customer.user, campaign.name, title, body, url, cause.at, self.now))
        customer.pushes.append((self.now, campaign.name))
        self.event_pushes.append((self.now, campaign.name))
        self.decide(campaign, customer, cause, "sent")

    def decide(self, campaign, customer, cause, reason):
        self.decisions.append(Decision(customer.user, campaign.name, reason, cause.at, self.now))

    @staticmethod
    def fields(campaign, customer, cause):
        """What a template may name. Attributes go before properties."""
        def get(name):
            if name in ("user", "campaign"):
                return customer.user if name == "user" else campaign.name
            if name.startswith("store."):
                return cause.store.get(name[6:]) if cause.store else None
            if name.startswith("event."):
                return cause.event.get(name[6:]) if cause.event else None
            value = customer.attribute(name)
            return value if value is not None or not cause.event else cause.event.get(name)
        return get


def nearest(fences, point):
    return min(fences, key=lambda fence: (fence.away(point), str(fence.key)))
