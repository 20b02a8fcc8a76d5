"""An event as the backend published it."""
from dataclasses import dataclass, field
from itertools import count

from .times import parse_time, timezone
from .values import load_json, number

OWN_FIELDS = ("type", "user", "id", "ts", "lat", "lon", "accuracy")
arrivals = count()


def flatten(node, prefix=""):
    """Nested objects become dotted names; null is no value."""
    flat = {}
    for name, value in node.items():
        if isinstance(value, dict):
            flat.update(flatten(value, f"{prefix}{name}."))
        elif value is not None:
            flat[prefix + name] = value
    return flat


def degrees(text):
    """To seven digits behind the point, about a centimetre."""
    return round(float(text) * 1e7) / 1e7


@dataclass
class Event:
    type: str
    user: str
    ts: int
    id: str
    position: tuple = None  # (lat, lon)
    accuracy: float = 0.0   # metres; 0 = not told
    props: dict = field(default_factory=dict)
    order: int = 0          # of arrival

    @classmethod
    def of(cls, fields):
        fields = flatten(load_json(fields["json"])) if "json" in fields else dict(fields)
        stamp = number(fields["ts"])
        ts = int(stamp) if stamp is not None else parse_time(fields["ts"], timezone.utc)
        position = (degrees(fields["lat"]), degrees(fields["lon"])) if "lat" in fields and "lon" in fields else None
        return cls(type=fields["type"], user=fields["user"], ts=ts, id=fields.get("id", ""), position=position,
                   accuracy=float(fields.get("accuracy", 0)), order=next(arrivals),
                   props={name: value for name, value in fields.items() if name not in OWN_FIELDS})

    def get(self, name):
        """A property by name, or one of the event's own fields; None if it has none."""
        if name in self.props:
            return self.props[name]
        if self.position and name in ("lat", "lon"):
            return repr(self.position[name == "lon"])
        return {"type": self.type, "user": self.user, "ts": str(self.ts)}.get(name)
