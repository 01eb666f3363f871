#!/usr/bin/env python3
"""Measures hashlens and its peers in one run, and prints both sides and their ratio.

usage: bench/compare.py ingest PICTURES [--count 2000]
       bench/compare.py search [--peers flat|all|NAME,NAME] [--learned CODES.npy] [--plot FILE.svg]
       bench/compare.py search --keep FOLDER [--build-only]     # the peers' indexes are built once
       bench/compare.py scale [--plot FILE.svg]
       bench/compare.py serve LIB PICTURES --adding FOLDER
       --json FILE also writes the figures; `bench/compare.py VERB --help` has every option

Wants `tools/setup.sh --bench` (the peers' Python packages) and a machine with nothing else to do.
"""

import argparse
import pathlib

import compare_scale
import compare_search
import compare_serve
from programs import PEERS, PROGRAM, PYTHON, run, write_json


def ingest(arguments):
    pictures = pathlib.Path(arguments.pictures).resolve()
    count = ("--count", arguments.count)
    program = arguments.program
    ours = run(program, "-q", "bench", "ingest", pictures, *count, "--json")
    fp32 = run(program, "-q", "bench", "ingest", pictures, *count, "--precision", "fp32", "--json")
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
    write_json(arguments.json, {"hashlens": ours, "hashlens_fp32": fp32, "peer": peer, "ratio": ratio})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures there, too")
    common.add_argument("--program", type=lambda path: pathlib.Path(path).resolve(), default=PROGRAM, help="the hashlens that is measured")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("ingest", parents=[common], help="pictures to a library, against a Python script")
    verb.add_argument("pictures")
    verb.add_argument("--count", type=int, default=2000)
    verb.set_defaults(measure=ingest)
    compare_search.add_verb(verbs, common)
    compare_scale.add_verb(verbs, common)
    compare_serve.add_verb(verbs, common)
    arguments = parser.parse_args()
    arguments.measure(arguments)


if __name__ == "__main__":
    main()
