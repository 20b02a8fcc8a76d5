"""Stores and areas, and who is in them: every place is looked at, every time.

Distance is the haversine on the sphere of R = 6,371,008.8 m. An area is even-odd over all its rings, its edge included; the distance to its
edge is measured in the plane that touches the earth at the point, which over a few kilometres is right to the centimetre.
"""
import csv
import io
import json
from dataclasses import dataclass, field
from functools import cached_property
from math import asin, cos, hypot, inf, radians, sin, sqrt

EARTH = 6_371_008.8
LEAST_MARGIN = 20.0


def distance(a, b):
    """Metres between two (lat, lon)."""
    (lat1, lon1), (lat2, lon2) = (map(radians, a), map(radians, b))
    chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH * asin(min(1.0, sqrt(chord)))


@dataclass(frozen=True)
class Store:
    id: str
    name: str
    at: tuple
    zone: str = ""
    columns: dict = field(default_factory=dict, compare=False)

    def get(self, name):
        return {"id": self.id, "name": self.name, "zone": self.zone or None}.get(name, self.columns.get(name))


@dataclass(frozen=True)
class Circle:
    """A store and a radius about it: what `stores … within` watches."""
    store: Store
    radius: float

    @property
    def key(self):
        return self.store.id, self.radius

    def away(self, point):
        return distance(self.store.at, point)

    def holds(self, point):
        return self.away(point) <= self.radius

    def edge(self, point):
        """Metres to the edge: outside > 0, inside < 0."""
        return self.away(point) - self.radius

    def margin(self, accuracy):
        return max(self.radius / 10, LEAST_MARGIN, accuracy)

    def judges(self, accuracy, _max_accuracy):
        return accuracy <= self.radius


@dataclass(eq=False)
class Area:
    """A named polygon, all its parts and holes."""
    name: str
    rings: list  # of [(lat, lon), …], closed
    store = None

    @property
    def key(self):
        return self.name

    @cached_property
    def bounds(self):
        lats, lons = zip(*(point for ring in self.rings for point in ring))
        return min(lats), max(lats), min(lons), max(lons)

    def away(self, point):
        return 0.0 if self.holds(point) else self.edge(point)

    def holds(self, point):
        south, north, west, east = self.bounds
        if not (south <= point[0] <= north and west <= point[1] <= east):
            return False
        inside = False
        for ring in self.rings:
            for a, b in zip(ring, ring[1:]):
                if on_edge(point, a, b):
                    return True
                inside ^= crosses(point, a, b)
        return inside

    def edge(self, point):
        nearest = min(edge_distance(point, a, b) for ring in self.rings for a, b in zip(ring, ring[1:]))
        return -nearest if self.holds(point) else nearest

    def margin(self, accuracy):
        return max(LEAST_MARGIN, accuracy)

    def judges(self, accuracy, max_accuracy):
        return accuracy <= max_accuracy


def crosses(point, a, b):
    """Does the edge cross the line from the point to the east?"""
    (lat, lon), (lat1, lon1), (lat2, lon2) = point, a, b
    return (lat1 > lat) != (lat2 > lat) and lon < (lon2 - lon1) * (lat - lat1) / (lat2 - lat1) + lon1


def on_edge(point, a, b):
    (lat, lon), (lat1, lon1), (lat2, lon2) = point, a, b
    straight = (lat2 - lat1) * (lon - lon1) == (lon2 - lon1) * (lat - lat1)
    return straight and min(lat1, lat2) <= lat <= max(lat1, lat2) and min(lon1, lon2) <= lon <= max(lon1, lon2)


def edge_distance(point, a, b):
    """Metres to a stretch of edge, in the plane that touches at the point."""
    (ax, ay), (bx, by) = (on_plane(point, end) for end in (a, b))
    length = (bx - ax) ** 2 + (by - ay) ** 2
    along = 0 if length == 0 else max(0, min(1, -(ax * (bx - ax) + ay * (by - ay)) / length))
    return hypot(ax + along * (bx - ax), ay + along * (by - ay))


def on_plane(origin, point):
    return (EARTH * radians(point[1] - origin[1]) * cos(radians(origin[0])), EARTH * radians(point[0] - origin[0]))


def certainly_out(fence, point, accuracy):
    return not fence.holds(point) and fence.edge(point) > fence.margin(accuracy)


def metres(text):
    amount, unit = text.split() if " " in text else (text.rstrip("km"), text.lstrip("0123456789."))
    return float(amount) * {"m": 1, "km": 1000}[unit]


class Places:
    """All stores by id and areas by name."""

    def __init__(self, stores=(), areas=()):
        self.stores = {store.id: store for store in stores}
        self.areas = {area.name: area for area in areas}

    @classmethod
    def of_files(cls, texts):
        """From the texts of stores/: {file name: text}."""
        places = cls()
        for name, content in sorted(texts.items()):
            places.add_csv(content) if name.endswith(".csv") else places.add_geojson(content)
        return places

    def add_csv(self, content):
        for row in csv.DictReader(io.StringIO(content)):
            own = {name: row.pop(name) for name in ("id", "name", "lat", "lon")}
            self.stores[own["id"]] = Store(own["id"], own["name"], (float(own["lat"]), float(own["lon"])),
                                           row.pop("zone", ""), row)

    def add_geojson(self, content):
        for feature in features(content):
            shape, props = feature["geometry"], feature.get("properties") or {}
            if shape["type"] == "Point":
                self.add_point(feature, shape, props)
            else:
                self.add_area(feature, shape, props)

    def add_point(self, feature, shape, props):
        identity = str(props.get("id", feature.get("id", props.get("name"))))
        lon, lat = shape["coordinates"][:2]
        rest = {name: value for name, value in props.items() if name not in ("id", "name", "zone")}
        self.stores[identity] = Store(identity, props.get("name", identity), (lat, lon), props.get("zone", ""), rest)

    def add_area(self, feature, shape, props):
        parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        name = str(props.get("name", props.get("NAME", feature.get("id"))))
        rings = [[(lat, lon) for lon, lat, *_ in ring] for part in parts for ring in part]
        known = self.areas[name].rings if name in self.areas else []
        self.areas[name] = Area(name, known + rings)

    def fences(self, which):
        """PLACES of the language -> circles and areas."""
        if "areas" in which:
            return [self.areas[name] for name in which["areas"]]
        stores = self.stores.values() if which["stores"] == "all" else [self.stores[i] for i in which["stores"]]
        return [Circle(store, metres(which["within"])) for store in stores]

    def zone_near(self, point, within=50_000):
        """The zone of the nearest store that tells one; "" if none is so near."""
        best, found = inf, ""
        for store in self.stores.values():
            away = distance(store.at, point) if store.zone else inf
            if away <= within and away < best:
                best, found = away, store.zone
        return found


def features(content):
    """A FeatureCollection, one Feature, or one Feature a line."""
    try:
        whole = json.loads(content)
    except json.JSONDecodeError:
        return [json.loads(line) for line in content.splitlines() if line.strip()]
    return whole["features"] if whole["type"] == "FeatureCollection" else [whole]
