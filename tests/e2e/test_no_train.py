"""A build without libtorch: everything else works, and training says what is missing."""

import unittest

from case import Case


class NoTrain(Case):
    def test_training_says_what_is_missing(self):
        self.save("a/1.png")
        self.save("b/2.png")
        for verb in (("train", self.pictures, "-o", self.folder / "made"), ("bench", "train", self.pictures)):
            _, err = self.run_program(*verb, exit_code=5)
            self.assertIn(b"libtorch-dev", err)
        self.assertFalse((self.folder / "made").exists())
        _, err = self.run_program("train", "--help")
        self.index()
        self.assertEqual(self.info()["images"], 2)


if __name__ == "__main__":
    unittest.main()
