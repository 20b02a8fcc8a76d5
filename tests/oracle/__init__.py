"""The campaign language, a second time: slow, small and independent, to be compared with the daemon push by push.

Written from conf/README.md alone. Events go in, in the order of the stream; out come the pushes and the decisions, each with its
reason. Money is Decimal, zones are zoneinfo, places are found by looking at every one of them. Verdicts have three values: True, False and
None (unknown). Times are ms since the epoch.

    oracle = Oracle(settings, campaigns, segments, places)
    for fields in events: oracle.publish(fields)
    oracle.pushes, oracle.decisions, oracle.customers
"""
from .engine import Decision, Oracle, Push
from .event import Event
from .partition import crc16, partition_of
from .places import Places
from .rules import Settings

__all__ = ["Decision", "Event", "Oracle", "Places", "Push", "Settings", "crc16", "partition_of"]
