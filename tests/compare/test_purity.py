"""The core is pure: what the rooms model, rules and engine are linked against reads no clock, opens no file, talks to nobody and draws no lots.

Asked of the objects themselves, with nm, so that no #include and no macro hides anything.
"""
import re
import subprocess

import probe
import pytest

ROOMS = ["model", "rules", "engine"]

DENIED = {
    "clocks": "time gettimeofday clock_gettime clock timespec_get localtime localtime_r gmtime gmtime_r mktime strftime tzset "
              "sleep usleep nanosleep clock_nanosleep clock_wall clock_steady",
    "files": "open openat creat fopen fdopen freopen popen opendir readdir scandir read pread write pwrite close stat fstat lstat access "
             "unlink rename mkdir mmap readlink realpath fread fwrite fgets fputs fputc fclose getline ftw nftw glob buf_read_file",
    "sockets": "socket connect bind listen accept accept4 send sendto sendmsg recv recvfrom recvmsg getaddrinfo gethostbyname poll select "
               "epoll_wait event_add event_new redis_send curl_easy_init",
    "the process": "getenv secure_getenv setenv getpid getuid fork execve system signal sigaction raise kill exit _exit pthread_create dlopen",
    "chance": "rand rand_r random srand drand48 lrand48 getrandom getentropy arc4random RAND_bytes evutil_secure_rng_get_bytes",
    "words to the outside": "printf fprintf vprintf vfprintf puts putchar perror syslog stdout stderr log_at log_set_level",
}

# Zones are the system's files: read when a ruleset is built or a new zone is met, the same bytes whenever they are asked for.
EXCEPTIONS = {
    "model/zone": {"buf_read_file"},
    "model/zone_names": {"open", "opendir", "readdir", "read", "close", "stat"},
}


def plain(symbol):
    """open64 and __open64_2 are open, __printf_chk is printf, __isoc99_sscanf is sscanf; versions are cut off."""
    symbol = symbol.split("@")[0]
    symbol = re.sub(r"^__isoc\d+_", "", symbol)
    if symbol.startswith("__"):
        symbol = re.sub(r"(_chk|_2)$", "", symbol).lstrip("_")
    return re.sub(r"^([a-z_]+?)64(_time64)?$", r"\1", symbol)


def objects():
    for room in ROOMS:
        for source in sorted((probe.ROOT / "src" / room).glob("*.c")):
            yield f"{room}/{source.stem}", probe.BUILD / "obj/src" / room / f"{source.stem}.o"


def undefined(path):
    text = subprocess.run(["nm", "--undefined-only", "--format=posix", path], stdout=subprocess.PIPE, check=True, text=True).stdout
    return {plain(line.split()[0]) for line in text.splitlines()}


@pytest.fixture(scope="module")
def symbols():
    probe.build()
    return {name: undefined(path) for name, path in objects()}


@pytest.mark.parametrize("what", DENIED)
def test_the_core_has_nothing_to_do_with(what, symbols):
    denied = set(DENIED[what].split())
    found = {name: sorted(used & denied - EXCEPTIONS.get(name, set())) for name, used in symbols.items()}
    assert {name: used for name, used in found.items() if used} == {}


def test_the_rooms_are_really_looked_at(symbols):
    assert len(symbols) > 30
    for name in ["engine/engine", "engine/send", "rules/performed", "model/customer_apply"]:
        assert symbols[name], name


def test_every_exception_is_one_that_is_needed(symbols):
    files = set(DENIED["files"].split())
    assert {name: used & files for name, used in symbols.items() if used & files} == EXCEPTIONS


def test_symbols_are_known_under_all_their_names():
    for symbol, name in {"open64": "open", "__open64_2": "open", "readdir64": "readdir", "__isoc99_sscanf": "sscanf", "__printf_chk": "printf",
                         "clock_gettime@GLIBC_2.17": "clock_gettime", "__clock_gettime64": "clock_gettime", "stat64": "stat", "str_hash": "str_hash"}.items():
        assert plain(symbol) == name
