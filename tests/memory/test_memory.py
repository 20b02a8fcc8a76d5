"""Out of memory: whichever allocation fails, nudgectl ends with what is right or says that memory is out. It never calls a good file bad, and never crashes.

NUDGE_BUILD names another build; NUDGE_MEMORY_STEPS how many of the allocations are made to fail (0: all).
"""
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("NUDGE_BUILD") or ROOT / "build").resolve()
STEPS = int(os.environ.get("NUDGE_MEMORY_STEPS", 250))
EXHAUSTED = "out of memory: ending; nothing committed is lost"

pytestmark = pytest.mark.skipif("asan" in BUILD.parts, reason="a sanitizer brings its own malloc")


@pytest.fixture(scope="module")
def check(tmp_path_factory):
    library = tmp_path_factory.mktemp("memory") / "fail_malloc.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, pathlib.Path(__file__).with_name("fail_malloc.c"), "-ldl"], check=True)
    if not os.environ.get("NUDGE_BUILD"):
        subprocess.run(["make", "-s", "-C", ROOT, "build/nudgectl"], check=True)
    program = shutil.copy(BUILD / "nudgectl", library.parent)  # the same one throughout

    def run(**settings):
        env = {**os.environ, "LD_PRELOAD": str(library), **{key: str(value) for key, value in settings.items()}}
        return subprocess.run([program, "check", "--json", "-c", ROOT / "conf/nudged.json"], env=env, capture_output=True, text=True, timeout=60)

    return run


@pytest.fixture(scope="module")
def whole(check, tmp_path_factory):
    """What is said when memory is there, and how many allocations that takes."""
    count = tmp_path_factory.mktemp("count") / "count"
    done = check(FAIL_COUNT=count)
    assert done.returncode == 0, done.stdout
    return done.stdout, int(count.read_text())


def chosen(count):
    """The first hundred, where programs start up, and then in even steps."""
    step = max(1, count // STEPS) if STEPS else 1
    return sorted(set(range(1, min(100, count) + 1)) | set(range(1, count + 1, step)))


def said_right(done, right):
    if done.returncode < 0:
        return f"killed by signal {-done.returncode}"
    lines = done.stderr.splitlines()
    if done.returncode == 70 and len(lines) == 1 and lines[0].endswith(EXHAUSTED):
        return None
    if done.returncode == 0 and done.stdout == right:
        return None
    if done.returncode == 1 and "Cannot allocate memory" in done.stdout + done.stderr:
        return None  # the system's own word for a folder that could not be listed
    return f"exit {done.returncode}: {done.stderr[:200]}{done.stdout[:200]}"


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
def test_an_allocation_that_fails_is_told_or_does_not_matter(check, whole, lasting):
    right, count = whole
    assert count > 500
    wrong, ended = {}, 0
    for at in chosen(count):
        done = check(FAIL_AT=at, **({"FAIL_ON": 1} if lasting else {}))
        ended += done.returncode == 70
        if complaint := said_right(done, right):
            wrong[at] = complaint
    assert wrong == {}
    assert ended > len(chosen(count)) // 2  # else nothing was made to fail
