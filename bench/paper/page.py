"""The page: figures in, HTML out. Nothing is measured here."""

import html

from published import OUR_NETWORK, PAPER_NETWORK, PUBLISHED, TITLES

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .25rem .75rem; border-bottom: 1px solid #ccc; text-align: right; }
th:first-child, td:first-child, th:nth-child(2).text, td.text { text-align: left; }
svg { max-width: 100%; height: auto; }
code { overflow-wrap: anywhere; }
"""


def number(value, digits=4):
    """The value as text with so many decimals; empty when there is none."""
    return "" if value is None else f"{value:.{digits}f}"


def table(heading, rows):
    """Cells are text; the first column, and those of words, stand left."""

    def cell(tag, text):
        text = str(text)
        words = text and not text[0].isdigit()
        return f'<{tag}{" class=text" if words else ""}>{html.escape(text)}</{tag}>'

    lines = ["<table>", "<tr>" + "".join(cell("th", title) for title in heading) + "</tr>"]
    lines += ["<tr>" + "".join(cell("td", text) for text in row) + "</tr>" for row in rows]
    return "\n".join([*lines, "</table>"])


def learned_methods(figures):
    """{bits: {name of the method: what eval says of it}} of the learned codes."""
    found = {}
    for one in figures["eval"]:
        for method in one["report"]["methods"]:
            found.setdefault(one["report"]["methods"][0]["bits"], {})[method["name"]] = method
    return found


def map_table(figures):
    """Mean average precision by length of code: ours, the paper's, later methods', each with its network."""
    learned = learned_methods(figures)
    lengths = sorted(learned)

    def ours(title, method, key):
        values = [learned[bits].get(method, {}).get(key) for bits in lengths]
        return (title, OUR_NETWORK, *(number(value) for value in values))

    rows = [
        ours("hashlens, by code", "codes", "map_at_k"),
        ours("hashlens, by code, mean over all orders of equally near codes", "codes", "expected_map_at_k"),
        ours("hashlens, code and re-rank", "codes + re-rank", "map_at_k"),
        ours("hashlens, by all features, no code", "features", "map_at_k"),
    ]
    for method, network, values in PUBLISHED[figures["name"]]:
        rows.append((method, network, *(number(values.get(bits), 3) for bits in lengths)))
    return table(("mAP by the first 1000", "network or features", *(f"{bits} bits" for bits in lengths)), rows)


def baseline_table(figures):
    """Other methods on a sample, the best first. What a method does not state is empty."""
    methods = sorted(figures["baselines"]["report"]["methods"], key=lambda method: -(method["map_at_k"] or 0))
    rows = [
        (
            method["name"] + (f", {method['bits']} bits" if method.get("bits") else ""),
            method.get("about") or "",
            number(method["map_at_k"]),
            number(method.get("bytes_per_image"), 0),
            number(method.get("search_ms"), 3),
        )
        for method in methods
    ]
    return table(("method", "what it is", "mAP", "bytes a picture", "ms a query"), rows)


def times_table(figures):
    train = figures["train"]["report"]
    rows = [
        ("learning", number(train["train_seconds"] / 60, 1)),
        ("features, heads and packages", number(train["finish_seconds"] / 60, 1)),
    ]
    rows += [(f"judging {one['report']['methods'][0]['bits']} bits", number(one["seconds"] / 60, 1)) for one in figures["eval"]]
    rows.append(("judging other methods", number(figures["baselines"]["seconds"] / 60, 1)))
    return table(("step", "minutes"), rows)


def commands(figures):
    called = [figures["train"], *figures["eval"], figures["baselines"]]
    return "<pre><code>" + html.escape("\n".join(" ".join(one["command"]) for one in called)) + "</code></pre>"


def sample_words(report):
    """How many pictures were searched and asked for, in words."""

    def side(one):
        most = one["sample_per_class"]
        return f"{one['pictures']:,} pictures" + (f" (at most {most:,} of each class)" if most else "")

    return f"{side(report['database'])} are searched, {side(report['queries'])} are queries"


def section(figures, charts):
    """One data set. charts: SVG elements."""
    report = figures["eval"][0]["report"]
    parts = [
        f"<h2>{TITLES[figures['name']]}</h2>",
        f"<p>{sample_words(report)}. A picture is right when it is of the query's class.</p>",
        map_table(figures),
        f"<p>hashlens and the paper do not share a network: the paper's is {PAPER_NETWORK}, ours is {OUR_NETWORK}. "
        "Rows with different networks do not compare methods of hashing alone.</p>",
        *charts,
        "<h3>Other methods, and a network that never saw these pictures</h3>",
        f"<p>On a sample: {sample_words(figures['baselines']['report'])}. "
        "Figures of the sample and of the whole set do not compare. Where a simple method wins, it stands above.</p>",
        baseline_table(figures),
        "<h3>Times</h3>",
        times_table(figures),
        commands(figures),
    ]
    return "\n".join(parts)


def page(machine, date, sections):
    """The whole page, in one file."""
    about = f"{machine['processor']}, {machine['cores']} cores, {date}"
    if machine["load"] > 0.5:
        about += f"; the machine had other work (load {machine['load']}), so times are too long"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>The paper's tables</title><style>{STYLE}</style>",
            "<h1>The tables of Lin et al. 2015, measured by hashlens</h1>",
            f"<p>{html.escape(about)}. Made by <code>make paper</code>.</p>",
            *sections,
            "</html>",
            "",
        ]
    )
