"""A load that can be checked to the last cent: unique purchases, and what they must come to, reckoned by the test itself.

N unique events go in. However the daemon, Redis or the receiver may fail in between, afterwards each customer's counts and sums are exactly
right, each push that should exist arrived under one id of its own, and nothing is pending.
"""
from collections import Counter, defaultdict
from decimal import Decimal

from harness import CANARIES
from waiting import PATIENCE

BATCH = 64  # events a commit: small, so that a load takes many
# Pushes that may have been sent without their outcome being kept, when a process or its line to Redis dies: those of one commit.
WINDOW = 256  # pushes a receiver may have accepted while a turn is decided and committed, in all partitions of one instance: their settlement dies with it
SETTINGS = {"batch": BATCH, "lease": "1s"}


def campaign(name, trigger, **more):
    return {"name": name, "trigger": trigger, "push": {"title": name, "body": "{{event.line}}"}, **more}


CAMPAIGNS = [campaign("thanks", {"event": "purchase", "where": {"gift": "yes"}}),
             campaign("later", {"event": "purchase", "where": {"later": "yes"}}, delay="300ms")]


def letter(number, due):
    """A campaign that goes through all customers once, at an instant (ms)."""
    return {"name": f"letter-{number}", "trigger": {"schedule": {"at": due}}, "push": {"title": "letter", "body": "{{user}}"}}


class Load:
    def __init__(self, site, customers=20):
        self.site, self.customers = site, [f"c{number}" for number in range(customers)]
        self.forget()
        self.published = 0

    def forget(self):
        """What was is no more: Redis lost it all."""
        self.stats = defaultdict(lambda: {"count": 0, "amount": Decimal(0)})
        self.pushes = Counter()
        self.lost = set(self.site.inbox.pushes)  # arrived before

    # ---- events

    def introduce(self):
        """Each customer's telephone and whereabouts, which no log may tell."""
        self.site.publish(event for user in self.customers for event in (
            {"type": "device", "user": user, "token": f"{CANARIES['token']}-{user}", "platform": "android", "locale": "en"},
            {"type": "location", "user": user, "lat": CANARIES["position"], "lon": "-73.9900001"}))

    def events(self, count):
        """Purchases, reckoned as published."""
        for number in range(self.published, self.published + count):
            event = purchase(number, self.customers)
            self.reckon(event)
            yield event
        self.published += count

    def reckon(self, event):
        stats = self.stats[event["user"]]
        stats["count"] += 1
        stats["amount"] += Decimal(event["amount"])
        for name, word in (("thanks", "gift"), ("later", "later")):
            if word in event:
                self.pushes[name, event["line"]] += 1

    def publish(self, count):
        self.site.publish(self.events(count))

    def expect_letter(self, number):
        for user in self.customers:
            self.pushes[f"letter-{number}", user] += 1

    # ---- what must hold

    def verify(self, crashes=0, patience=PATIENCE):
        """crashes: how often a process or a line died, which may have repeated the pushes under way."""
        self.site.wait_drained(patience, timers=True)
        self.verify_cards()
        self.verify_pushes()
        assert self.site.inbox.duplicates <= crashes * WINDOW, f"{self.site.inbox.duplicates} duplicates after {crashes} crashes"

    def verify_cards(self):
        for user, wanted in self.stats.items():
            row = self.site.card(user)["stats"]["purchase"]
            assert (row["count"], Decimal(row["amount"])) == (wanted["count"], wanted["amount"]), f"customer {user}"

    def verify_pushes(self):
        """Each that should exist arrived under exactly one id; no other did."""
        got = Counter((arrival.campaign, arrival.body) for push_id, arrival in self.site.inbox.pushes.items() if push_id not in self.lost)
        missing, extra = self.pushes - got, got - self.pushes
        assert not missing, f"{sum(missing.values())} of {sum(self.pushes.values())} pushes never came: {list(missing)[:5]}; {self.site.stats()}"
        assert not extra, f"{sum(extra.values())} pushes too many, under ids of their own: {list(extra)[:5]}"


def purchase(number, customers):
    return {"type": "purchase", "user": customers[number % len(customers)], "id": f"e{number}", "line": str(number),
            "amount": f"{number % 97}.{number % 100:02}", "note": CANARIES["payload"],
            **({"gift": "yes"} if number % 4 == 0 else {}), **({"later": "yes"} if number % 10 == 3 else {})}
