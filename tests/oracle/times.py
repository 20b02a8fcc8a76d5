"""Spans, instants and the clock on a customer's wall."""
import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAY_MINUTES = 24 * 60
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MILLISECOND = timedelta(milliseconds=1)
# Python's own ISO reader would also take week dates and the like.
RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(:\d\d)?(\.\d+)?([Zz]|[+-]\d\d:\d\d)?)?\Z", re.ASCII)


def span(text):
    """"10m" -> 600000"""
    number, unit = re.fullmatch(r"(\d+)\s*(ms|s|m|h|d|w)", text).groups()
    return int(number) * UNITS[unit]


@lru_cache(maxsize=None)
def zone(name):
    """The zone of that name, or None."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError):
        return None


def wall(ms, tz):
    """The local time of an instant."""
    return (EPOCH + timedelta(milliseconds=ms)).astimezone(tz)


def instant(moment, tz, fold=0):
    """The instant of a naive local time: in spring's missing hour an hour later, in autumn's doubled hour the first."""
    return (moment.replace(tzinfo=tz, fold=fold) - EPOCH) // MILLISECOND


def parse_time(text, tz):
    """A date or a time -> ms, read in tz unless it has an offset; None if it is none."""
    match = RFC3339.match(text) if isinstance(text, str) else None
    if not match:
        return None
    date, minutes, seconds, fraction, offset = match.groups()
    try:
        moment = datetime.fromisoformat(f"{date}T{minutes or '00:00'}{seconds or ':00'}")
    except ValueError:
        return None
    moment += timedelta(milliseconds=int(float(f"0{fraction or ''}") * 1000))
    return instant(moment, offset_zone(offset) if offset else tz)


def offset_zone(text):
    if text in "Zz":
        return timezone.utc
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[4:6])))


def minutes_of_day(text):
    """"21:30" -> 1290; "24:00" -> 1440"""
    hours, minutes = re.fullmatch(r"(\d\d?):(\d\d)", text).groups()
    return int(hours) * 60 + int(minutes)


def day_numbers(days):
    return set(range(7)) if days == "all" else {DAYS.index(day) for day in days}


def into_day(moment):
    """Minutes since local midnight, as the clock on the wall has it."""
    return moment.hour * 60 + moment.minute + moment.second / 60 + moment.microsecond / 60e6


def at_minute(date, minute, tz, fold=0):
    midnight = datetime(date.year, date.month, date.day)
    return instant(midnight + timedelta(minutes=minute), tz, fold)


def in_week(condition, ms, tz):
    """local_time: from included, to not; a span over midnight belongs to the day it began on."""
    moment = wall(ms, tz)
    since, until = minutes_of_day(condition.get("from", "00:00")), minutes_of_day(condition.get("to", "24:00"))
    days, now = day_numbers(condition.get("days", "all")), into_day(moment)
    if since <= until:
        return since <= now < until and moment.weekday() in days
    if now >= since:
        return moment.weekday() in days
    return now < until and (moment.weekday() - 1) % 7 in days


def quiet_until(quiet, ms, tz):
    """When the quiet hours that hold at ms end; None if it is not quiet then."""
    moment, now = wall(ms, tz), into_day(wall(ms, tz))
    since, until = minutes_of_day(quiet["from"]), minutes_of_day(quiet["to"])
    overnight = since > until
    if not (now >= since or now < until if overnight else since <= now < until):
        return None
    date = moment.date() + timedelta(days=1 if overnight and now >= since else 0)
    end = at_minute(date, until, tz)
    return end if end > ms else at_minute(date, until, tz, fold=1)


def next_occurrence(schedule, tz, after):
    """The first moment > after that the schedule is due; None = never again."""
    if "zone" in schedule:
        tz = zone(schedule["zone"])
    if "at" in schedule:
        due = parse_time(schedule["at"], tz)
        return due if due > after else None
    every = schedule["every"]
    days, minute = day_numbers(every["days"]), minutes_of_day(every["time"])
    for ahead in range(-1, 9):
        date = wall(after, tz).date() + timedelta(days=ahead)
        due = at_minute(date, minute, tz)
        if date.weekday() in days and due > after:
            return due
    return None
