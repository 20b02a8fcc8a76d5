"""The grocer's campaigns: between them they use every condition that a history of purchases can answer."""

LINE = "{{campaign}} {{user}} {{event.line}}"  # names its cause, so that each push can be told from each other
ATTRIBUTES = {"age": {"type": "text", "purpose": "marketing"}, "income": {"type": "text", "purpose": "marketing"},
              "kids": {"type": "number", "purpose": "marketing"}, "homes": {"type": "text", "purpose": "marketing"},
              "timezone": {"type": "text", "purpose": "service"}}
NIGHT = {"from": "21:00", "to": "08:00"}
SETTINGS = {"frequency_cap": ["2 per 1d", "8 per 7d"], "history": {"days": 3650, "events": 60000}}

SEGMENTS = [
    {"name": "regulars", "description": "Three times in a month",
     "audience": {"performed": "purchase", "within": "30d", "times": {"gte": 3}}},
    {"name": "spending-regulars", "description": "… and not little",
     "audience": {"all": [{"segment": "regulars"}, {"performed": "purchase", "within": "60d", "sum": {"property": "amount", "gte": 40}}]}},
]


def campaign(name, trigger, audience=None, body=LINE, title="{{amount | default: '0' | money}} {{category | default: 'all' | downcase}}", **more):
    return {"name": name, "trigger": trigger, "push": {"title": title, "body": body, "url": "app://{{campaign}}"},
            **({"audience": audience} if audience else {}), **more}


def bought(**where):
    return {"event": "purchase", **({"where": where} if where else {})}


CAMPAIGNS = [
    campaign("big-spender", bought(), {"performed": "purchase", "within": "30d", "sum": {"property": "amount", "gte": 60}},
             frequency_cap=["1 per 30d"], priority=70),
    campaign("snacker", bought(category="BAG SNACKS"),
             {"performed": "purchase", "within": "60d", "where": {"category": {"in": ["BAG SNACKS", "POPCORN"]}}, "times": {"gte": 3}},
             frequency_cap=["2 per 60d"], quiet_hours={**NIGHT, "then": "defer"}),
    campaign("fair-average", bought(),
             {"all": [{"performed": "purchase", "within": "90d", "times": {"gte": 3, "lt": 9}, "average": {"property": "amount", "gte": 3.5}},
                      {"local_time": {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:30"}}]},
             frequency_cap=["1 per 7d"], priority=40),
    campaign("welcome", bought(), {"performed": "purchase", "times": 1}, priority=90, quiet_hours={**NIGHT, "then": "defer"}),
    campaign("back-to-meat", bought(),
             {"performed": "purchase", "where": {"department": "MEAT"}, "last": {"before": "45d"}}, frequency_cap=["1 per 45d"]),
    campaign("quarter-with-us", bought(), {"performed": "purchase", "first": {"before": "90d"}}, frequency_cap=["1 per 26w"]),
    campaign("families", bought(department={"in": ["GROCERY", "PRODUCE"]}, amount={"gte": 4}),
             {"all": [{"attribute": "kids", "gte": 2}, {"not": {"attribute": "income", "eq": "Under 15K"}}]},
             purpose="marketing", priority=80, frequency_cap=["2 per 14d"]),
    campaign("owners", bought(quantity={"gt": 1}), {"any": [{"attribute": "homes", "starts_with": "Home"}, {"attribute": "age", "eq": "65+"}]},
             purpose="marketing", priority=30, expires="12h", quiet_hours={"from": "18:00", "to": "07:30", "then": "defer"}),
    campaign("thirsty", bought(category="SOFT DRINKS"), delay="2d", unless={"performed": "purchase", "within": "1d"}, expires="3d",
             quiet_hours={**NIGHT, "then": "drop"}),
    campaign("fuel", bought(department="FUEL", amount={"gte": 20}), delay="30m", quiet_hours={**NIGHT, "then": "defer"}, priority=60,
             unless={"performed": "purchase", "where": {"department": "PASTRY"}, "within": "30m"}),
    campaign("dear-and-cheap", bought(),
             {"performed": "purchase", "within": "14d", "max": {"property": "amount", "gte": 15}, "min": {"property": "amount", "lt": 1}},
             frequency_cap=["1 per 14d"], starts="2017-03-01", ends="2017-10-01T12:00"),
    campaign("discounted", bought(discount={"gt": 2}), {"all": [{"segment": "spending-regulars"}, {"property": "category", "exists": True}]},
             purpose="marketing", frequency_cap=["3 per 30d"], quiet_hours={"from": "00:30", "to": "06:00", "then": "drop"}, priority=55),
    campaign("monday-letter", {"schedule": {"every": {"days": ["mon"], "time": "10:30"}}},
             {"performed": "purchase", "within": "7d", "times": {"gte": 3}, "sum": {"property": "amount", "gt": 10}},
             title="{{user}}, your week", body="{{campaign}}", starts="2017-02-01", priority=20),
    campaign("half-time", {"schedule": {"at": "2017-06-30T12:15", "zone": "America/New_York"}}, {"segment": "regulars"},
             title="{{age | default: '?' | upcase}}", body="{{campaign}}", purpose="marketing"),
]
