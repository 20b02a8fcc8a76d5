"""Texts with fields: {{field | filter: 'argument' | …}}; the filters default, upcase, downcase, capitalize and money (in English)."""
import re
from decimal import ROUND_HALF_UP, Decimal

from .values import number, text

TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
PART = re.compile(r"""((?:'[^']*'|"[^"]*"|[^|'"])+)""")
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


def render(template, fields, currency=""):
    """fields: name -> value or None."""
    return TAG.sub(lambda tag: tag_text(tag.group(1), fields, currency), template) if template else ""


def tag_text(tag, fields, currency):
    name, *filters = [part.strip() for part in PART.findall(tag)]
    value = fields(name)
    for each in filters:
        word, _, argument = each.partition(":")
        value = FILTERS[word.strip()](value, argument.strip().strip("'\""), currency)
    return "" if value is None else text(value)


def default(value, argument, _currency):
    return argument if value is None or value == "" else value


def money(value, argument, currency):
    amount = number(value)
    if amount is None:
        return value
    sign, digits = "-" if amount < 0 else "", abs(amount).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{sign}{SIGNS.get(argument or currency, argument or currency)}{digits:,}"


def on_text(change):
    return lambda value, _argument, _currency: None if value is None else change(text(value))


FILTERS = {
    "default": default, "money": money, "upcase": on_text(str.upper), "downcase": on_text(str.lower),
    "capitalize": on_text(lambda value: value[:1].upper() + value[1:]),
}
