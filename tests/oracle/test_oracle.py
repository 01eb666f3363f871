"""Decoded pixels against those that the corpus was made of: compare.py as a test. HASHLENS_DECODE_TO_PPM is the program."""

import os
import tempfile
import unittest

import compare
import known
from corpus import TOOL_PACKAGES, tool


class Oracle(unittest.TestCase):
    def test_corpus(self):
        with tempfile.TemporaryDirectory() as folder:
            corpus = compare.build(folder)
            results = compare.compare(os.environ["HASHLENS_DECODE_TO_PPM"], corpus)
            compare.print_table(results)
            for line in compare.complaints(results, corpus):
                with self.subTest(line.partition(":")[0]):
                    self.fail(line)
            self.nothing_is_missed(corpus, {result.name for result in results if result.right})

    def nothing_is_missed(self, corpus, right):
        """Of a file that ends after seven tenths no picture is made silently, unless it lies in what is left."""
        cut = {}
        for case in corpus.cases:
            if case.name in right and not known.lies_at_the_start(case.name):
                content = case.path.read_bytes()
                path = case.path.with_suffix(".cut")
                path.write_bytes(content[: len(content) * 7 // 10])
                cut[path] = case.name
        for path, pixels in compare.decode(os.environ["HASHLENS_DECODE_TO_PPM"], list(cut)).items():
            with self.subTest(cut[path]):
                self.assertIsInstance(pixels, str, "a part of the file was decoded as if it were whole")

    def test_tools(self):
        for name, package in TOOL_PACKAGES.items():
            with self.subTest(name):
                if tool(name) is None:
                    self.skipTest(f"tools/setup.sh --tests installs {name} ({package})")


class Complaints(unittest.TestCase):
    """What the comparison complains of."""

    def complain(self, name, verdict, *, left_out=None, wrong=None, **more):
        kept = known.LEFT_OUT, known.WRONG_TODAY, known.UNCONFIRMED
        known.LEFT_OUT, known.WRONG_TODAY, known.UNCONFIRMED = left_out or {}, wrong or {}, {}
        try:
            corpus = compare.Corpus(self.enterContext(tempfile.TemporaryDirectory()), only=["any"])
            result = compare.Result(name, verdict, **{"confirmed_by": "Pillow", **more})
            return "\n".join(compare.complaints([result], corpus))
        finally:
            known.LEFT_OUT, known.WRONG_TODAY, known.UNCONFIRMED = kept

    def test_a_right_case_is_fine_unless_a_line_says_that_it_is_wrong(self):
        self.assertEqual(self.complain("png/a", "equal"), "")
        for table in ("left_out", "wrong"):
            self.assertIn("remove its line", self.complain("png/a", "within", **{table: {"png/*": "reason"}}))

    def test_a_wrong_case_is_reported_unless_a_line_tells_why(self):
        for verdict in ("differs", "refused"):
            self.assertIn(f"png/a: {verdict}", self.complain("png/a", verdict))
            for table in ("left_out", "wrong"):
                self.assertEqual(self.complain("png/a", verdict, **{table: {"png/a": "reason"}}), "")

    def test_formats_that_are_not_read_must_be_refused_until_they_are_in_the_list(self):
        self.assertEqual(self.complain("unknown/a", "unread"), "")
        self.assertIn("add it to READ", self.complain("unknown/a", "equal"))

    def test_sources_need_another_decoder_or_a_reason(self):
        self.assertIn("no other decoder", self.complain("png/a", "equal", confirmed_by="", others={"Pillow": "differs by 9.0"}))

    def test_the_ground_is_that_of_the_program(self):
        import numpy as np

        from pictures import over_ground
        clear_white = np.full((2, 2, 4), 255, np.uint8)
        clear_white[0, :, 3] = 0
        self.assertEqual(over_ground(clear_white).reshape(-1, 3)[:, 0].tolist(), [64, 64, 255, 255])


if __name__ == "__main__":
    unittest.main()
