#!/usr/bin/env python3
"""Draws what compare.py measured: `plot.py search|scale OUT.svg < FIGURES.json`."""

import argparse
import json
import sys

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402  (after the choice of what draws)

TIMES = {"single_ms": "one query", "batch_query_ms": "batch of 64, a query"}


def curves(case):
    """Peers' measured settings by title, hashlens first."""
    by_title = {"hashlens": [{**case["hashlens_mean"], "recall": 1.0}]}
    for peer in case["peers"]:
        if "single_ms" in peer:
            by_title.setdefault(peer["title"], []).append(peer)
    return by_title


def draw_case(axes, case, time, colours):
    for title, settings in curves(case).items():
        settings = sorted(settings, key=lambda setting: setting["recall"])
        recalls, times = [s["recall"] for s in settings], [s[time] for s in settings]
        ours = title == "hashlens"
        line = "none" if all(recall == 1 for recall in recalls) else "-"
        marker, size = ("*", 14) if ours else ("o", 5)
        colour = colours.setdefault(title, "black" if ours else f"C{len(colours)}")
        axes.plot(recalls, times, marker=marker, markersize=size, linestyle=line, color=colour, label=title, zorder=3 if ours else 2)
    axes.set_yscale("log")
    axes.set_xlim(-0.03, 1.05)
    axes.grid(True, which="both", alpha=0.25)
    axes.set_title(f"{case['name']}: {case['n']:,} x {case['bits']} bit, k {case['k']}, threads {case['threads']}", fontsize=9)
    axes.set_xlabel("recall, by distance")
    axes.set_ylabel(f"ms, {TIMES[time]}")


def draw_search(figures):
    """A column for each case of one thread, a row for each way of asking: time (log) against recall; exact engines stand at 1."""
    cases, colours = [case for case in figures["cases"] if case["threads"] == 1], {}
    figure, grid = pyplot.subplots(2, len(cases), figsize=(4.4 * len(cases), 8), squeeze=False)
    for column, case in enumerate(cases):
        for row, time in zip(grid, TIMES):
            draw_case(row[column], case, time, colours)
    shown = {}
    for axes in grid.flat:
        shown |= dict(zip(*reversed(axes.get_legend_handles_labels())))
    figure.legend(shown.values(), shown.keys(), loc="outside lower center", ncols=4, fontsize=9)
    return figure


def draw_scale(figures):
    """Time of a query against rows, both logarithmic."""
    figure, axes = pyplot.subplots(figsize=(7, 5))
    for side, name, colour in (("hashlens", "hashlens", "black"), ("faiss_flat", "FAISS IndexBinaryFlat", "C0")):
        points = [point for point in figures["points"] if point[side]]
        for time, line in zip(TIMES, ("-o", "--s")):
            axes.plot([p["n"] for p in points], [p[side][time] for p in points], line, color=colour, label=f"{name}, {TIMES[time]}")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.grid(True, which="both", alpha=0.25)
    axes.set_xlabel(f"codes of {figures['bits']} bits, {figures['data']}, k {figures['k']}, one thread")
    axes.set_ylabel("ms a query")
    axes.legend(fontsize=9)
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("verb", choices=("search", "scale"))
    parser.add_argument("out")
    arguments = parser.parse_args()
    matplotlib.rcParams.update({"svg.hashsalt": "hashlens", "figure.constrained_layout.use": True})
    figure = {"search": draw_search, "scale": draw_scale}[arguments.verb](json.load(sys.stdin))
    figure.savefig(arguments.out, metadata={"Date": None})


if __name__ == "__main__":
    main()
