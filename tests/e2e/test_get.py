"""Larger networks from the Python package index: fetched for real, which takes the network and pip."""

import sys
import unittest

from case import Case, picture


class Get(Case):
    def environment(self):
        environment = {**super().environment(), "HASHLENS_PYTHON": sys.executable, "XDG_DATA_HOME": str(self.folder / "data"),
                       **self.changes}
        environment.pop("HASHLENS_MODELS", None)
        return environment

    def setUp(self):
        super().setUp()
        self.changes = {}

    def test_a_fetched_model_is_found_by_name(self):
        made = self.json_lines("model", "get", "lite1", "--bits", "32,64", "--json")[0]
        self.assertEqual((made["name"], made["dim"], made["input_size"]), ("efficientnet-lite1", 1280, 240))
        self.assertEqual(made["path"], str(self.folder / "data" / "hashlens" / "models" / "efficientnet-lite1"))
        for number in range(6):
            self.save(f"{number}.png", image=picture(number, (300, 260)))
        self.index("--model", "efficientnet-lite1", "--bits", 64)
        hits = self.json_lines("search", self.library, self.pictures / "3.png", "--json")[0]["hits"]
        self.assertEqual(hits[0]["path"], str(self.pictures.resolve() / "3.png"))
        self.assertEqual(hits[0]["hamming"], 0)
        self.assertGreater(hits[1]["distance"], 0.01)
        _, err = self.run_program("model", "get", "lite1", exit_code=2)
        self.assertIn(b"already there", err)

    def test_without_python_or_pip_nothing_is_left(self):
        out = self.folder / "model"
        broken = self.folder / "python"
        broken.write_text("#!/bin/sh\necho 'no pip here' >&2\nexit 1\n")
        broken.chmod(0o755)
        for python, word in (("no-such-python", b"no-such-python"), (str(broken), b"no pip here")):
            self.changes = {"HASHLENS_PYTHON": python}
            _, err = self.run_program("model", "get", "lite2", "-o", out, exit_code=5)
            self.assertIn(word, err)
            self.assertIn(b"python3-pip", err)
            self.assertFalse(out.exists())
        self.run_program("model", "get", "lite7", "-o", out, exit_code=2)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["pictures", "python"])


if __name__ == "__main__":
    unittest.main()
