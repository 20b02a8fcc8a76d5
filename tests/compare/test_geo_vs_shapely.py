"""Fences against shapely (GEOS) and against distances computed another way, on real stores and real borders."""
import bisect
import gzip
import json
import math
import random

import pytest

import probe

shapely_geometry = pytest.importorskip("shapely.geometry", reason="shapely is not installed")
shapely_prepared = pytest.importorskip("shapely.prepared")

RADIUS = 6371008.8
STORES = probe.DATA / "stores_starbucks_us_ca" / "starbucks.csv"
NEIGHBOURHOODS = probe.DATA / "polygons_nyc_neighborhoods" / "nyc_neighborhoods_wgs84.geojson"
BOROUGHS = probe.DATA / "polygons_nyc_boroughs" / "new-york-city-boroughs.geojson.gz"


@pytest.fixture(scope="session", autouse=True)
def probes():
    probe.build()


def needs(path):
    return pytest.mark.skipif(not path.exists(), reason=f"no data set {path.parent.name}")


# ---- circles

def vector(lon, lat):
    lon, lat = math.radians(lon), math.radians(lat)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def metres(a, b):
    """By cross and dot product of unit vectors: no haversine in it."""
    cross = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    return RADIUS * math.atan2(math.hypot(*cross), a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


def walk(lon, lat, bearing, distance):
    """Where one gets from a point, along a great circle."""
    angle, lat = distance / RADIUS, math.radians(lat)
    to = math.asin(math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(bearing))
    east = math.atan2(math.sin(bearing) * math.sin(angle) * math.cos(lat),
                      math.cos(angle) - math.sin(lat) * math.sin(to))
    return math.remainder(lon + math.degrees(east), 360), math.degrees(to)


def ask_fences(fences, points):
    lines = fences + [f"ask {lon!r} {lat!r}" for lon, lat in points]
    answer = probe.ask("geo_probe", stdin="\n".join(lines).encode()).decode().split("\n")[:-1]
    assert len(answer) == len(points)
    return [[int(word) for word in line.split()] for line in answer]


def compare_circles(circles, points):
    """Each answer against all circles near enough in latitude; within a micrometre of the border either will do."""
    found = ask_fences([f"circle {lon!r} {lat!r} {r!r}" for lon, lat, r in circles], points)
    by_lat = sorted((lat, id_) for id_, (_, lat, _) in enumerate(circles))
    vectors = [vector(lon, lat) for lon, lat, _ in circles]
    reach = math.degrees(max(r for _, _, r in circles) / RADIUS) + 1e-6
    hits = 0
    for (lon, lat), ids in zip(points, found):
        assert ids == sorted(set(ids))
        here, expected, open_ = vector(lon, lat), set(), set()
        low, high = bisect.bisect(by_lat, (lat - reach,)), bisect.bisect(by_lat, (lat + reach, math.inf))
        for _, id_ in by_lat[low:high]:
            beyond = metres(vectors[id_], here) - circles[id_][2]
            if abs(beyond) < 1e-6:
                open_.add(id_)
            elif beyond < 0:
                expected.add(id_)
        assert set(ids) - open_ == expected - open_, (lon, lat)
        hits += len(ids)
    print(f"{len(circles)} circles, {len(points)} points, {hits} hits")
    assert hits


def near_borders(rng, circles, n):
    for lon, lat, radius in rng.choices(circles, k=n):
        off = rng.choice((-1, 1)) * 10 ** rng.uniform(-8, -2)
        yield walk(lon, lat, rng.uniform(0, 2 * math.pi), radius * (1 + off))


def stores():
    rows = STORES.read_bytes().decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").split("\n")[2:]
    return [tuple(float(field) for field in row.rsplit(",", 2)[1:]) for row in rows if row]


@needs(STORES)
def test_circles_about_every_store():
    rng = random.Random(1)
    circles = [(lon, lat, 50 * 1000 ** rng.random() ** 3) for lon, lat in stores()]  # 50 m to 50 km, most small
    assert len(circles) == 7656
    points = list(near_borders(rng, circles, 4000))
    points += [(lon + rng.gauss(0, 0.05), lat + rng.gauss(0, 0.05)) for lon, lat, _ in rng.choices(circles, k=2000)]
    points += [(rng.uniform(-170, -50), rng.uniform(20, 62)) for _ in range(2000)]
    compare_circles(circles, points)


def test_circles_over_poles_and_antimeridian():
    rng = random.Random(2)
    where = [lambda: (rng.uniform(-180, 180), rng.choice((-1, 1)) * (90 - rng.expovariate(1))),
             lambda: (math.remainder(180 + rng.gauss(0, 1), 360), rng.uniform(-80, 80)),
             lambda: (rng.uniform(-180, 180), rng.uniform(-90, 90))]
    where = [lambda f=f: (lambda lon, lat: (lon, max(-90.0, min(90.0, lat))))(*f()) for f in where]
    circles = [(*rng.choice(where)(), 10 ** rng.uniform(2, 6.5)) for _ in range(400)]
    points = list(near_borders(rng, circles, 2000)) + [rng.choice(where)() for _ in range(1000)]
    points += [(lon, lat) for lon in (-180.0, 180.0) for lat in range(-90, 91, 3)]
    compare_circles(circles, points)


# ---- polygons

def neighbourhoods():
    for line in NEIGHBOURHOODS.read_text().splitlines():
        if line.strip():
            yield shapely_geometry.shape(json.loads(line)["geometry"])


def boroughs():
    for feature in json.loads(gzip.open(BOROUGHS).read())["features"]:
        yield shapely_geometry.shape(feature["geometry"])


def rings_of(shape):
    for part in getattr(shape, "geoms", [shape]):
        yield from (list(ring.coords) for ring in (part.exterior, *part.interiors))


def polygon_line(shape):
    words = []
    for count, ring in enumerate(rings_of(shape), 1):
        words += [str(len(ring))] + [f"{x!r} {y!r}" for x, y, *_ in ring]
    return f"polygon {count} " + " ".join(words)


def points_about(rng, shape, n):
    """Vertices, points close to edges on both sides, and points all over."""
    rings = list(rings_of(shape))
    vertices = sum(len(ring) - 1 for ring in rings)
    west, south, east, north = shape.bounds
    for ring in rings:
        for a, b in rng.sample(list(zip(ring, ring[1:])), min(len(ring) - 1, n * len(ring) // vertices + 1)):
            t, away = rng.random(), rng.choice((-1, 1)) * 10 ** rng.uniform(-11, -3)
            yield a[0], a[1]
            yield a[0] + t * (b[0] - a[0]) + away, a[1] + t * (b[1] - a[1])
            yield a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]) + away
    for _ in range(n):
        yield rng.uniform(west - 0.01, east + 0.01), rng.uniform(south - 0.01, north + 0.01)


def compare_polygons(shapes, points):
    """covers(): inside or on the border. Within 1e-13 degrees (10 nm) of the border, rounding decides."""
    found = ask_fences([polygon_line(shape) for shape in shapes], points)
    prepared = [shapely_prepared.prep(shape) for shape in shapes]
    for (lon, lat), ids in zip(points, found):
        here = shapely_geometry.Point(lon, lat)
        expected = [id_ for id_, shape in enumerate(prepared) if shape.covers(here)]
        for id_ in set(ids) ^ set(expected):
            assert shapes[id_].boundary.distance(here) < 1e-13, (lon, lat, id_)
    print(f"{len(shapes)} polygons, {len(points)} points, {sum(map(len, found))} hits")


def compare_vertices(shapes):
    """A border belongs to its polygon: each vertex is held, exactly."""
    vertices = [(id_, x, y) for id_, shape in enumerate(shapes)
                for ring in rings_of(shape) for x, y, *_ in ring]
    found = ask_fences([polygon_line(shape) for shape in shapes], [(x, y) for _, x, y in vertices])
    missed = [vertex for vertex, ids in zip(vertices, found) if vertex[0] not in ids]
    assert not missed


def compare_edge_distances(shapes, points):
    """GEOS measures in the plane: the map is stretched to be true to scale at each point asked about."""
    ids = [i % len(shapes) for i in range(len(points))]
    lines = [polygon_line(shape) for shape in shapes]
    lines += [f"edge {i} {x!r} {y!r}" for i, (x, y) in zip(ids, points)]
    answer = [float(word) for word in probe.ask("geo_probe", stdin="\n".join(lines).encode()).split()]
    assert len(answer) == len(points)
    per_degree = math.radians(RADIUS)
    for id_, (lon, lat), got in zip(ids, points, answer):
        scale = math.cos(math.radians(lat))
        flat = [shapely_geometry.LineString([((x - lon) * scale * per_degree, (y - lat) * per_degree)
                                             for x, y, *_ in ring]) for ring in rings_of(shapes[id_])]
        expected = min(line.distance(shapely_geometry.Point(0, 0)) for line in flat)
        assert got == pytest.approx(expected, rel=1e-2, abs=1e-3), (lon, lat, id_)


@needs(NEIGHBOURHOODS)
def test_neighbourhoods_of_new_york():
    rng = random.Random(3)
    shapes = list(neighbourhoods())
    assert len(shapes) == 129
    points = [point for shape in shapes for point in points_about(rng, shape, 40)]
    compare_polygons(shapes, points)
    compare_vertices(shapes)
    compare_edge_distances(shapes, rng.sample(points, 2000))


@needs(BOROUGHS)
def test_boroughs_of_new_york():
    rng = random.Random(4)
    shapes = list(boroughs())
    assert max(sum(map(len, rings_of(shape))) for shape in shapes) > 27000
    points = [point for shape in shapes for point in points_about(rng, shape, 1500)]
    compare_polygons(shapes, points)
    compare_vertices(shapes)
    compare_edge_distances(shapes, rng.sample(points, 100))
