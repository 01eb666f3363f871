#!/usr/bin/env python3
"""Measures hashlens and a peer in one run, and prints both sides and their ratio.

usage: bench/compare.py ingest PICTURES [--count 2000]
       bench/compare.py search [--n 2500000 --bits 128 --k 1000]
       --json FILE also writes the figures

Wants `tools/setup.sh --bench` (the peers' Python packages) and a machine with nothing else to do.
"""

import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/bin/hashlens"
PYTHON = ROOT / ".deps/venv/bin/python"
PEERS = ROOT / "bench/peers"


def run(*command):
    """The last line that the command prints, as JSON."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, cwd=ROOT)
    if done.returncode != 0:
        sys.exit(f"compare: {command[0]} ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def ingest(arguments):
    pictures = pathlib.Path(arguments.pictures).resolve()
    count = ("--count", arguments.count)
    ours = run(PROGRAM, "-q", "bench", "ingest", pictures, *count, "--json")
    fp32 = run(PROGRAM, "-q", "bench", "ingest", pictures, *count, "--precision", "fp32", "--json")
    peer = run(PYTHON, PEERS / "pillow_onnxruntime.py", pictures, *count)
    for name, side in (("hashlens", ours), ("hashlens, fp32", fp32)):
        print(f"{name:15} {side['whole_images_per_s']:7.1f} images/s to a committed library, {side['efficiency']:.2f} of what decoding"
              f" ({side['decode_images_per_s']:.0f}/s) and network ({side['network_images_per_s']:.0f}/s) allow;"
              f" {side['images_per_s_with_fit']:.1f} with the one-time fit of codes")
    print(f"{'peer':15} {peer['images_per_s']:7.1f} images/s, {peer['engine']}")
    # The peer fits no codes; the whole run is compared all the same.
    ratio = ours["images_per_s_with_fit"] / peer["images_per_s"]
    fp32_ratio = fp32["images_per_s_with_fit"] / peer["images_per_s"]
    print(f"{'times as fast':15} {ratio:7.2f}, fit included (fp32 {fp32_ratio:.2f})")
    return {"hashlens": ours, "hashlens_fp32": fp32, "peer": peer, "ratio": ratio}


def search(arguments):
    size = ("--n", arguments.n, "--bits", arguments.bits, "--k", arguments.k)
    ours = run(PROGRAM, "bench", "search", *size, "--json")
    peer = run(PYTHON, PEERS / "faiss_flat.py", *size)
    peer["batch_query_ms"] = peer.pop("batch64_ms_per_query")["median"]
    peer["single_ms"] = peer["single_ms"]["median"]
    again = run(PROGRAM, "bench", "search", *size, "--json")  # shows how steady the machine was
    ratio = {key: peer[key] / ours[key] for key in ("single_ms", "batch_query_ms")}
    print(f"{arguments.n} codes of {arguments.bits} bits, k {arguments.k}, one thread   single query   batch of 64, a query")
    for name, figures in (("hashlens", ours), (f"{peer['engine']} {peer['version']}", peer), ("hashlens again", again)):
        print(f"  {name:<46} {figures['single_ms']:8.3f} ms   {figures['batch_query_ms']:8.3f} ms")
    print(f"  {'times as fast':<46} {ratio['single_ms']:8.2f}      {ratio['batch_query_ms']:8.2f}")
    return {"hashlens": ours, "peer": peer, "hashlens_again": again, "ratio": ratio}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=pathlib.Path)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("ingest")
    verb.add_argument("pictures")
    verb.add_argument("--count", type=int, default=2000)
    verb.set_defaults(measure=ingest)
    verb = verbs.add_parser("search")
    verb.add_argument("--n", type=int, default=2_500_000)
    verb.add_argument("--bits", type=int, default=128)
    verb.add_argument("--k", type=int, default=1000)
    verb.set_defaults(measure=search)
    arguments = parser.parse_args()
    figures = arguments.measure(arguments)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
