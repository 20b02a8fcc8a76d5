#!/usr/bin/env python3
"""Dependencies point one way: daemon -> admin -> conf, store, push -> engine -> rules -> model -> base, and never sideways.

Looks at each #include "…" of src/ and include/nudge/: another room is reached through its contract headers alone, and only if it lies lower.
    arrows.py [FOLDER]    prints file:line: what is wrong; exit 1 if anything is
"""
import re
import sys
from pathlib import Path

# Each room: how high it lies, and the contract headers that are its own.
ROOMS = {
    "base": (0, "arena buf clock crash crc16 doc error heap listen log map mem metrics num reason redis_url str"),
    "model": (1, "customer event geo value zone"),
    "rules": (2, "limits rules template"),
    "engine": (3, "engine"),
    "conf": (4, "conf"),
    "store": (4, "cache commit keys lease redis"),
    "push": (4, "push"),
    "admin": (5, "admin"),
    "daemon": (6, ""),
    "ctl": (6, ""),
}
# reason.h is base's: the list of reasons is a word of every room, also of the metrics. Its texts are in src/model.
ALSO = {("conf", "push")}  # the options of providers are push.h's struct, which conf fills
PURE = {"model", "rules", "engine"}
WORLD = re.compile(r"<(event2|hiredis|curl|systemd|netinet|arpa)/|<sys/(socket|inotify)\.h>|<(netdb|poll)\.h>")
ROOM_OF = {f"nudge/{name}.h": room for room, (_, names) in ROOMS.items() for name in names.split()}
INCLUDE = re.compile(r'\s*#\s*include\s+(["<][^">]+[">])')


def room_of(path):
    return ROOM_OF.get(f"nudge/{path.name}") if path.parent.name == "nudge" else path.parent.name


def wrong(path, included):
    """What is wrong with this include in this file; None if nothing."""
    room, name = room_of(path), included.strip('"<>')
    if included.startswith("<"):
        return f"{room} is pure and has nothing to do with <{name}>" if room in PURE and WORLD.match(included) else None
    if not name.startswith("nudge/"):
        return None if (path.parent / name).is_file() and "/" not in name else f'"{name}" is not a header of its own folder'
    target = ROOM_OF.get(name)
    if not target:
        return f'"{name}" belongs to no room: tests/arrows.py has the table'
    lower = ROOMS[target][0] < ROOMS[room][0]
    return None if target == room or lower or (room, target) in ALSO else f'{room} must not use {target}\'s "{name}"'


def complaints(root):
    """path:line: what, for each."""
    headers = sorted((root / "include" / "nudge").glob("*.h"))
    for name in sorted(ROOM_OF.keys() - {f"nudge/{path.name}" for path in headers}):
        yield f"tests/arrows.py: {name} is in the table, but there is no such header"
    for path in headers + sorted((root / "src").glob("*/*.[ch]")):
        place = path.relative_to(root)
        if room_of(path) not in ROOMS:
            yield f"{place}:1: belongs to no room: tests/arrows.py has the table"
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = INCLUDE.match(line)
            what = found and wrong(path, found[1])
            if what:
                yield f"{place}:{number}: {what}"


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1]).resolve()
    found = list(complaints(root))
    print("".join(f"{line}\n" for line in found), end="")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
