#!/usr/bin/env python3
"""Looks at the documentation site that `make docs` built: it must need no network.

usage: check_site.py FOLDER

Fails when a page loads a script, style, font, frame or picture from elsewhere, has no width for phones, or has no search.
"""

import html.parser
import pathlib
import sys

LOADED = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src", "video": "src"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.loads = []
        self.viewport = False

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag in LOADED and values.get(LOADED[tag]) and values.get("rel") not in ("canonical", "next", "prev"):
            self.loads.append(values[LOADED[tag]])
        if tag == "meta" and values.get("name") == "viewport":
            self.viewport = True


def problems(site):
    pages = [path for path in sorted(site.rglob("*.html")) if "runs" not in path.relative_to(site).parts]
    if not pages:
        yield f"no pages in {site}"
    for path in pages:
        page = Page()
        page.feed(path.read_text(encoding="utf-8"))
        for target in page.loads:
            if target.startswith(("http:", "https:", "//")):
                yield f"{path}: loads {target}"
        if not page.viewport:
            yield f"{path}: has no viewport, so that phones show it tiny"
    for style in site.rglob("*.css"):
        for quote in ("", '"', "'"):
            if f"url({quote}http" in style.read_text(encoding="utf-8"):
                yield f"{style}: loads from elsewhere"
    if not (site / "search/search_index.js").is_file():
        yield f"{site}: no search index"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = list(problems(pathlib.Path(sys.argv[1])))
    for line in found:
        print(f"check_site: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
