"""Customers: real households and what they bought, with all else that an app would tell of them made up.

Real (tests/data): who bought what, where, when and for how much. Made up: first names, languages, the age within its bracket, tastes (from what they
buy), consents, devices, positions, app use. The source holds about one line in twenty of what was bought; so that a customer's weeks
are as full as in life, their time runs SQUEEZE times as fast.

A customer has a history, and a story that is told now: a walk past a store, a visit, a purchase. Each event has its own time; a story may have
begun some while ago, so that what a campaign waits for (ten minutes after a purchase, half an hour after a visit) happens now.
"""
import csv
import json
import random
from datetime import datetime, timedelta
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data"
SQUEEZE = 5
DAY = 86400
METRES = 1 / 111_195  # degrees of latitude
NAMES = """Ada Alma Amos Anna Arlo Beth Boris Carl Cleo Cora Dana Dario Della Ed Elsa Emil Enzo Esme Ezra Faye Finn Flora Gus Hana Hugo Ida
Igor Inez Iris Ivo Jan Jo Juno Kai Kira Kurt Lena Leo Lila Lola Luis Mae Marta Max Mei Milo Mona Nell Nico Nina Noa Olga Omar Otto Pia Rafa
Rita Rosa Ruth Sami Sara Sven Tara Teo Tess Theo Uma Vera Vito Wim Yara Yves Zoe""".split()
TASTES = {"BEERS/ALES": "beer", "SOFT DRINKS": "soda", "FROZEN PIZZA": "pizza", "FLUID MILK PRODUCTS": "milk"}


class Household:
    def __init__(self, row):
        self.id, self.lines = row["household"], []
        low, _, high = row["age"].rstrip("+").partition("-")
        self.age = (int(low) + int(high or low)) // 2

    def add(self, row):
        moment = datetime(2017, 1, 1) + timedelta(days=int(row["day"]))
        hours, minutes, seconds = map(int, row["time"].split(":"))
        row["at"] = (moment.timestamp() + hours * 3600 + minutes * 60 + seconds) / SQUEEZE
        self.lines.append(row)

    def baskets(self):
        """[[line, …], …] in the order of time."""
        baskets = {}
        for line in self.lines:
            baskets.setdefault(line["basket"], []).append(line)
        return list(baskets.values())


def households():
    with open(DATA / "households.csv", newline="") as file:
        found = {row["household"]: Household(row) for row in csv.DictReader(file)}
    with open(DATA / "purchases.csv", newline="") as file:
        for row in csv.DictReader(file):
            found[row["household"]].add(row)
    return list(found.values())


def stores(folder):
    """[{id, name, lat, lon}, …] of the CSV files in it."""
    found = []
    for path in sorted(Path(folder).glob("*.csv")):
        with open(path, newline="") as file:
            found += [{**row, "lat": float(row["lat"]), "lon": float(row["lon"])} for row in csv.DictReader(file)]
    return found


class Event:
    def __init__(self, at, told, **fields):
        self.at, self.told, self.fields = at, told, fields


class Customer:
    """A household in one round of the demonstration."""

    def __init__(self, household, number, shops):
        self.household = household
        self.user = household.id if number == 0 else f"{household.id}-{number + 1}"
        self.luck = random.Random(self.user)
        self.name = NAMES[int(household.id) * 7 % len(NAMES)] if number == 0 else self.luck.choice(NAMES)
        self.shop = self.luck.choice(shops)
        self.serial = 0
        baskets = household.baskets()
        chosen = self.basket_choose(baskets, number)
        self.basket = baskets[chosen]
        self.before = [line for earlier in baskets[:chosen] for line in earlier]
        self.plot, self.lead, self.tell = self.story()

    def begin(self, joined, slot):
        """All its events. joined: when its consents are given; slot: when its story's push would come. Seconds since 1970."""
        self.begins, self.joined = slot - self.lead, joined
        history = self.purchases(self.before, -self.basket[0]["at"])
        events = sorted(history + self.past_visits(), key=lambda event: event.at) + self.introduction() + self.tell()
        for event in events:
            self.finish(event)
        self.told = {event.fields["ts"]: event.told for event in events if "ts" in event.fields}
        return events

    # ---- which purchase the story is about

    def bought(self, lines, category, days):
        """How often, in the days before the last of the lines."""
        return [line for line in lines if line["product_category"] == category and line["at"] > lines[-1]["at"] - days * DAY]

    def basket_choose(self, baskets, number):
        """In the second half of the household's year, so that there is a history; another one in each round."""
        second = range(len(baskets) // 2, len(baskets))
        telling = [i for i in second if self.is_telling([line for basket in baskets[:i + 1] for line in basket], baskets[i])]
        return self.luck.choice(telling or second) if number else (telling or second)[-1]

    def is_telling(self, so_far, basket):
        soda = any(line["product_category"] == "SOFT DRINKS" and float(line["amount"]) >= 3 for line in basket)
        return (soda and len(self.bought(so_far, "SOFT DRINKS", 30)) >= 4) or self.is_large(basket)

    def is_large(self, basket):
        return any(float(line["amount"]) > 40 for line in basket)

    # ---- stories

    def story(self):
        """What it is about, how long after its beginning the push would come, and what tells it."""
        so_far = self.before + self.basket
        beer = sum(float(line["amount"]) for line in self.bought(so_far, "BEERS/ALES", 60))
        milk = self.bought(so_far, "FLUID MILK PRODUCTS", 365)
        if self.is_telling(so_far, self.basket):
            return ("large", 100, self.buys) if self.is_large(self.basket) else ("soda", 700, self.buys)
        if beer >= 20 and self.household.age >= 21:
            return "beer", 360, lambda: self.looks_round(stays=420)
        if milk and milk[-1]["at"] < so_far[-1]["at"] - 5 * DAY:
            return "milk", 40, self.walks_past
        return self.luck.choice([("visit", 2200, lambda: self.looks_round(stays=340)), ("purchase", 195, self.buys)])

    def walks_past(self):
        return [self.position(0, 900), self.position(40, 220), self.leaves(90, 1000)]

    def looks_round(self, stays):
        return [self.position(0, 900), self.position(60, 25), self.leaves(60 + stays, 700)]

    def buys(self):
        return [self.app("app_open", 0), self.position(30, 400), self.position(60, 20), *self.purchases(self.basket, 100 - self.basket[0]["at"]),
                self.app("app_close", 135, screen="receipt"), self.leaves(200, 800)]

    # ---- events; times are from the story's beginning until finish()

    def position(self, at, metres, told="came to {metres} m from {shop}"):
        side = self.luck.choice([-1, 1])
        return Event(at, told.format(metres=metres, shop=self.shop["name"]), type="location", accuracy=15,
                     lat=f"{self.shop['lat'] + side * metres * METRES:.5f}", lon=f"{self.shop['lon']:.5f}")

    def leaves(self, at, metres):
        return self.position(at, metres, "left {shop}")

    def app(self, type, at, **fields):
        told = {"app_open": "opened the app", "app_close": "closed the app"}[type]
        return Event(at, told + "".join(f" at the {value}" for value in fields.values()), type=type, **fields)

    def purchases(self, lines, shift):
        """Lines of a basket a second apart, as a till reads them."""
        events, last = [], float("-inf")
        for line in lines:
            last = max(line["at"] + shift, last + 1)
            told = f"bought {line['product_category'] or 'something'} for ${line['amount']} at {self.shop['name']}"
            events.append(Event(last, told, type="purchase", category=line["product_category"], department=line["department"],
                                amount=line["amount"], currency="USD", quantity=line["quantity"], store=self.shop["id"], basket=line["basket"]))
        return events

    def past_visits(self):
        """To the app, on some of the days before."""
        visits = [self.app("app_open", -DAY * (day + self.luck.random())) for day in range(1, 9) if self.luck.random() < 0.6]
        if self.luck.random() < 0.1:
            visits.append(Event(-40 * DAY, "wrote a review", type="review", rating=self.luck.randint(3, 5)))
        return visits

    def introduction(self):
        """The consents are given now, after what has happened already: of that, only what waits for its time can lead to a push."""
        tastes = sorted({TASTES[line["product_category"]] for line in self.before if line["product_category"] in TASTES})
        profile = {"first_name": self.name, "age": self.household.age, "tastes": tastes, "loyalty_opt_in": self.luck.random() < 0.9,
                   "language": "es" if self.luck.random() < 0.15 else "en"}
        granted = ["service"] + ["marketing"] * (self.luck.random() < 0.87)
        known = min(-30, self.joined - self.begins)
        return [Event(known, "", type="profile", json=profile),
                Event(known, "", type="device", platform=self.luck.choice(["ios", "android"]), token=f"made-up-{self.user}", locale="en-US"),
                *(Event(self.joined - self.begins, "", type="consent", purpose=purpose, state="granted", source="demo", text_version="1") for purpose in granted)]

    def finish(self, event):
        """Its own time and id; no two of a customer's events have the same time."""
        self.serial += 1
        event.at = round(self.begins + event.at, 3) + self.serial * 0.001
        event.fields = {name: value for name, value in event.fields.items() if value != ""}
        event.fields |= {"user": self.user, "id": f"{self.user}:{self.serial}", "ts": round(event.at * 1000)}
        if "json" in event.fields:
            whole = event.fields.pop("json") | event.fields
            event.fields = {"json": json.dumps(whole, ensure_ascii=False)}

    def opens(self, push, now):
        """The push is opened a while after it came."""
        event = Event(now + self.luck.uniform(2, 20) - self.begins, "", type="push_opened", push=push["id"], campaign=push["campaign"])
        self.finish(event)
        return event
