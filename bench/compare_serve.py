"""`compare.py serve`: the server under wrk's load, beside the same engine without it."""

import itertools
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request

from programs import ROOT, fail, machine, note, run, write_json

CONNECTIONS = {"id": 64, "upload": 4}
MOST = max(CONNECTIONS.values())
TURNS = 3
LOAD = ROOT / "bench/serve_load.lua"


class Server:
    """`hashlens serve` on a port of its own choice, and what it uses."""

    def __init__(self, program, library, root):
        self.process = subprocess.Popen(
            [program, "serve", library, "--listen", "127.0.0.1:0", "--access-log", "off", "--root", root, "--threads", str(4 * MOST),
             "--max-requests", str(2 * MOST)], stderr=subprocess.PIPE, text=True)
        self.address = None
        for line in self.process.stderr:
            if found := re.search(r"listening on (\S+)", line):
                self.address = found[1]
                break
        if self.address is None:
            fail(f"{program} serve {library}: ended")
        # What it says further is read, so that it never waits.
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        self.library = self.ask("/v1/libraries")["libraries"][0]["name"]

    def rss(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"})) as answer:
            return json.load(answer)

    def stop(self):
        self.process.terminate()
        return self.process.wait()


def wrk(server, seconds, kind, *words):
    done = subprocess.run(["wrk", "-t", "1", "-c", str(CONNECTIONS[kind]), "-d", f"{seconds}s", "--timeout", "30s", "-s", LOAD, server.address, "--", kind, *map(str, words)],
                          stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def show(name, figures):
    print(f"{name:34} {figures['requests_per_s']:8.1f} requests/s   p50 {figures['p50_ms']:8.2f} ms   p99 {figures['p99_ms']:8.2f} ms   "
          f"{figures['not_2xx'] + figures['socket_errors']} errors of {figures['requests']}")


def engine_alone(arguments, library, pictures):
    """As many queries at a time as the server is sent."""
    engine = run(arguments.program, "-q", "bench", "library", library, "--queries", 1024, "--batch", MOST, "--picture", *pictures, "--json")
    return {name: engine[name] for name in ("images", "by_id", "by_id_batch_per_s", "by_picture", "rss_bytes")}


def quiet(server, arguments, library, last_id, pictures):
    """Engine and server in turns, as a machine's speed changes from one minute to the next; the middle one of each counts."""
    turns = []
    for _ in range(TURNS):
        engine = engine_alone(arguments, library, pictures)
        by_id = wrk(server, 15, "id", server.library, last_id)
        turns.append({"engine_per_s": engine["by_id_batch_per_s"], "server_per_s": by_id["requests_per_s"]})
        note(f"engine {turns[-1]['engine_per_s']:.0f} queries/s, server {turns[-1]['server_per_s']:.0f} requests/s")
    figures = {"engine": engine, "turns": turns, "by_id": by_id, "by_upload": wrk(server, 20, "upload", server.library, *pictures)}
    engine_per_s, server_per_s = (statistics.median(turn[side] for turn in turns) for side in ("engine_per_s", "server_per_s"))
    figures["overhead"] = engine_per_s / server_per_s
    print(f"{'engine alone, by id in batches':34} {engine_per_s:8.1f} queries/s; one at a time p50 {engine['by_id']['p50_ms']:.2f} ms, "
          f"by picture {engine['by_picture']['p50_ms']:.2f} ms")
    for kind in ("by_id", "by_upload"):
        show(f"{kind}, nothing else", figures[kind])
    print(f"{'server / engine, by id':34} {figures['overhead']:8.2f} times the time of a query (the middle of {TURNS} turns)")
    return figures


def while_indexing(server, library, last_id, arguments, pictures):
    """Both loads in turn until the time is over, with folders being indexed all the while; memory beside them."""
    job = server.ask(f"/v1/libraries/{library}/jobs", {"paths": [str(arguments.adding.resolve())]})["job"]
    end = time.monotonic() + 60 * arguments.minutes
    rounds, memory = [], []
    for turn in itertools.count():
        if time.monotonic() >= end:
            break
        kind, *words = ("id", last_id) if turn % 2 == 0 else ("upload", *pictures)
        figures = wrk(server, 15, kind, library, *words)
        rounds.append({"kind": f"by_{kind}", **figures, "indexing": server.ask(f"/v1/jobs/{job}")["state"] == "running"})
        memory.append({"minute": round(arguments.minutes - (end - time.monotonic()) / 60, 2), "rss_bytes": server.rss(),
                       "images": server.ask("/v1/libraries")["libraries"][0]["images"]})
        note(f"{memory[-1]['minute']:.1f} min: {memory[-1]['rss_bytes'] / 1e6:.0f} MB, {memory[-1]['images']} images, "
             f"{figures['requests_per_s']:.0f} requests/s {rounds[-1]['kind']}")
    return rounds, memory


def summary(rounds, kind):
    some = [one for one in rounds if one["kind"] == kind and one["indexing"]]
    if not some:
        fail(f"indexing ended before it was measured {kind}: give --adding more pictures")
    return {"requests": sum(one["requests"] for one in some), "requests_per_s": sum(one["requests_per_s"] for one in some) / len(some),
            "p50_ms": max(one["p50_ms"] for one in some), "p99_ms": max(one["p99_ms"] for one in some),
            "not_2xx": sum(one["not_2xx"] for one in some), "socket_errors": sum(one["socket_errors"] for one in some)}


def measure(arguments):
    if shutil.which("wrk") is None:
        fail("wrk is not installed: apt-get install wrk", 5)
    pictures = sorted(path for path in arguments.pictures.resolve().rglob("*") if path.is_file())[:64]
    figures = {"machine": machine()}
    # What is added stays in a copy.
    with tempfile.TemporaryDirectory(prefix="hashlens-serve-", dir=arguments.scratch) as folder:
        source = pathlib.Path(str(arguments.library).removesuffix(".hashlens") + ".hashlens").resolve()
        library = pathlib.Path(folder) / "load.hashlens"
        shutil.copytree(source, library)
        last_id = engine_alone(arguments, library, pictures)["images"]  # warms, too
        server = Server(arguments.program, library, arguments.adding.resolve())
        wrk(server, 3, "id", server.library, last_id)
        figures |= quiet(server, arguments, library, last_id, pictures)
        if arguments.minutes > 0:
            rounds, memory = while_indexing(server, server.library, last_id, arguments, pictures)
            figures["indexing"] = {kind: summary(rounds, kind) for kind in ("by_id", "by_upload")}
            for kind, one in figures["indexing"].items():
                show(f"{kind}, while indexing (worst round)", one)
            figures["rounds"], figures["memory"] = rounds, memory
            print(f"{'memory':34} {memory[0]['rss_bytes'] / 1e6:8.1f} MB after the first round, {memory[-1]['rss_bytes'] / 1e6:.1f} MB at the end; "
                  f"{memory[-1]['images'] - last_id} images were added")
        figures["exit_code"] = server.stop()
    write_json(arguments.json, figures)


def add_verb(verbs, common):
    verb = verbs.add_parser("serve", parents=[common], help="the server under load, beside the engine alone; wants wrk")
    verb.add_argument("library", type=pathlib.Path, help="it is copied; ids from 1 on without gaps")
    verb.add_argument("pictures", type=pathlib.Path, help="folder whose first 64 pictures are sent")
    verb.add_argument("--adding", type=pathlib.Path, required=True, metavar="FOLDER", help="pictures that are indexed meanwhile")
    verb.add_argument("--minutes", type=float, default=10, help="of load while indexing")
    verb.add_argument("--scratch", type=pathlib.Path, default=os.environ.get("TMPDIR"), help="folder for the copy")
    verb.set_defaults(measure=measure)
