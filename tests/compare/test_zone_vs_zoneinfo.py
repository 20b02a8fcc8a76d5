"""Every zone against Python's zoneinfo, 1970 to 2100: around each change, on a grid, and from local time back.

Both read the same files; nothing else is shared. Where the changes lie is taken from the files by a reader of
its own (here) and from zoneinfo by bisection, so a change that Nudge does not know is asked about all the same.
"""
import array
import concurrent.futures
import datetime
import os
import pathlib
import random
import shutil
import struct
import subprocess
import zoneinfo

import pytest

import probe

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1)
EPOCH_UTC = EPOCH.replace(tzinfo=UTC)
DAY = 86400
END = 4133980800  # 2101-01-01
GRID = 5 * DAY + 3607  # wanders through the hours of the day
SYSTEM = "/usr/share/zoneinfo"


@pytest.fixture(scope="session", autouse=True)
def probes():
    probe.build()


def zone_python(directory, name):
    with open(os.path.join(directory, name), "rb") as f:
        return zoneinfo.ZoneInfo.from_file(f, key=name)


def offset_python(zone, at):
    local = (EPOCH_UTC + datetime.timedelta(seconds=at)).astimezone(zone)
    delta = local.utcoffset()
    return delta.days * DAY + delta.seconds


def instant_python(zone, local):
    at = (EPOCH + datetime.timedelta(seconds=local)).replace(tzinfo=zone)
    delta = at.utcoffset()  # fold=0: the first of two; in a gap the offset before it
    return local - (delta.days * DAY + delta.seconds)


def changes_of_file(directory, name):
    data = pathlib.Path(directory, name).read_bytes()
    isut, isstd, leap, times, types, chars = struct.unpack(">6l", data[20:44])
    second = 44 + times * 5 + types * 6 + chars + leap * 8 + isstd + isut
    times = struct.unpack(">l", data[second + 32:second + 36])[0]
    return struct.unpack(f">{times}q", data[second + 44:second + 44 + times * 8])


def changes_by_bisection(grid, offsets, zone):
    for a, b, before, after in zip(grid, grid[1:], offsets, offsets[1:]):
        if before == after:
            continue
        while b - a > 1:
            middle = (a + b) // 2
            if offset_python(zone, middle) == before:
                a = middle
            else:
                b = middle
        yield b


def questions(directory, name, zone):
    """Instants and local times worth asking about, and how many changes are among them."""
    start = random.Random(name).randrange(GRID)
    grid = range(start, END, GRID)
    offsets = [offset_python(zone, at) for at in grid]
    changes = set(changes_by_bisection(grid, offsets, zone))
    changes.update(at for at in changes_of_file(directory, name) if 0 < at < END)
    near = sorted({at + d for at in changes for d in (-1, 0, 1)})
    locals_ = set(range(start, END, GRID * 3))
    for change in changes:
        around = {offset_python(zone, change - 1), offset_python(zone, change)}
        for edge in (change + offset for offset in around):
            locals_.update(edge + d for d in (-1801, -1, 0, 1, 1801))
    return list(grid) + near, sorted(locals_), len(changes)


def answers(ours, name, question, numbers, form):
    stdin = array.array("q", numbers).tobytes()
    return array.array(form, probe.ask("zone_probe", ours, name, question, stdin=stdin)).tolist()


def compare(job):
    """Our answers from the folder `ours`; right is what zoneinfo says from any of the folders `theirs`."""
    name, ours, theirs = job
    zones = [zone_python(directory, name) for directory in theirs]
    instants, locals_, changes = questions(theirs[-1], name, zones[-1])
    wrong = []
    for what, python, numbers, form in (("offset", offset_python, instants, "i"),
                                        ("instant", instant_python, locals_, "q")):
        got = answers(ours, name, what, numbers, form)
        assert len(got) == len(numbers)
        for number, answer in zip(numbers, got):
            if not any(answer == python(zone, number) for zone in zones):
                wrong.append(f"{name}: {what} of {number} is {answer}, not {python(zones[-1], number)}")
    return wrong, len(instants) + len(locals_), changes


def zone_names(directory):
    return probe.ask("zone_probe", directory, "-", "names").decode().split()


def compare_all(names, ours, theirs):
    with concurrent.futures.ProcessPoolExecutor() as pool:
        results = list(pool.map(compare, [(name, ours, theirs) for name in names], chunksize=8))
    wrong = [line for lines, _, _ in results for line in lines]
    changes, asked = sum(c for _, _, c in results), sum(n for _, n, _ in results)
    print(f"{len(names)} zones, {changes} changes, {asked} questions")
    assert not wrong, "\n".join(wrong[:20])


def test_nudge_lists_every_zone_that_python_knows():
    zoneinfo.reset_tzpath([SYSTEM])
    assert zoneinfo.available_timezones() <= set(zone_names(SYSTEM)) | {"localtime"}


def test_every_zone_of_the_system_agrees_with_zoneinfo():
    compare_all(zone_names(SYSTEM), SYSTEM, [SYSTEM])


def zones_compile(form, directory):
    zic = shutil.which("zic", path="/usr/sbin:/usr/bin")
    source = pathlib.Path(SYSTEM, "tzdata.zi")
    if not zic or not source.exists():
        pytest.skip("no zic or no tzdata.zi on this machine")
    subprocess.run([zic, "-b", form, "-d", directory, source], check=True, stderr=subprocess.DEVNULL)
    return str(directory)


def test_slim_files_agree_with_zoneinfo(tmp_path):
    """Fat files have a table up to 2037, slim ones leave all that to the rule at the end, and mean the same.

    Where the two differ, either will do: zic 2.36 forgets Gaza's last Ramadans in a slim file, and zoneinfo asks
    the rule of a slim file about local times (of Ojinaga, 2022, about weeks) before it was in force.
    """
    slim, fat = zones_compile("slim", tmp_path / "slim"), zones_compile("fat", tmp_path / "fat")
    names = {os.stat(os.path.join(slim, name)).st_ino: name for name in zone_names(slim)}  # one of each link
    assert len(names) > 300
    compare_all(sorted(names.values()), slim, [slim, fat])
