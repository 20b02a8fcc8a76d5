"""Recorded streams: a year of groceries (dunnhumby, The Complete Journey) and check-ins in New York (Foursquare), as events."""
import csv
import gzip
import io
import json
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from oracle import partition_of

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
NEW_YORK = ZoneInfo("America/New_York")
NYC = (40.49, 40.93, -74.27, -73.68)  # south, north, west, east
DAY = 86_400_000


def need(*folders):
    missing = [folder for folder in folders if not (DATA / folder).is_dir()]
    if missing:
        pytest.skip(f"no recorded data: {', '.join(missing)} not in ../shared/data")


def rows(path):
    path = DATA / path
    with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else open(path, newline="") as file:
        return list(csv.DictReader(file))


def ms(moment):
    return int(moment.timestamp() * 1000)


def at(text):
    """A local time in New York -> ms."""
    return ms(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK))


def ticks(ts, partitions):
    """For each partition an event that moves its clock on, so that what is still due happens."""
    users = {}
    number = 0
    while len(users) < partitions:
        users.setdefault(partition_of(f"tick-{number}", partitions), f"tick-{number}")
        number += 1
    return [{"type": "tick", "user": user, "ts": str(ts)} for user in users.values()]


# ---- a year of groceries

START = at("2017-01-01T00:05")


def grocery_events(one_in=1):
    """What is known of the households, then their purchases in the order of time; one household in so many."""
    chosen = {row["household_id"] for row in rows("purchases_dunnhumby/demographics.csv")} | \
             {row["household_id"] for row in rows("purchases_dunnhumby/transactions_sample.csv.gz")}
    chosen = {household for household in chosen if int(household) % one_in == 0}
    events = profiles(chosen) + consents(chosen) + purchases(chosen)
    events.sort(key=lambda event: int(event["ts"]))
    return events


def profiles(chosen):
    return [{"type": "profile", "user": row["household_id"], "ts": str(START), "id": f"profile-{row['household_id']}", "age": row["age"],
             "income": row["income"], "kids": row["kids_count"].rstrip("+"), "homes": row["home_ownership"] or "unknown",
             "shoe_size": "42",  # nobody declared it
             **({"timezone": "America/Los_Angeles"} if int(row["household_id"]) % 7 == 0 else {})}
            for row in rows("purchases_dunnhumby/demographics.csv") if row["household_id"] in chosen]


def consents(chosen):
    """The households that the shop's own campaigns were sent to consent; every fifth thinks better of it in summer."""
    targeted = sorted({row["household_id"] for row in rows("purchases_dunnhumby/campaigns.csv")} & chosen, key=int)
    granted = [consent(household, START, "granted") for household in targeted]
    return granted + [consent(household, at("2017-07-01T12:00"), "revoked") for household in targeted if int(household) % 5 == 0]


def consent(household, ts, state):
    return {"type": "consent", "user": household, "ts": str(ts), "purpose": "marketing", "state": state, "source": "counter"}


def purchases(chosen):
    products = {row["product_id"]: row for row in rows("purchases_dunnhumby/products.csv.gz")}
    lines = [row for row in rows("purchases_dunnhumby/transactions_sample.csv.gz") if row["household_id"] in chosen]
    lines.sort(key=lambda row: row["transaction_timestamp"])
    return [purchase(number, row, products.get(row["product_id"], {})) for number, row in enumerate(lines)]


def purchase(number, row, product):
    moment = datetime.strptime(row["transaction_timestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    event = {"type": "purchase", "user": row["household_id"], "id": f"line-{number}", "ts": str(ms(moment)), "line": str(number),
             "amount": row["sales_value"], "quantity": row["quantity"], "item": row["product_id"], "store": row["store_id"],
             "basket": row["basket_id"], "discount": row["retail_disc"],
             "category": product.get("product_category", ""), "department": product.get("department", "")}
    return {name: value for name, value in event.items() if value != ""}


# ---- check-ins in New York

def checkin_events(one_in=1):
    """The check-ins of one person in so many, in the order of time."""
    visits = [row for name in ("NYC_val", "NYC_test") for row in rows(f"checkins_nyc_foursquare/{name}.csv")]
    visits = [(ms(datetime.strptime(row["UTC_time"], "%a %b %d %H:%M:%S %z %Y")), row) for row in visits if int(row["user_id"]) % one_in == 0]
    visits.sort(key=lambda visit: visit[0])
    return [checkin(number, ts, row) for number, (ts, row) in enumerate(visits)]


def checkin(number, ts, row):
    event = {"type": "location", "user": row["user_id"], "id": f"checkin-{number}", "ts": str(ts), "lat": row["latitude"],
             "lon": row["longitude"], "venue": row["POI_catname"], "line": str(number)}
    if number % 5 == 0:  # some telephones tell how sure they are
        event["accuracy"] = str((number // 5 % 8) * 25)
    return event


def starbucks_csv():
    """The stores in the box of New York, as a file of stores/: id, name, lat, lon, city."""
    text = (DATA / "stores_starbucks_us_ca" / "starbucks.csv").read_bytes().decode("latin-1").replace("\r", "\n")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "name", "lat", "lon", "city"])
    for number, row in enumerate(csv.DictReader(io.StringIO(text.partition("\n")[2]))):
        lat, lon = float(row["latitude"]), float(row["longitude"])
        if NYC[0] <= lat <= NYC[1] and NYC[2] <= lon <= NYC[3]:
            writer.writerow([f"s{number}", row["address"], row["latitude"], row["longitude"], row["city"]])
    return out.getvalue()


def neighbourhoods():
    """A Feature a line."""
    return (DATA / "polygons_nyc_neighborhoods" / "nyc_neighborhoods_wgs84.geojson").read_text()


def neighbourhood_names():
    return sorted({json.loads(line)["properties"]["NAME"] for line in neighbourhoods().splitlines() if line.strip()})
