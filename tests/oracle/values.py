"""Values, as events and profiles carry them, and the operators on them.

A value is a str (all of a flat entry's fields), a Decimal (a number in JSON), a bool or a list of str. None is no value.
"""
import json
import re
from decimal import Decimal

from .times import parse_time
from .verdict import all_of, negation

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?\Z", re.ASCII)
ORDER = {"gt": lambda a, b: a > b, "gte": lambda a, b: a >= b, "lt": lambda a, b: a < b, "lte": lambda a, b: a <= b}


def load_json(text):
    """JSON with its numbers as Decimals, as they were written."""
    return json.loads(text, parse_int=Decimal, parse_float=Decimal)


def number(value):
    """The number that a value is, or that its text writes; else None."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(str(value))
    return Decimal(value) if isinstance(value, str) and NUMBER.match(value) else None


def is_number(value):
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def text(value):
    """As written: lists joined by ", "."""
    if isinstance(value, list):
        return ", ".join(text(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def equal(value, operand):
    if isinstance(value, list):
        return None
    if is_number(operand):
        return number(value) == number(operand)
    return text(value) == text(operand)


def contained(value, operands):
    if isinstance(value, list):
        return any(equal(item, operand) for item in value for operand in operands)
    return any(equal(value, operand) for operand in operands)


def ordered(compare, value, operand, tz):
    if isinstance(value, list):
        return None
    read = number if is_number(operand) else lambda v: parse_time(v, tz)
    left, right = read(value), read(operand)
    return None if left is None else compare(left, right)


def operator(name, value, operand, tz):
    if name == "exists":
        return (value is not None) == operand
    if value is None:
        return None
    if name == "eq":
        return equal(value, operand)
    if name == "ne":
        return negation(equal(value, operand))
    if name == "in":
        return contained(value, operand)
    if name == "contains":
        return operand in value if isinstance(value, list) else text(operand) in text(value)
    if name == "starts_with":
        return None if isinstance(value, list) else text(value).startswith(operand)
    return ordered(ORDER[name], value, operand, tz)


OPERATORS = {"eq", "ne", "gt", "gte", "lt", "lte", "in", "contains", "starts_with", "exists"}


def test(value, operators, tz):
    """Every operator given must hold. A plain value means eq."""
    if not isinstance(operators, dict):
        operators = {"eq": operators}
    return all_of(operator(name, value, operand, tz) for name, operand in operators.items())


def where(get, conditions, tz):
    return all_of(test(get(name), operators, tz) for name, operators in (conditions or {}).items())


__all__ = ["OPERATORS", "ORDER", "load_json", "number", "test", "text", "where"]
