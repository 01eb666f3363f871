"""`compare.py search`: hashlens and other engines for binary codes on the same codes, case by case."""

import argparse
import dataclasses
import pathlib
import tempfile

from programs import EXIT_UNREADABLE, PEERS, PYTHON, ROOT, check_installed, draw, fail, lines, machine, note, run, write_json

FLAT = "faiss-flat"
PEER_NAMES = (FLAT, "faiss-multihash", "faiss-hnsw", "faiss-ivf", "usearch-exact", "usearch", "hnswlib")
CASE_NAMES = ("uniform", "threads", "clustered", "collapsed", "short", "learned")
TIMES = ("single_ms", "batch_query_ms")
MEGABYTE = 1e6


@dataclasses.dataclass(frozen=True)
class Case:
    """One table: what is searched, and by whom."""

    name: str
    data: str  # as `hashlens bench search --data` takes it
    n: int
    bits: int
    k: int
    threads: int
    peers: tuple

    def size(self):
        return ("--bits", self.bits, "--k", self.k, "--threads", self.threads)


def measure_ours(case, arguments, *more):
    strategy = ("--strategy", arguments.strategy) if arguments.strategy else ()
    return run(arguments.program, "bench", "search", "--data", case.data, "--n", case.n, "--repeat", arguments.repeat, *case.size(), *strategy, *more, "--json")


def peer_options(arguments):
    keep = ("--keep", arguments.keep) if arguments.keep else ()
    build_only = ("--build-only",) if arguments.build_only else ()
    return ("--repeat", arguments.repeat, "--seconds", arguments.seconds, "--build-seconds", arguments.build_seconds, *keep, *build_only)


def measure_peers(case, arguments, folder):
    """All lines of all peers; a peer that ended badly has one more with `failed`, and the others go on."""
    figures = []
    for peer in case.peers:
        note(f"{case.name}: {peer}")
        code, measured = lines(PYTHON, PEERS / "binary_search.py", folder, "--engine", peer, *case.size(), *peer_options(arguments))
        figures += measured
        if code != 0:
            note(f"{case.name}: {peer} ended with {code}")
            figures.append({"engine": peer, "title": peer, "failed": True})
    return figures


def measured_by(engine, figures):
    """Those settings of one engine that have times."""
    return [peer for peer in figures if peer["engine"] == engine and TIMES[0] in peer]


def best(engine, figures):
    """The least times of one engine's settings, each from whichever setting is fastest there; None without any."""
    measured = measured_by(engine, figures)
    return {key: min(peer[key] for peer in measured) for key in TIMES} if measured else None


def measure_case(case, arguments):
    """hashlens, the peers on the codes that it saved, hashlens again: how far the two are apart is how steady the machine was."""
    note(f"{case.name}: hashlens")
    with tempfile.TemporaryDirectory(prefix="hashlens-bench-") as folder:
        ours = measure_ours(case, arguments, "--save", folder)
        peers = measure_peers(case, arguments, folder)
    again = measure_ours(case, arguments)
    flat = best(FLAT, peers)
    mean = {key: (ours[key] + again[key]) / 2 for key in TIMES}
    return {
        **{key: getattr(case, key) for key in ("name", "n", "bits", "k", "threads")},
        "hashlens": ours,
        "peers": peers,
        "hashlens_again": again,
        "hashlens_mean": mean,
        "again_over_first": {key: again[key] / ours[key] for key in TIMES},
        "times_as_fast_as_faiss_flat": flat and {key: flat[key] / mean[key] for key in TIMES},
    }


def build_case(case, arguments):
    """Lets the peers build and keep their indexes of the codes that would be searched; their lines, of which none has times."""
    with tempfile.TemporaryDirectory(prefix="hashlens-bench-") as folder:
        measure_ours(case, arguments, "--save", folder)
        return {"name": case.name, "peers": measure_peers(case, arguments, folder)}


def peer_name(peer):
    """The engine with its version and what distinguishes this setting."""
    settings = " ".join(f"{key}={value}" for key, value in peer.get("parameters", {}).items())
    return f"{peer['title']} {peer.get('engine_version', '')} {settings}".strip()


def print_row(name, figures, ratio, recall):
    times = "".join(f"{figures[key]:11.3f} ms" + (f" {ratio[key]:8.2f}x" if ratio else " " * 10) for key in TIMES)
    seconds = figures["build_s"] if "build_s" in figures else figures.get("build_ms", 0) / 1e3
    print(f"  {name:<84}{times}{recall:9.4f}{seconds:10.1f} s{figures.get('index_bytes', 0) / MEGABYTE:10.1f} MB")


def print_built(case):
    for peer in case["peers"]:
        built = f"{peer['build_s']:.1f} s, {peer['index_bytes'] / MEGABYTE:.1f} MB" if "build_s" in peer else peer.get("skipped", "failed")
        print(f"{case['name']}: {peer_name(peer)}: {built}", flush=True)


def print_case(case):
    """Ratios say how many times as long as hashlens (mean of both runs) an engine takes."""
    title = f"{case['name']}: {case['n']} codes of {case['bits']} bits, k {case['k']}, threads {case['threads']}"
    print(f"\n{title:<86}{'one query':>14}{'':10}{'batch, a query':>14}{'':10}{'recall':>9}{'build':>12}{'memory':>13}")
    ours = case["hashlens"]
    print_row(f"hashlens ({ours.get('strategy', '')}, {ours.get('target', '')})", ours, None, 1)
    for peer in case["peers"]:
        if TIMES[0] in peer:
            print_row(peer_name(peer), peer, {key: peer[key] / case["hashlens_mean"][key] for key in TIMES}, peer["recall"])
        else:
            print(f"  {peer_name(peer)}: {peer.get('skipped', 'failed')}")
    print_row("hashlens again", case["hashlens_again"], None, 1)
    ratio = case["times_as_fast_as_faiss_flat"]
    if ratio:
        print(f"  hashlens is {ratio['single_ms']:.2f} (one query) and {ratio['batch_query_ms']:.2f} (batch) times as fast as FAISS flat at its fastest")


def thread_gain(cases):
    """How many times as fast a batch is with the threads of the case `threads` as with the one of `uniform`; None without both."""
    named = {case["name"]: case for case in cases}
    if not {"uniform", "threads"} <= named.keys():
        return None
    one, more = named["uniform"], named["threads"]
    gain = {"threads": more["threads"], "hashlens": one["hashlens_mean"]["batch_query_ms"] / more["hashlens_mean"]["batch_query_ms"]}
    flats = [best(FLAT, case["peers"]) for case in (one, more)]
    if all(flats):
        gain[FLAT] = flats[0]["batch_query_ms"] / flats[1]["batch_query_ms"]
    return gain


def resample(arguments, folder):
    """The learned codes as a file of n rows: (path, bits)."""
    path = pathlib.Path(folder) / "learned.npy"
    made = run(PYTHON, ROOT / "bench/resample_codes.py", arguments.learned, path, "--n", arguments.n)
    return path, made["bits"]


def make_cases(arguments, folder):
    """The wanted cases, in the order in which they are measured: what is compared with each other comes together."""
    n, bits, k, peers = arguments.n, arguments.bits, arguments.k, arguments.peers
    cases = {name: Case(name, name, n, bits, k, 1, peers) for name in ("uniform", "clustered", "collapsed")}
    cases["threads"] = Case("threads", "uniform", n, bits, k, 2, (FLAT,))
    cases["short"] = Case("short", "uniform", min(n, 100_000), 20, min(k, 100), 1, peers)
    wanted = [name for name in CASE_NAMES if name in arguments.cases]
    if "learned" in wanted:
        path, learned_bits = resample(arguments, folder)
        cases["learned"] = Case("learned", str(path), n, learned_bits, k, 1, peers)
    return [cases[name] for name in wanted]


def build(arguments):
    """What `search` would have to build, is built and kept."""
    failed = False
    with tempfile.TemporaryDirectory(prefix="hashlens-bench-") as folder:
        for case in make_cases(arguments, folder):
            built = build_case(case, arguments)
            print_built(built)
            failed |= any(peer.get("failed", False) for peer in built["peers"])
    if failed:
        fail("not all indexes could be built")


def check(arguments):
    """Ends the program when something is missing that is needed only later."""
    check_installed(arguments.program, modules_of(arguments.peers) | ({"matplotlib"} if arguments.plot else set()))
    if arguments.learned and not arguments.learned.is_file():
        fail(f"{arguments.learned}: no such file", EXIT_UNREADABLE)
    try:
        if arguments.keep:
            arguments.keep.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"{arguments.keep}: {error.strerror or error}", EXIT_UNREADABLE)


def search(arguments):
    figures = {"version": 1, "machine": machine(), "repeat": arguments.repeat, "seconds": arguments.seconds, "cases": []}
    with tempfile.TemporaryDirectory(prefix="hashlens-bench-") as folder:
        for case in make_cases(arguments, folder):
            figures["cases"].append(measure_case(case, arguments))
            write_json(arguments.json, figures)  # what is measured is kept, whatever comes
            print_case(figures["cases"][-1])
    figures["thread_gain"] = thread_gain(figures["cases"])
    if figures["thread_gain"]:
        gain = figures["thread_gain"]
        print(f"\na batch with {gain['threads']} threads against one: hashlens {gain['hashlens']:.2f}, FAISS flat {gain.get(FLAT, 0):.2f} times as fast")
    write_json(arguments.json, figures)
    draw("search", figures, arguments.plot)
    if any(peer.get("failed") for case in figures["cases"] for peer in case["peers"]):
        fail("not all peers could be measured")


def modules_of(peers):
    """The Python modules that the peers need."""
    return {"numpy"} | {name.split("-")[0] for name in peers}


def names(allowed, text, always):
    """Those of the comma-separated names, or all; argparse prints the error."""
    wanted = allowed if text == "all" else tuple(text.split(","))
    wrong = [name for name in wanted if name not in allowed]
    if wrong:
        raise argparse.ArgumentTypeError(f"{wrong[0]!r} is none of {', '.join(allowed)}")
    return tuple(name for name in allowed if name in wanted or name in always)


def peers_of(text):
    return names(PEER_NAMES, FLAT if text == "flat" else text, (FLAT,))


def cases_of(text):
    wanted = names(CASE_NAMES, text, ())
    return names(CASE_NAMES, text, ("uniform",)) if "threads" in wanted else wanted


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def absolute(text):
    return pathlib.Path(text).resolve()


def add_verb(verbs, common):
    verb = verbs.add_parser("search", parents=[common], help="nearest codes, against FAISS and other engines")
    verb.add_argument("--n", type=positive, default=2_500_000, help="codes; `short` has at most 100,000, of 20 bits, with k at most 100")
    verb.add_argument("--bits", type=positive, default=128)
    verb.add_argument("--k", type=positive, default=1000)
    verb.add_argument("--strategy", help="of hashlens, instead of the one that it chooses")
    verb.add_argument("--peers", type=peers_of, default=(FLAT,), help=f"flat (the default), all, or some of {', '.join(PEER_NAMES)}")
    verb.add_argument("--cases", type=cases_of, help=f"all (the default), or some of {', '.join(CASE_NAMES)}; `threads` brings `uniform`")
    verb.add_argument("--learned", type=absolute, metavar="CODES.npy", help="a case more: uint8 codes, as `hashlens export` writes, resampled to --n rows")
    verb.add_argument("--repeat", type=positive, default=5, help="rounds of timing, of hashlens and of the others")
    verb.add_argument("--seconds", type=positive, default=20, help="of one setting of another engine, after which no new round begins")
    verb.add_argument("--build-seconds", type=positive, default=900, help="of all cores, after which another engine's index is given up")
    verb.add_argument("--keep", type=absolute, metavar="FOLDER", help="of the others' built indexes: those that fit are loaded, others are built and kept")
    verb.add_argument("--build-only", action="store_true", help="build and keep, measure nothing")
    verb.add_argument("--plot", type=pathlib.Path, metavar="FILE.svg", help="draw time against recall")

    def measure(arguments):
        default = CASE_NAMES if arguments.learned else CASE_NAMES[:-1]
        arguments.cases = arguments.cases or default
        if "learned" in arguments.cases and not arguments.learned:
            verb.error("the case `learned` needs --learned CODES.npy")
        if arguments.bits % 8:
            verb.error("--bits must be a multiple of 8")
        if arguments.build_only and not arguments.keep:
            verb.error("--build-only needs --keep FOLDER")
        if arguments.build_only and (arguments.json or arguments.plot):
            verb.error("--build-only measures nothing for --json or --plot")
        check(arguments)
        (build if arguments.build_only else search)(arguments)

    verb.set_defaults(measure=measure)
