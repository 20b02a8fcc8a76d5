"""The oracle's clocks and places: each test asks a reader's question of conf/README.md."""
import pytest

from oracle import Places
from oracle.places import Area, Circle, Store, certainly_out, distance, metres
from oracle.times import in_week, next_occurrence, parse_time, quiet_until, span
from story import DAM, DAY, HOUR, METRE_NORTH, MINUTE, NEW_YORK, NOON, UTC, Story, asked, local

# ---- time

@pytest.mark.parametrize("text, ms", [("10m", 10 * MINUTE), ("2w", 14 * DAY), ("500ms", 500), ("3s", 3000), ("12h", 12 * HOUR)])
def test_how_long_is_a_span(text, ms):
    assert span(text) == ms


@pytest.mark.parametrize("text, at", [
    ("2017-03-12T12:00:00Z", NOON), ("2017-03-12T08:00", NOON), ("2017-03-12T13:00:00.5+01:00", NOON + 500),
    ("2017-03-12", local("2017-03-12T05:00")), ("2017-02-30", None), ("12:00", None), ("2017-W10-7", None),
])
def test_when_is_a_time(text, at):
    assert parse_time(text, NEW_YORK) == at


FRIDAY_NIGHT = {"days": ["fri"], "from": "22:00", "to": "02:00"}


@pytest.mark.parametrize("condition, moment, verdict", [
    (FRIDAY_NIGHT, "2017-03-10T22:00", True), (FRIDAY_NIGHT, "2017-03-10T21:59:59.999", False), (FRIDAY_NIGHT, "2017-03-11T01:59", True),
    (FRIDAY_NIGHT, "2017-03-11T02:00", False), (FRIDAY_NIGHT, "2017-03-10T01:00", False), (FRIDAY_NIGHT, "2017-03-11T22:30", False),
    ({"days": ["fri"]}, "2017-03-10T23:59:59", True), ({"from": "09:00"}, "2017-03-10T23:59", True), ({"to": "09:00"}, "2017-03-10T09:00", False),
    ({"from": "09:00", "to": "17:00"}, "2017-03-10T09:00", True),
])
def test_is_it_such_a_time_where_the_customer_is(condition, moment, verdict):
    assert in_week(condition, local(moment, NEW_YORK), NEW_YORK) is verdict


@pytest.mark.parametrize("moment, until", [
    ("2017-03-10T21:00", "2017-03-11T09:00"), ("2017-03-11T08:59", "2017-03-11T09:00"), ("2017-03-11T09:00", None), ("2017-03-10T20:59", None),
    ("2017-03-11T23:00", "2017-03-12T09:00"),  # the night that is an hour shorter
])
def test_when_does_a_quiet_night_end(moment, until):
    end = quiet_until({"from": "21:00", "to": "09:00"}, local(moment, NEW_YORK), NEW_YORK)
    assert end == (until and local(until, NEW_YORK))


def test_are_there_quiet_hours_that_never_end_or_begin():
    assert quiet_until({"from": "09:00", "to": "09:00"}, NOON, UTC) is None
    assert quiet_until({"from": "11:00", "to": "13:00"}, NOON, UTC) == NOON + HOUR


EVERY_NIGHT = {"every": {"days": "all", "time": "02:30"}}


@pytest.mark.parametrize("after, due", [
    ("2017-03-11T08:00", "2017-03-12T07:30"),  # 02:30 is skipped: 03:30 summer time
    ("2017-03-13T00:00", "2017-03-13T06:30"), ("2017-03-13T06:29:59", "2017-03-13T06:30"), ("2017-03-13T06:30", "2017-03-14T06:30"),
])
def test_when_is_a_schedule_due_in_spring(after, due):
    assert next_occurrence(EVERY_NIGHT, NEW_YORK, local(after)) == local(due)


def test_is_the_doubled_hour_of_autumn_heard_twice():
    every = {"every": {"days": ["sun"], "time": "01:30"}}
    first = next_occurrence(every, NEW_YORK, local("2017-11-04T12:00"))
    assert first == local("2017-11-05T05:30")
    assert next_occurrence(every, NEW_YORK, first) == local("2017-11-12T06:30")


@pytest.mark.parametrize("schedule, due", [
    ({"at": "2017-03-12T10:00"}, local("2017-03-12T14:00")), ({"at": "2017-03-12T10:00", "zone": "Europe/Amsterdam"}, None),
    ({"at": "2017-03-12T15:00+01:00"}, local("2017-03-12T14:00")), ({"at": "2017-03-12T08:00"}, None),
])
def test_when_is_a_schedule_due_once(schedule, due):
    assert next_occurrence(schedule, NEW_YORK, NOON) == due


# ---- places

def north(metres_):
    return DAM[0] + metres_ * METRE_NORTH, DAM[1]


def square(name="Soho", size=0.01):
    return Area(name, [[(0, 0), (0, size), (size, size), (size, 0), (0, 0)]])


def test_how_far_is_it():
    assert distance((0, 0), (0, 180)) == pytest.approx(20_015_114.4, abs=1)
    assert distance(DAM, north(100)) == pytest.approx(100, abs=0.01)
    assert metres("1.5 km") == 1500 and metres("200 m") == 200


def test_who_is_in_an_area():
    ring = [(0, 0), (0, 4), (4, 4), (4, 0), (0, 0)]
    hole = [(1, 1), (1, 2), (2, 2), (2, 1), (1, 1)]
    area = Area("a", [ring, hole])
    assert [area.holds(p) for p in [(3, 3), (1.5, 1.5), (0, 2), (1, 1.5), (5, 5)]] == [True, False, True, True, False]


def test_is_an_area_what_shapely_says_it_is():
    shapely = pytest.importorskip("shapely.geometry")
    ring = [(0, 0), (1, 5), (4, 4), (2, 3), (5, 1), (0, 0)]
    area, polygon = Area("a", [ring]), shapely.Polygon(ring)
    points = [(x / 7 + 0.013, y / 7) for x in range(-3, 40) for y in range(-3, 40)]
    assert [area.holds(p) for p in points] == [polygon.intersects(shapely.Point(p)) for p in points]


@pytest.mark.parametrize("away, accuracy, out", [(219, 0, False), (221, 0, True), (221, 50, False), (251, 50, True)])
def test_when_is_somebody_certainly_out(away, accuracy, out):
    assert certainly_out(Circle(Store("s", "S", DAM), 200), north(away), accuracy) is out


def test_what_are_stores_and_areas_read_from():
    line = '{"type":"Feature","properties":{"NAME":"Soho"},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}\n'
    point = '{"type":"Feature","id":7,"properties":{"name":"Seven"},"geometry":{"type":"Point","coordinates":[4,52]}}'
    places = Places.of_files({"a.csv": "id,name,lat,lon,manager\ns1,One,52.3,4.8,Ann\n", "b.geojson": line + line, "c.json": point})
    assert places.stores["s1"].get("manager") == "Ann" and places.stores["7"].at == (52, 4)
    assert len(places.areas["Soho"].rings) == 2


SHOP = Places([Store("s1", "One", DAM, "Europe/Amsterdam")])
NEAR = {"stores": "all", "within": "200 m"}


def walk(trigger, *steps, **settings):
    """(minutes, metres north of the shop[, accuracy]) -> the moments, in minutes, of the pushes."""
    story = Story({"trigger": trigger}, places=SHOP, **settings)
    for minutes, away, *accuracy in steps:
        lat, lon = north(away)
        story.event("location", NOON + minutes * MINUTE, lat=str(lat), lon=str(lon), **({"accuracy": str(accuracy[0])} if accuracy else {}))
    story.tick(NOON + DAY)
    return [(at - NOON) / MINUTE for at in story.moments]


@pytest.mark.parametrize("steps, moments", [
    ([(0, 100)], [0]), ([(0, 900), (1, 100), (2, 50)], [1]), ([(0, 100), (1, 210), (2, 100)], [0]),
    ([(0, 100), (1, 300), (16, 100)], [0, 16]), ([(0, 100), (1, 300), (15, 100)], [0]), ([(0, 100, 201)], []), ([(0, 100, 200)], [0]),
    ([(0, 100), (1, 300, 201), (2, 100)], [0]), ([(5, 900), (1, 100)], []), ([(0, 100), (1, 300), (5, 100), (6, 300), (21, 100)], [0, 21]),
])
def test_when_does_somebody_enter(steps, moments):
    assert walk({"enter": NEAR}, *steps) == moments


def test_does_entering_without_cooldown_always_count():
    assert walk({"enter": NEAR, "cooldown": "none"}, (0, 100), (1, 300), (2, 100)) == [0, 2]


@pytest.mark.parametrize("steps, moments", [([(0, 100), (1, 221)], [1]), ([(0, 100), (1, 219)], []), ([(0, 900)], []), ([(0, 100), (1, 221, 50)], [])])
def test_when_does_somebody_leave(steps, moments):
    assert walk({"exit": NEAR}, *steps) == moments


@pytest.mark.parametrize("steps, moments", [
    ([(0, 100)], [10]), ([(0, 100), (9, 300)], []), ([(0, 100), (10, 300)], [10]), ([(0, 100), (9, 210), (30, 100)], [10]),
    ([(0, 100), (20, 300), (30, 100)], [10]), ([(0, 100), (20, 300), (36, 100)], [10, 46]),
])
def test_when_has_somebody_dwelt(steps, moments):
    assert walk({"dwell": NEAR, "for": "10m"}, *steps) == moments


def test_which_of_two_stores_entered_at_once_is_named():
    two = Places([Store("a", "Far", north(150)), Store("b", "Close", north(50))])
    story = Story({"trigger": {"enter": NEAR}, "push": {"title": "{{store.name}}"}}, places=two)
    story.event("location", lat=str(DAM[0]), lon=str(DAM[1]))
    assert story.titles == ["Close"]


@pytest.mark.parametrize("minutes, verdict", [(0, True), (60, True), (61, None)])
def test_who_is_near(minutes, verdict):
    here = {"lat": str(DAM[0]), "lon": str(DAM[1])}
    assert asked({"near": NEAR}, ("location", NOON - minutes * MINUTE, here), places=SHOP) is verdict


def test_is_somebody_without_a_position_near():
    assert asked({"near": NEAR}, places=SHOP) is None
    assert asked({"near": NEAR}, ("location", NOON, dict(zip(("lat", "lon"), map(str, north(201))))), places=SHOP) is False


def test_how_often_did_somebody_arrive():
    steps = [("location", NOON - back * MINUTE, dict(zip(("lat", "lon"), map(str, north(away)))))
             for back, away in [(90, 900), (80, 100), (70, 210), (60, 100), (50, 900), (40, 0), (45, 500)]]
    assert asked({"visits": NEAR, "times": 2}, *steps, places=SHOP) is True
    assert asked({"visits": NEAR, "within": "80m", "times": 1}, *steps, places=SHOP) is True
    assert asked({"visits": NEAR, "within": "80m"}, places=SHOP) is False


def test_does_each_place_have_its_own_arrivals():
    both = {"stores": "all", "within": "200 m"}
    shops = Places([Store("dam", "Dam", DAM), Store("north", "North", north(300))])
    steps = [("location", NOON - back * MINUTE, dict(zip(("lat", "lon"), map(str, north(away)))))
             for back, away in [(9, 0), (8, 150), (7, 300), (6, 0)]]
    for arrivals, so_far in ((1, 1), (2, 2), (2, 3), (3, 4)):  # the third is in neither place anew; the fourth comes back to the first
        assert asked({"visits": both, "times": arrivals}, *steps[:so_far], places=shops) is True


def test_whose_zone_is_the_customers():
    morning = {"trigger": {"event": "probe"}, "audience": {"local_time": {"from": "13:00", "to": "14:00"}}}  # noon is 13:00 in Amsterdam
    story = Story(morning, places=SHOP)
    assert story.event("probe") == ["no_match"]
    story.event("location", lat=str(north(49_000)[0]), lon=str(DAM[1]))
    assert story.event("probe")[-1] == "sent"
    story.event("profile", timezone="America/New_York")
    assert story.event("probe")[-1] == "no_match"
