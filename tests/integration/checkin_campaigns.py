"""Campaigns about places: coffee shops within a walk, and neighbourhoods."""
from grocery_campaigns import campaign

VILLAGES = ["Greenwich Village", "West Village", "East Village", "Soho"]
MIDTOWN = ["Midtown", "Garment District", "Murray Hill", "Gramercy"]
COFFEE = {"stores": "all", "within": "150 m"}
SETTINGS = {"max_accuracy": 100, "history": {"days": 3650, "events": 60000}}
STORE = "{{store.name | default: 'nowhere'}} {{store.id}} {{store.city}}"

CAMPAIGNS = [
    campaign("coffee", {"enter": COFFEE, "cooldown": "1h"}, title=STORE),
    campaign("coffee-again", {"enter": COFFEE, "cooldown": "none"}, {"visits": COFFEE, "within": "30d", "times": {"gte": 3}}, title=STORE,
             frequency_cap=["1 per 7d"]),
    campaign("coffee-goodbye", {"exit": COFFEE}, {"local_time": {"from": "06:00", "to": "22:00"}}, title=STORE),
    campaign("about", {"enter": {"stores": "all", "within": "1.5 km"}, "cooldown": "6h"}, title=STORE, frequency_cap=["3 per 1d"]),
    campaign("about-often", {"event": "location", "where": {"venue": {"contains": "Coffee"}}},
             {"visits": {"stores": "all", "within": "1.5 km"}, "within": "14d", "times": {"gte": 5, "lt": 12}}, title="{{venue}}"),
    campaign("village", {"enter": {"areas": VILLAGES}}, title="{{venue}}"),
    campaign("villager", {"enter": {"areas": VILLAGES}, "cooldown": "12h"}, {"visits": {"areas": VILLAGES}, "times": {"gt": 2}}, title="{{venue}}"),
    campaign("left-midtown", {"exit": {"areas": MIDTOWN}}, title="{{venue}}", frequency_cap=["1 per 1d"]),
    campaign("midtown", {"dwell": {"areas": MIDTOWN}, "for": "90m", "cooldown": "2h"}, title="long day", body="{{campaign}} {{user}}"),
    campaign("long-coffee", {"dwell": COFFEE, "for": "45m"}, title=STORE, body="{{campaign}} {{user}}"),
    campaign("bar-by-coffee", {"event": "location", "where": {"venue": "Bar"}}, {"near": {"stores": "all", "within": "0.3 km"}}, title="{{venue}}"),
    campaign("park", {"event": "location", "where": {"venue": {"contains": "Park"}}},
             {"not": {"near": {"areas": ["Central Park", "Upper West Side", "Upper East Side"]}, "fresh": "10m"}}, title="{{venue | upcase}}"),
]
