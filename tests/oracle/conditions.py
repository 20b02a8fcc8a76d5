"""What is asked of a customer: a verdict for each condition of the language."""
from dataclasses import dataclass

from . import values
from .places import certainly_out
from .past import AGGREGATES, Past, counted
from .times import in_week, span
from .verdict import all_of, any_of, negation



@dataclass
class Subject:
    """Whom a condition is asked about, and when."""
    world: object          # settings, places, segments
    customer: object
    at: int
    event: object = None   # what triggered; None: a schedule or a stay
    store: object = None   # of the trigger

    @property
    def tz(self):
        return self.customer.zone(self.world.places, self.world.settings.tz)

    @property
    def shop_tz(self):
        return self.world.settings.tz


def verdict(condition, subject):
    if condition is None:
        return True
    for word, ask in CONDITIONS.items():
        if word in condition:
            return ask(condition, subject)
    raise ValueError(f"no such condition: {sorted(condition)}")


def of_all(condition, subject):
    return all_of(verdict(part, subject) for part in condition["all"])


def of_any(condition, subject):
    return any_of(verdict(part, subject) for part in condition["any"])


def of_not(condition, subject):
    return negation(verdict(condition["not"], subject))


def operators(condition):
    return {word: operand for word, operand in condition.items() if word in values.OPERATORS}


def of_attribute(condition, subject):
    return values.test(subject.customer.attribute(condition["attribute"]), operators(condition), subject.shop_tz)


def of_property(condition, subject):
    if subject.event is None:
        return None
    return values.test(subject.event.get(condition["property"]), operators(condition), subject.shop_tz)


def of_local_time(condition, subject):
    return in_week(condition["local_time"], subject.at, subject.tz)


def of_segment(condition, subject):
    return verdict(subject.world.segments[condition["segment"]], subject)


def of_near(condition, subject):
    newest = subject.customer.position
    if newest is None or subject.at - newest.ts > span(condition.get("fresh", "1h")):
        return None
    return any_of(holds(fence, newest, subject) for fence in subject.world.places.fences(condition["near"]))


def holds(fence, event, subject):
    if not fence.judges(event.accuracy, subject.world.settings.max_accuracy):
        return None
    return fence.holds(event.position)


def of_visits(condition, subject):
    start = subject.at - span(condition["within"]) if "within" in condition else None
    kept, lost = subject.customer.kept, subject.customer.lost
    count = sum(1 for ts in arrivals(condition["visits"], kept, subject) if start is None or ts > start)
    return counted(condition.get("times", {"gte": 1}), count, start is None or covered(start, lost))


def arrivals(which, kept, subject):
    """The times at which the customer arrived in one of the places, not having been inside that one."""
    fences, inside = subject.world.places.fences(which), set()
    for event in kept:
        if not event.position or event.ts > subject.at:
            continue
        within = {fence.key for fence in fences if holds(fence, event, subject)}
        if within - inside:
            yield event.ts
        inside = {fence.key for fence in fences if fence.key in within or fence.key in inside and not gone(fence, event, subject)}


def gone(fence, event, subject):
    return holds(fence, event, subject) is False and certainly_out(fence, event.position, event.accuracy)


def covered(start, lost):
    """Does what is kept reach back to the window's start? start None: to the beginning."""
    return lost is None or start is not None and start >= lost


def of_performed(condition, subject):
    asked = {word: condition[word] for word in AGGREGATES if word in condition} or {"times": {"gte": 1}}
    return all_of(AGGREGATES[word](wanted, past(condition, word, subject)) for word, wanted in asked.items())


def past(condition, word, subject):
    """The events that this part of the condition looks at."""
    events, whole = looked_at(condition, word, subject)
    return Past([event for event in events if values.where(event.get, condition.get("where"), subject.shop_tz) is True],
                whole, subject.at, subject.world.settings.currency)


def looked_at(condition, word, subject):
    kind = condition["performed"]
    if "within" not in condition and "where" not in condition and lifelong(condition, word):
        return subject.customer.happened(kind, subject.at), True
    start = subject.at - span(condition["within"]) if "within" in condition else None
    kept, lost = subject.customer.kept, subject.customer.lost
    return ([event for event in kept if event.type == kind and event.ts <= subject.at and (start is None or event.ts > start)],
            covered(start, lost))


def lifelong(condition, word):
    """Counted for ever, whatever is kept of the history."""
    return word in ("times", "first", "last") or word == "sum" and condition["sum"]["property"] == "amount"


CONDITIONS = {
    "all": of_all, "any": of_any, "not": of_not, "attribute": of_attribute, "property": of_property,
    "performed": of_performed, "local_time": of_local_time, "near": of_near, "visits": of_visits, "segment": of_segment,
}
