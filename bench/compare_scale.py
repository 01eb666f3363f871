"""`compare.py scale`: how the time of a query grows with the number of codes, for hashlens and FAISS's flat index."""

import pathlib
import tempfile

from compare_search import FLAT, TIMES, Case, best, measure_ours, measure_peers, modules_of, positive
from programs import check_installed, draw, fail, machine, note, write_json


def sizes(first, last):
    """1 and 3 times the powers of ten, from first to last, and these two."""
    steps = {factor * 10**power for power in range(10) for factor in (1, 3)}
    return sorted({step for step in steps if first < step < last} | {first, last})


def measure_size(case, arguments):
    """One point of the curve; the peer is there as long as it is wanted at this size."""
    note(f"{case.n} codes: hashlens")
    with tempfile.TemporaryDirectory(prefix="hashlens-bench-") as folder:
        save = ("--save", folder) if case.peers else ()
        ours = measure_ours(case, arguments, *save)
        peers = measure_peers(case, arguments, folder)
    return {"n": case.n, "hashlens": ours, "peers": peers, "faiss_flat": best(FLAT, peers)}


def print_header(arguments):
    title = f"codes of {arguments.bits} bits, k {arguments.k}, {arguments.data}, one thread"
    print(f"{title:<60}{'one query':>14}{'batch, a query':>18}{'FAISS flat: one':>19}{'batch':>13}")


def print_point(point):
    ours, flat = point["hashlens"], point["faiss_flat"]
    theirs = "".join(f"{flat[key]:13.3f} ms" for key in TIMES) if flat else ""
    name = f"{point['n']} ({ours.get('strategy', '')})"
    print(f"{name:>45}{ours['single_ms']:26.3f} ms{ours['batch_query_ms']:15.3f} ms{theirs}", flush=True)


def scale(arguments):
    check_installed(arguments.program, modules_of((FLAT,)) | ({"matplotlib"} if arguments.plot else set()))
    figures = {"version": 1, "machine": machine(), "data": arguments.data, "bits": arguments.bits, "k": arguments.k, "points": []}
    print_header(arguments)
    for n in sizes(arguments.first, arguments.last):
        peers = (FLAT,) if n <= arguments.peers_to else ()
        case = Case("scale", arguments.data, n, arguments.bits, arguments.k, 1, peers)
        figures["points"].append(measure_size(case, arguments))
        write_json(arguments.json, figures)  # what is measured is kept, whatever comes
        print_point(figures["points"][-1])
    draw("scale", figures, arguments.plot)
    if any(peer.get("failed") for point in figures["points"] for peer in point["peers"]):
        fail("not all peers could be measured")


def add_verb(verbs, common):
    verb = verbs.add_parser("scale", parents=[common], help="time of a query against the number of codes")
    verb.add_argument("--from", dest="first", type=positive, default=100_000, metavar="N", help="codes")
    verb.add_argument("--to", dest="last", type=positive, default=100_000_000, metavar="N", help="codes: the last takes 1.6 GB of memory at 128 bits")
    verb.add_argument("--peers-to", type=positive, default=10_000_000, metavar="N", help="the most codes that FAISS is given")
    verb.add_argument("--data", choices=("uniform", "clustered", "collapsed"), default="uniform")
    verb.add_argument("--bits", type=positive, default=128)
    verb.add_argument("--k", type=positive, default=1000)
    verb.add_argument("--repeat", type=positive, default=5, help="rounds of timing")
    verb.add_argument("--seconds", type=float, default=20, help="of one setting of FAISS, after which no new round begins")
    verb.set_defaults(keep=None, build_only=False)
    verb.add_argument("--strategy", help="of hashlens, instead of the one that it chooses")
    verb.add_argument("--plot", type=pathlib.Path, metavar="FILE.svg", help="draw time against codes")

    def measure(arguments):
        if arguments.first > arguments.last:
            verb.error("--from must not be above --to")
        scale(arguments)

    verb.set_defaults(measure=measure)
