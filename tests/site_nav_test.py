"""The navigation of the documentation site (mkdocs.yml) names pages that are there."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
MADE = {"reference/cli", "readme.md", "changes.md", "contributing.md", "notice.md"}  # by tools/docs_hooks.py


class SiteNav(unittest.TestCase):
    def test_every_entry_is_a_page(self):
        nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")[1]
        targets = re.findall(r"(?m)^ +- [^:\n]+: (\S+)$", nav)
        self.assertGreater(len(targets), 20)
        for target in targets:
            self.assertTrue(target in MADE or (ROOT / "docs" / target).is_file(), target)
        self.assertEqual(len(targets), len(set(targets)))


if __name__ == "__main__":
    unittest.main()
