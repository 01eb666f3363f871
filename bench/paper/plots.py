"""The page's curves, drawn by matplotlib as SVG text."""

import io

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402  (after the choice of what draws)

# Text stays text, and the same figures give the same file.
pyplot.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "hashlens", "font.size": 9})


def chart(title, x_label, y_label, curves, log_x=False):
    """curves: (name, xs, ys); a curve without a point is left out."""
    figure, axes = pyplot.subplots(figsize=(6, 3.6))
    for name, xs, ys in curves:
        points = [(x, y) for x, y in zip(xs, ys) if y is not None]
        if points:
            axes.plot([x for x, _ in points], [y for _, y in points], marker="o", markersize=3, label=name)
    axes.set_title(title)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    if log_x:
        axes.set_xscale("log")
    axes.grid(True, alpha=0.25)
    axes.legend(fontsize=8)
    figure.tight_layout()
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    pyplot.close(figure)
    # Only the element: a page has no place for XML's heading.
    return text.getvalue()[text.getvalue().index("<svg") :]


def precision_chart(figures):
    """Precision by rank of the learned codes, of each length."""
    curves = []
    for one in figures["eval"]:
        for method in one["report"]["methods"]:
            if method["name"] == "codes":
                at = method["at"]
                curves.append((f"{method['bits']} bits", [point["k"] for point in at], [point["precision"] for point in at]))
    return chart("Precision of the first k", "k", "share of the class", curves, log_x=True)


def learning_chart(figures):
    """Accuracy by epoch."""
    epochs = figures["train"]["report"]["epochs"]
    minutes = [epoch["seconds"] / 60 for epoch in epochs]
    return chart(
        "Learning",
        "minutes",
        "accuracy",
        [
            ("training pictures, as they were shown", minutes, [epoch["accuracy"] for epoch in epochs]),
            ("pictures held out, averaged weights", minutes, [epoch["held_out_accuracy"] for epoch in epochs]),
        ],
    )
