"""The published model of Lin et al. (2015): import, index, search.

HASHLENS_PUBLISHED_MODELS names the folder that holds its two files (docs/caffe.md). CMake adds this
test only where that variable is set.
"""

import json
import os
import pathlib
import unittest

from case import Case, picture

FOLDER = os.environ.get("HASHLENS_PUBLISHED_MODELS", "")
PROTOTXT, WEIGHTS = "KevinNet_CIFAR10_48_deploy.prototxt", "KevinNet_CIFAR10_48.caffemodel"
BITS, FEATURE = 48, 4096


@unittest.skipUnless(FOLDER, "HASHLENS_PUBLISHED_MODELS names no folder with the published Caffe models")
class PublishedCaffeModel(Case):
    def test_import_index_search(self):
        folder = pathlib.Path(FOLDER).expanduser()
        model = self.folder / "cifar10-48"
        report, _ = self.run_program(
            "model", "import-caffe", "--prototxt", folder / PROTOTXT, "--weights", folder / WEIGHTS, "--feature", "fc7",
            "--hash", "fc8_kevin_encode", "--mean", "104.007,116.669,122.679", "-o", model, "--json",
        )  # fmt: skip
        report = json.loads(report)
        self.assertEqual(report["heads"], [{"bits": BITS, "method": "caffe"}])
        self.assertEqual((report["feature"], report["input_size"], report["warnings"]), ("fc7", 227, []))
        names = [self.save(f"{i}.png", image=picture(i, (64, 64))).name for i in range(5)]
        self.index("--model", model)
        self.verify()
        self.assertEqual(self.info()["bits"], BITS)
        self.assertIn(self.info()["model_dim"], (FEATURE, FEATURE + 1))  # with biases: and the constant
        for name in names:
            (result,) = self.json_lines("search", self.library, self.pictures / name, "--json")
            self.assertTrue(result["hits"][0]["path"].endswith(name))
            self.assertEqual(result["hits"][0]["hamming"], 0)


if __name__ == "__main__":
    unittest.main()
