"""tools/check_site.py finds what it is there to find."""

import importlib.util
import pathlib
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
SPEC = importlib.util.spec_from_file_location("check_site", ROOT / "tools/check_site.py")
check_site = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(check_site)

GOOD = '<meta name="viewport" content="width=device-width"><a href="https://example.org">elsewhere</a><script src="a.js"></script>'


class CheckSite(unittest.TestCase):
    def problems(self, page, style="body { background: url(a.png) }"):
        with tempfile.TemporaryDirectory() as folder:
            site = pathlib.Path(folder)
            (site / "search").mkdir()
            (site / "search/search_index.js").touch()
            (site / "index.html").write_text(page)
            (site / "style.css").write_text(style)
            return list(check_site.problems(site))

    def test_a_good_page(self):
        self.assertEqual(self.problems(GOOD), [])

    def test_what_a_page_loads_from_elsewhere(self):
        for tag in (
            '<script src="https://example.org/a.js"></script>',
            '<link rel="stylesheet" href="//example.org/a.css">',
            '<img src="http://example.org/a.png">',
        ):
            self.assertEqual(len(self.problems(GOOD + tag)), 1, tag)
        self.assertEqual(len(self.problems(GOOD, "@font-face { src: url('https://example.org/a.woff') }")), 1)

    def test_a_page_without_a_viewport(self):
        self.assertEqual(len(self.problems("<p>")), 1)

    def test_no_site(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(len(list(check_site.problems(pathlib.Path(folder)))), 2)


if __name__ == "__main__":
    unittest.main()
