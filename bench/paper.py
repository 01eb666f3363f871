#!/usr/bin/env python3
"""Makes the tables of Lin et al. 2015 with hashlens: learns, judges, and writes one page.

usage: bench/paper.py [--out FOLDER] [--data NAME=FOLDER] [--sets mnist,cifar10] [--time-budget 60m]

Without --data the pictures come from their publishers' addresses. A run that was ended goes on with the same
command. `make paper` builds what is needed first. Takes about two hours a data set on two cores; let the machine do nothing else.
"""

import argparse
import datetime
import json
import os
import pathlib
import sys

from programs import EXIT_UNREADABLE, EXIT_USAGE, PROGRAM, ROOT, check_installed, machine

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "paper"))
import data  # noqa: E402  (its folder is on the path now)
import page  # noqa: E402
import steps  # noqa: E402


def note(message):
    print(f"paper: {message}", file=sys.stderr, flush=True)


def own_data(text):
    name, equals, folder = text.partition("=")
    if not equals or name not in data.ARCHIVES or not folder:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=FOLDER with NAME one of {', '.join(data.ARCHIVES)}")
    return name, pathlib.Path(folder).resolve()


def set_names(text):
    names = text.split(",")
    for name in names:
        if name not in data.ARCHIVES:
            raise argparse.ArgumentTypeError(f"'{name}' is not one of {', '.join(data.ARCHIVES)}")
    return names


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog="A run that was ended goes on with the same command.")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/paper", metavar="FOLDER", help="page, figures and models go there")
    parser.add_argument(
        "--data", type=own_data, action="append", default=[], metavar="NAME=FOLDER", help="pictures of your own: train/CLASS/* and test/CLASS/*"
    )
    parser.add_argument("--sets", type=set_names, default=list(data.ARCHIVES), metavar="NAMES", help="mnist, cifar10 or both, with a comma")
    parser.add_argument("--time-budget", default="60m", metavar="TIME", help="of learning, each data set: 60m, 1.5h")
    parser.add_argument("--sample-database", type=int, default=500, metavar="N", help="other methods search so many pictures of each class")
    parser.add_argument("--sample-queries", type=int, default=50, metavar="N", help="and are asked for so many")
    parser.add_argument("--program", type=lambda path: pathlib.Path(path).resolve(), default=PROGRAM, help="the hashlens that is measured")
    return parser.parse_args(words)


def measure(arguments):
    """The page's sections, and all figures behind them."""
    import plots

    own = dict(arguments.data)
    sections, figures = [], []
    for name in arguments.sets:
        pictures = data.prepare(name, own.get(name), arguments.out / "downloads", note)
        found = steps.all_figures(steps.Steps(arguments.program, name, pictures, arguments.out / name, note), arguments)
        sections.append(page.section(found, [plots.precision_chart(found), plots.learning_chart(found)]))
        figures.append(found)
    return sections, figures


def main():
    arguments = parse(sys.argv[1:])
    check_installed(arguments.program, ("matplotlib", "numpy", "PIL"))
    arguments.out = arguments.out.resolve()
    arguments.out.mkdir(parents=True, exist_ok=True)
    where = machine()
    try:
        sections, figures = measure(arguments)
    except data.DataError as error:
        note(str(error))
        return EXIT_UNREADABLE
    except steps.OtherRunError as error:
        note(str(error))
        return EXIT_USAGE
    except steps.StepError as error:
        note(f"{error}; run the same command again to go on there")
        return error.code if error.code > 0 else 128 - error.code
    except KeyboardInterrupt:
        note("interrupted; run the same command again to go on there")
        return 130
    date = datetime.date.today().isoformat()
    (arguments.out / "figures.json").write_text(json.dumps({"machine": where, "date": date, "sets": figures}, indent=2) + "\n")
    (arguments.out / "index.html").write_text(page.page(where, date, sections))
    note(f"wrote {os.path.relpath(arguments.out / 'index.html')} and figures.json beside it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
