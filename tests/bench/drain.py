#!/usr/bin/env python3
"""The drain benchmark: how fast a backlog of events is worked off, beside the raw limit and a peer.

A backlog of N events (half purchases, half positions, U customers) waits in a stream; M campaigns are in force, so that 1-3 % of
the events make a push. The clock runs from the start of the worker until the last event is acknowledged and the last push is
accepted by a receiver (nginx). The raw limit is a bare loop of XREADGROUP COUNT 512 and XACK on the same stream, in the same run.

  drain.py [--events N] [--customers U] [--campaigns M,M,...] [--rounds R] [--peer FOLDER]

FOLDER holds a node worker (worker.mjs beside workload.py) that does the same work; without it only the raw limit stands beside.
"""
import argparse, contextlib, json, os, pathlib, random, shutil, socket, statistics, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CATEGORIES = STORES = 1000
LAT, LON, BOX, RADIUS = 52.0, 4.6, 0.36, 200
START = 1764000000000
STREAM = "nudge:{0}:events"


# ---- the work

def stores():
    rnd = random.Random(7)
    return [(f"s{i}", LAT + rnd.random() * BOX, LON + rnd.random() * BOX * 1.6) for i in range(STORES)]


def campaign(i, m, shops):
    hours = {"local_time": {"from": f"{i % 6:02d}:00", "to": "24:00"}}
    if i % 2:
        least = round(50 * (1 - min(1.0, 20 / m)), 2)
        trigger = {"event": "purchase", "where": {"category": f"k{(i * 7) % CATEGORIES}", "amount": {"gt": least}}}
        audience = [hours, {"performed": "purchase", "times": {"gte": 1}}]
    else:
        near = {"near": {"stores": [shops[(i * 11) % STORES][0]], "within": f"{RADIUS} m"}}
        trigger = {"event": "location"}
        audience = [near, hours, {"performed": "location", "times": {"gte": 1}}]
    return {"name": f"c{i}", "trigger": trigger, "audience": {"all": audience}, "frequency_cap": ["1 per 1h"],
            "push": {"title": "Hi", "body": f"Offer c{i} for {{{{user}}}}"}}


def write_folder(folder, m, redis_port, push_port):
    for name in ("campaigns", "segments", "stores"):
        (folder / name).mkdir(parents=True)
    shops = stores()
    for i in range(m):
        (folder / "campaigns" / f"c{i}.json").write_text(json.dumps(campaign(i, m, shops)))
    rows = [f"{s},Store {s},{lat:.6f},{lon:.6f}" for s, lat, lon in shops]
    (folder / "stores" / "stores.csv").write_text("id,name,lat,lon\n" + "\n".join(rows) + "\n")
    options = {"redis": f"redis://127.0.0.1:{redis_port}/0", "zone": "UTC", "provider": "hook", "log": "warning",
               "providers": {"hook": {"type": "webhook", "url": f"http://127.0.0.1:{push_port}/", "allow_http": True, "allow_private": True}},
               "history": {"days": 400, "events": 100}, "stream_trim": "none", "admin": {"listen": ""}}
    (folder / "nudged.json").write_text(json.dumps(options))


def event(rnd, i, users):
    e = {"user": f"u{rnd.randrange(users)}", "ts": START + i * 20}
    if rnd.random() < .5:
        return {"type": "purchase", **e, "amount": f"{rnd.random() * 50:.2f}", "currency": "EUR", "category": f"k{rnd.randrange(CATEGORIES)}",
                "store": f"s{rnd.randrange(STORES)}", "staff": f"w{rnd.randrange(50)}"}
    return {"type": "location", **e, "lat": f"{LAT + rnd.random() * BOX:.6f}", "lon": f"{LON + rnd.random() * BOX * 1.6:.6f}", "accuracy": 12}


def write_events(path, n, users, seed):
    rnd = random.Random(seed)
    with open(path, "wb") as out:
        for i in range(n):
            args = ["XADD", STREAM, "*"] + [str(x) for kv in event(rnd, i, users).items() for x in kv]
            out.write(b"*%d\r\n" % len(args) + b"".join(b"$%d\r\n%s\r\n" % (len(a.encode()), a.encode()) for a in args))


# ---- the parts

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            sys.exit(f"drain: {what} took more than {seconds} s")
        time.sleep(0.01)


class Redis:
    """A redis-server of our own, and one connection to it: asking must cost next to nothing while the clock runs."""

    def __init__(self, folder):
        self.port = free_port()
        self.process = subprocess.Popen(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                                         "--dir", str(folder)], stdout=subprocess.DEVNULL)
        wait_for("redis-server", self.connected)

    def connected(self):
        with contextlib.suppress(OSError):
            self.file = socket.create_connection(("127.0.0.1", self.port)).makefile("rwb")
            return self.ask("PING") == b"PONG"

    def ask(self, *words):
        words = [w.encode() for w in words]
        self.file.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        self.file.flush()
        return self.answer()

    def answer(self):
        line = self.file.readline().rstrip()
        kind, rest = line[:1], line[1:]
        if kind == b"*":
            return [self.answer() for _ in range(int(rest))]
        if kind == b"$":
            return self.file.read(int(rest) + 2)[:-2] if int(rest) >= 0 else None
        return int(rest) if kind == b":" else rest

    def load(self, path):
        self.ask("FLUSHALL")
        with open(path, "rb") as f:
            subprocess.run(["redis-cli", "-p", str(self.port), "--pipe"], stdin=f, stdout=subprocess.DEVNULL, check=True)

    def groups(self):
        rows = self.ask("XINFO", "GROUPS", STREAM)
        return [dict(zip(r[::2], r[1::2])) for r in rows] if isinstance(rows, list) else []


def nginx(folder):
    port = free_port()
    (folder / "nginx.conf").write_text(f"""worker_processes 1; daemon off; pid nginx.pid; error_log nginx.err;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 100000000;
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "ok"; }} location = /count {{ stub_status; }} }} }}""")
    process = subprocess.Popen(["nginx", "-p", f"{folder}/", "-c", f"{folder}/nginx.conf", "-e", f"{folder}/nginx.err"])
    wait_for("nginx", lambda: accepted(port) is not None)
    return process, port


def accepted(port):
    """Requests that the receiver itself has counted; None while it does not answer."""
    with contextlib.suppress(OSError):
        with socket.create_connection(("127.0.0.1", port), 1) as s:
            s.sendall(b"GET /count HTTP/1.0\r\n\r\n")
            text = b""
            while chunk := s.recv(4096):
                text += chunk
            return int(text.split(b"handled requests\n")[1].split()[2])
    return None


def rss_mb(pid):
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


# ---- the contestants: each answers (seconds, pushes, megabytes)

def drained(redis, n):
    ours = [g for g in redis.groups() if g[b"name"] == b"nudged"]
    return ours and ours[0][b"entries-read"] == n and ours[0][b"pending"] == 0 and redis.ask("XLEN", "nudge:{0}:outbox") == 0


def run_nudged(redis, folder, n, push_port):
    before = accepted(push_port)
    t = time.monotonic()
    with open(folder / "nudged.log", "w") as log:
        p = subprocess.Popen([ROOT / "build/nudged", "-c", folder / "nudged.json"], stdout=log, stderr=log)
    wait_for("nudged", lambda: drained(redis, n), 300)
    t = time.monotonic() - t
    mb = rss_mb(p.pid)
    p.terminate()
    p.wait()
    return t, accepted(push_port) - before - 1, mb


def run_raw(redis):
    out = subprocess.run([ROOT / "build/bench/raw_drain", str(redis.port), STREAM], capture_output=True, text=True, check=True).stdout
    return float(out.split(" in ")[1].split()[0]), 0, 0


def run_peer(redis, peer, m, n, push_port):
    env = {**os.environ, "ENGINE": "closures", "M": str(m), "LIMIT": str(n), "STREAM": STREAM, "REDIS": f"redis://127.0.0.1:{redis.port}",
           "PUSH": f"http://127.0.0.1:{push_port}"}
    out = subprocess.run(["node", "worker.mjs"], cwd=peer, env=env, capture_output=True, text=True, check=True).stdout
    result = json.loads(out.strip().split("\n")[-1])
    return result["seconds"], result["pushes"], result["rss_mb"]


def peer_ready(folder):
    if not folder or not (pathlib.Path(folder) / "worker.mjs").exists() or not shutil.which("node"):
        print("peer: skipped (no folder with worker.mjs, or no node)")
        return None
    copy = pathlib.Path(tempfile.mkdtemp(prefix="peer-"))
    shutil.copytree(folder, copy / "node-worker")
    shutil.copy(pathlib.Path(folder).parent / "workload.py", copy)
    subprocess.run(["npm", "ci", "--silent"], cwd=copy / "node-worker", check=True)
    return copy / "node-worker"


# ---- the report

def idle_memory(redis, folder):
    redis.ask("FLUSHALL")
    p = subprocess.Popen([ROOT / "build/nudged", "-c", folder / "nudged.json"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for("nudged", redis.groups)
    mb = rss_mb(p.pid)
    p.terminate()
    p.wait()
    return mb


def round_of(redis, args, folder, m, events, push_port, peer):
    redis.load(events)
    raw = run_raw(redis)
    ours = run_nudged(redis, folder, args.events, push_port)
    theirs = None
    if peer:
        redis.load(events)
        theirs = run_peer(redis, peer, m, args.events, push_port)
    return raw, ours, theirs


def show(m, rounds, n, idle):
    ratio = [raw[0] / ours[0] for raw, ours, _ in rounds]
    raw, ours = (statistics.median(n / r[i][0] for r in rounds) for i in (0, 1))
    pushes, mb = rounds[0][1][1], max(r[1][2] for r in rounds)
    print(f"M={m:<6} raw {raw:>9,.0f}/s   nudged {ours:>9,.0f}/s   nudged/raw {statistics.median(ratio):.2f} ({min(ratio):.2f}-{max(ratio):.2f})"
          f"   pushes {pushes} ({100 * pushes / n:.1f} %)   memory {mb:.0f} MB, idle {idle:.0f} MB")
    if rounds[0][2]:
        theirs = [t[0] / o[0] for _, o, t in rounds]
        print(f"         node closures {statistics.median(n / t[0] for _, _, t in rounds):>9,.0f}/s   nudged/node {statistics.median(theirs):.1f}"
              f"   pushes {rounds[0][2][1]}   memory {rounds[0][2][2]} MB")


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--events", type=int, default=300000)
    a.add_argument("--customers", type=int, default=10000)
    a.add_argument("--campaigns", default="100,1000")
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--peer")
    args = a.parse_args()
    home = pathlib.Path(tempfile.mkdtemp(prefix="drain-"))
    redis, web, peer = Redis(home), None, None
    try:
        web, push_port = nginx(home)
        peer = peer_ready(args.peer)
        write_events(home / "events", args.events, args.customers, 1)
        for m in map(int, args.campaigns.split(",")):
            folder = home / f"m{m}"
            write_folder(folder, m, redis.port, push_port)
            idle = idle_memory(redis, folder)
            show(m, [round_of(redis, args, folder, m, home / "events", push_port, peer) for _ in range(args.rounds)], args.events, idle)
    finally:
        for p in filter(None, (web, redis.process)):
            p.terminate()
            p.wait()
        shutil.rmtree(home)
        if peer:
            shutil.rmtree(peer.parent)


if __name__ == "__main__":
    main()
