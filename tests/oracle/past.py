"""What the events of a window amount to: how many, how much, since when.

Where the window reaches back past what is kept (whole is False), older events may be missing: then an answer holds only if no number of
them could change it.
"""
from dataclasses import dataclass
from decimal import Decimal

from .times import span
from .values import ORDER, number
from .verdict import all_of


@dataclass
class Past:
    events: list
    whole: bool
    at: int
    currency: str  # of amounts that name none

    def numbers(self, name):
        return [n for n in (number(event.get(name)) for event in self.events) if n is not None]

    def mixed(self, name):
        """Are these amounts of several currencies?"""
        priced = [event for event in self.events if number(event.get(name)) is not None]
        return name == "amount" and len({event.get("currency") or self.currency for event in priced}) > 1


def operators(wanted):
    if not isinstance(wanted, dict):
        return {"eq": wanted}
    return {name: operand for name, operand in wanted.items() if name != "property"}


def compare(value, wanted):
    tests = {**ORDER, "eq": lambda a, b: a == b, "ne": lambda a, b: a != b}
    return all_of(tests[name](value, number(operand)) for name, operand in operators(wanted).items())


def at_least(value, wanted, whole):
    """The verdict on a value that missing events could only raise."""
    return compare(value, wanted) if whole else all_of(risen(name, value, number(x)) for name, x in operators(wanted).items())


def risen(name, value, operand):
    if name in ("gt", "gte"):
        return True if ORDER[name](value, operand) else None
    if name in ("lt", "lte"):
        return None if ORDER[name](value, operand) else False
    return (name == "ne") if value > operand else None


def at_most(value, wanted, whole):
    """The same of a value that they could only lower."""
    mirror = {"gt": "lt", "gte": "lte", "lt": "gt", "lte": "gte"}
    return at_least(-value, {mirror.get(name, name): -number(x) for name, x in operators(wanted).items()}, whole)


def times(wanted, past):
    return counted(wanted, len(past.events), past.whole)


def counted(wanted, count, whole):
    return at_least(Decimal(count), wanted, whole)


def total(wanted, past):
    if not past.whole or past.mixed(wanted["property"]):
        return None
    return compare(sum(past.numbers(wanted["property"]), Decimal(0)), wanted)


def average(wanted, past):
    numbers = past.numbers(wanted["property"])
    if not past.whole or not numbers or past.mixed(wanted["property"]):
        return None
    # Compared as sum against count times the operand: nothing is rounded.
    return compare(sum(numbers, Decimal(0)), {name: number(x) * len(numbers) for name, x in operators(wanted).items()})


def least(wanted, past):
    numbers = past.numbers(wanted["property"])
    return at_most(min(numbers), wanted, past.whole) if numbers else None


def greatest(wanted, past):
    numbers = past.numbers(wanted["property"])
    return at_least(max(numbers), wanted, past.whole) if numbers else None


def first(wanted, past):
    if not past.events:
        return False if past.whole else None
    young = younger(past.events[0], wanted, past)
    if past.whole or not young:
        return aged(young, wanted)
    return None


def last(wanted, past):
    if not past.events:
        return False if past.whole else None
    return aged(younger(past.events[-1], wanted, past), wanted)


def younger(event, wanted, past):
    return past.at - event.ts < span(wanted.get("within") or wanted["before"])


def aged(young, wanted):
    return young if "within" in wanted else not young


AGGREGATES = {"times": times, "sum": total, "average": average, "min": least, "max": greatest, "first": first, "last": last}
