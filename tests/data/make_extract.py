#!/usr/bin/env python3
"""Makes purchases.csv and households.csv, the extract that `make run` plays, from ../shared/data/purchases_dunnhumby.

Of the households with demographics, those that buy most often what the sample campaigns are about, until the file is large enough:
one after another the best not yet chosen of each list in INTERESTS. Their purchases of the year are all there, none is changed; only the
moment is written as a day (0 = 1 January) and a time in New York, and the product's number gives way to its category and department.
"""
import csv
import gzip
import itertools
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[2] / "shared" / "data" / "purchases_dunnhumby"
SIZE = 380_000  # bytes of purchases.csv, at most
NEW_YORK = ZoneInfo("America/New_York")
PURCHASE = ["household", "day", "time", "basket", "store", "product_category", "department", "quantity", "amount"]
HOUSEHOLD = ["household", "age", "income", "household_comp", "kids_count"]
INTERESTS = [lambda line: line["product_category"] == "SOFT DRINKS",
             lambda line: line["product_category"] == "BEERS/ALES",
             lambda line: line["product_category"] == "FROZEN PIZZA",
             lambda line: float(line["amount"]) > 40]


def rows(name):
    path = SOURCE / name
    with (gzip.open(path, "rt", newline="") if name.endswith(".gz") else open(path, newline="")) as file:
        yield from csv.DictReader(file)


def purchase(row, product):
    moment = datetime.strptime(row["transaction_timestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).astimezone(NEW_YORK)
    day = (moment.date() - datetime(2017, 1, 1).date()).days
    return {"household": row["household_id"], "day": day, "time": f"{moment:%H:%M:%S}", "basket": row["basket_id"],
            "store": row["store_id"], "product_category": product.get("product_category", ""),
            "department": product.get("department", ""), "quantity": row["quantity"], "amount": row["sales_value"]}


def purchases(households):
    """{household: its lines in the order of time}"""
    products = {row["product_id"]: row for row in rows("products.csv.gz")}
    lines = {household: [] for household in households}
    for row in rows("transactions_sample.csv.gz"):
        if row["household_id"] in lines:
            lines[row["household_id"]].append(purchase(row, products.get(row["product_id"], {})))
    for own in lines.values():
        own.sort(key=lambda line: (line["day"], line["time"], line["basket"]))
    return lines


def ranking(lines, interest):
    """Households by how often they bought it, those that never did left out."""
    often = {household: sum(map(interest, own)) for household, own in lines.items()}
    return sorted((household for household in often if often[household]), key=lambda household: (-often[household], int(household)))


def candidates(lines):
    """The first of each ranking, then the second of each …"""
    for place in itertools.zip_longest(*(ranking(lines, interest) for interest in INTERESTS)):
        yield from filter(None, place)


def choose(lines):
    chosen, size = set(), 0
    for household in candidates(lines):
        more = sum(len(",".join(map(str, line.values()))) + 1 for line in lines[household])
        if household not in chosen and size + more <= SIZE:
            chosen.add(household)
            size += more
    return sorted(chosen, key=int)


def write(name, columns, content):
    with open(HERE / name, "w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(content)


def main():
    households = {row["household_id"]: {"household": row["household_id"], **row} for row in rows("demographics.csv")}
    lines = purchases(households)
    chosen = choose(lines)
    write("purchases.csv", PURCHASE, (line for household in chosen for line in lines[household]))
    write("households.csv", HOUSEHOLD, (households[household] for household in chosen))


if __name__ == "__main__":
    main()
