"""Settings and campaigns, as their files have them."""
from dataclasses import dataclass, field

from .times import parse_time, span, zone

DEFAULT_COOLDOWN = "15m"


@dataclass
class Settings:
    """What nudged.json says for all campaigns."""
    zone: str = "UTC"
    currency: str = "EUR"
    attributes: frozenset = frozenset()
    frequency_cap: list = field(default_factory=list)
    quiet_hours: dict = None
    history_days: int = 3650
    history_events: int = 1_000_000
    max_accuracy: float = 100.0

    @property
    def tz(self):
        return zone(self.zone)

    @property
    def caps(self):
        return [cap(text) for text in self.frequency_cap]


def cap(text):
    """"1 per 7d" -> (1, ms)"""
    count, window = text.split(" per ")
    return int(count), span(window)


class Campaign:
    """One campaign file, read."""

    def __init__(self, file, settings, places):
        self.name = file["name"]
        self.trigger, self.audience, self.unless = file["trigger"], file.get("audience"), file.get("unless")
        self.push, self.purpose = file["push"], file.get("purpose")
        self.priority = int(file.get("priority", 50))
        self.caps = [cap(text) for text in file.get("frequency_cap", [])]
        self.quiet = file.get("quiet_hours", settings.quiet_hours) or None
        self.delay, self.expires = (span(file[word]) if word in file else 0 for word in ("delay", "expires"))
        self.starts, self.ends = (parse_time(file.get(word), settings.tz) for word in ("starts", "ends"))
        self.kind = next(kind for kind in ("event", "enter", "exit", "dwell", "schedule") if kind in self.trigger)
        watches = self.kind in ("enter", "exit", "dwell")
        self.fences = {fence.key: fence for fence in places.fences(self.trigger[self.kind])} if watches else {}
        self.dwell = span(self.trigger["for"]) if self.kind == "dwell" else 0
        cooldown = self.trigger.get("cooldown", DEFAULT_COOLDOWN)
        self.cooldown = 0 if cooldown == "none" else span(cooldown)

    @property
    def rank(self):
        return -self.priority, self.name

    def in_force(self, at):
        return (self.starts is None or at >= self.starts) and (self.ends is None or at < self.ends)
