"""Models trained with Caffe: import, index, search; codes and features as numpy works them out from the same files."""

import json
import os
import struct
import subprocess
import unittest

import numpy
from PIL import Image

from case import PROGRAM, Case, picture
from databases import write_hdf5

SIZE, WHOLE, BITS = 32, 40, 16
MEAN = (104.0, 117.0, 123.0)

PROTOTXT = """
name: "small"
input: "data"
input_dim: 1
input_dim: 3
input_dim: 32
input_dim: 32
layers {
  name: "conv1"
  type: CONVOLUTION
  bottom: "data"
  top: "conv1"
  blobs_lr: 1
  convolution_param { num_output: 6 kernel_size: 5 stride: 2 }
}
layers { name: "relu1" type: RELU bottom: "conv1" top: "conv1" }
layers { name: "pool1" type: POOLING bottom: "conv1" top: "pool1" pooling_param { pool: MAX kernel_size: 3 stride: 2 } }
layers { name: "fc7" type: INNER_PRODUCT bottom: "pool1" top: "fc7" inner_product_param { num_output: 64 } }
layers { name: "relu7" type: RELU bottom: "fc7" top: "fc7" }
layers { name: "drop7" type: DROPOUT bottom: "fc7" top: "fc7" }
layers { name: "fc8_kevin_encode" type: INNER_PRODUCT bottom: "fc7" top: "fc8_kevin_encode" inner_product_param { num_output: 16 } }
layers { name: "fc8_kevin_encode_sigmoid" type: SIGMOID bottom: "fc8_kevin_encode" top: "fc8_kevin_encode_sigmoid" }
layers { name: "fc8_pascal" type: INNER_PRODUCT bottom: "fc8_kevin_encode_sigmoid" top: "fc8_pascal" inner_product_param { num_output: 10 } }
layers { name: "prob" type: SOFTMAX bottom: "fc8_pascal" top: "prob" }
"""


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def nested(field, data):
    """A field of protobuf's binary form that holds bytes."""
    return varint(field << 3 | 2) + varint(len(data)) + data


def blob(array):
    """A BlobProto of 2014: num, channels, height, width, data."""
    shape = (1,) * (4 - array.ndim) + array.shape
    dims = b"".join(varint(field << 3) + varint(dim) for field, dim in enumerate(shape, 1))
    return dims + nested(5, array.astype("<f4").tobytes())


def caffemodel(weights):
    """A NetParameter with V1 layers; weights: name -> arrays."""
    return b"".join(
        nested(2, nested(4, name.encode()) + b"".join(nested(6, blob(array)) for array in arrays))
        for name, arrays in weights.items()
    )


def reference(weights, image):
    """Feature and output of the latent layer of a picture of 40 x 40, after Caffe's definitions."""
    pixels = numpy.asarray(image, numpy.float64)[4:36, 4:36, ::-1] - MEAN  # BGR
    kernel, bias = weights["conv1"]
    windows = numpy.lib.stride_tricks.sliding_window_view(pixels.transpose(2, 0, 1), (5, 5), (1, 2))[:, ::2, ::2]
    conv = numpy.maximum(numpy.einsum("cyxij,ocij->oyx", windows, kernel) + bias[:, None, None], 0)
    pool = numpy.empty((6, 7, 7))  # 14 pixels: rounded up, the last window is cut
    for y in range(7):
        for x in range(7):
            pool[:, y, x] = conv[:, 2 * y : 2 * y + 3, 2 * x : 2 * x + 3].max((1, 2))
    feature = numpy.maximum(weights["fc7"][0] @ pool.ravel() + weights["fc7"][1], 0)
    return feature, weights["fc8_kevin_encode"][0] @ feature + weights["fc8_kevin_encode"][1]


class Caffe(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        random = numpy.random.default_rng(7)
        shapes = {"conv1": (6, 3, 5, 5), "fc7": (64, 294), "fc8_kevin_encode": (BITS, 64), "fc8_pascal": (10, BITS)}
        cls.weights = {
            name: (
                random.normal(0, (2 / numpy.prod(shape[1:])) ** 0.5, shape).astype(numpy.float32),
                random.normal(0, 0.5, shape[0]).astype(numpy.float32),
            )
            for name, shape in shapes.items()
        }
        cls.prototxt = cls.shared / "deploy.prototxt"
        cls.prototxt.write_text(PROTOTXT)
        cls.caffemodel = cls.shared / "net.caffemodel"
        cls.caffemodel.write_bytes(caffemodel(cls.weights))
        cls.imported = cls.shared / "caffe-16"
        cls.report = json.loads(subprocess.run(cls.command(cls.imported, "--json"), check=True, capture_output=True).stdout)

    @classmethod
    def command(cls, output, *more):
        return [
            PROGRAM, "model", "import-caffe", "--prototxt", cls.prototxt, "--weights", cls.caffemodel, "--mean", "104,117,123",
            "--size", str(WHOLE), "--feature", "fc7", "--hash", "fc8_kevin_encode", "-o", output, *more,
        ]  # fmt: skip

    def import_fails(self, *arguments, exit_code):
        _, err = self.run_program("model", "import-caffe", *arguments, exit_code=exit_code)
        lines = err.decode().splitlines()
        self.assertEqual(len(lines), 1, err)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["pictures"])
        return lines[0]

    def arguments(self, **changed):
        options = {"prototxt": self.prototxt, "weights": self.caffemodel, "hash": "fc8_kevin_encode", "output": self.folder / "out"}
        options.update(changed)
        return [part for name, value in options.items() if value != "" for part in (f"--{name}", value)]

    def save_pictures(self, count=60):
        return {self.save(f"{i:03}.png", image=picture(i, (WHOLE, WHOLE))).name: picture(i, (WHOLE, WHOLE)) for i in range(count)}

    def test_codes_and_features_are_those_of_the_network(self):
        images = self.save_pictures()
        self.index("--model", self.imported)
        self.verify()
        folder = self.folder / "export"
        self.run_program("export", self.library, folder)
        codes = numpy.unpackbits(numpy.load(folder / "codes.npy"), axis=1, bitorder="little")
        features = numpy.load(folder / "features.npy").astype(numpy.float64)
        rows = [json.loads(line) for line in (folder / "images.jsonl").read_text().splitlines()]
        self.assertEqual(len(rows), len(images))
        self.assertEqual(features.shape[1], 65)  # and the constant
        near = 0
        for row, code, stored in zip(rows, codes, features):
            feature, latent = reference(self.weights, images[os.path.basename(row["path"])])
            cosine = stored[:64] @ feature / numpy.linalg.norm(stored[:64]) / numpy.linalg.norm(feature)
            self.assertGreater(cosine, 0.9995)
            # bf16, where the CPU has it, and fp16 of the stored feature.
            decided = abs(latent) > 0.05 * abs(latent).max()
            near += (~decided).sum()
            self.assertEqual((code[decided] == 1).tolist(), (latent[decided] >= 0).tolist())
        self.assertLess(near, codes.size / 5)
        self.assertTrue(0.1 < codes.mean() < 0.9)

    def test_encode_gives_the_latent_layer_as_it_was_trained(self):
        images = self.save_pictures(5)
        model = ("--model", self.imported, "--precision", "fp32")
        rows = self.json_lines("encode", self.pictures, *model, "--activations", "--code")
        for row in rows:
            feature, latent = reference(self.weights, images[os.path.basename(row["path"])])
            # The feature is rounded to fp16.
            unsure = 1e-3 * numpy.linalg.norm(feature) * numpy.linalg.norm(self.weights["fc8_kevin_encode"][0], axis=1)
            low, high = (1 / (1 + numpy.exp(-(latent + sign * unsure))) for sign in (-1, 1))
            self.assertTrue(((low - 1e-6 <= row["activations"]) & (row["activations"] <= high + 1e-6)).all(), (low, row, high))
            bits = numpy.unpackbits(numpy.frombuffer(bytes.fromhex(row["code"]), numpy.uint8), bitorder="little")
            self.assertEqual((bits == 1).tolist(), (numpy.float32(row["activations"]) >= 0.5).tolist())

    def test_encode_gives_layers_by_the_names_of_blobs_and_layers(self):
        images = self.save_pictures(3)
        (name, image), *_ = images.items()
        feature, _ = reference(self.weights, image)

        def layer(name):
            rows = self.json_lines("encode", self.pictures, "--model", self.imported, "--precision", "fp32", "--layer", name)
            self.assertEqual([sorted(row) for row in rows], [["feature", "path", "version"]] * 3)
            return numpy.array(rows[0]["feature"])

        numpy.testing.assert_allclose(layer("fc7"), feature, rtol=1e-3, atol=1e-3 * feature.max())  # the blob, after its ReLU
        self.assertEqual(layer("conv1").shape, (6 * 14 * 14,))
        self.assertEqual(layer("pool1").shape, (6 * 7 * 7,))
        numpy.testing.assert_array_equal(layer("conv1"), layer("relu1"))
        _, err = self.run_program("encode", self.pictures, "--model", self.imported, "--layer", "fc8", exit_code=2)
        self.assertIn(b'layer "fc8": the network has none of that name; near it are fc7, ', err)

    def test_layers_are_listed_with_their_sizes(self):
        arguments = ("model", "import-caffe", "--list", "--prototxt", self.prototxt, "--weights", self.caffemodel)
        rows = self.json_lines(*arguments, "--json")
        self.assertEqual([row["name"] for row in rows][:3], ["conv1", "relu1", "pool1"])
        sizes = {row["name"]: row["shape"] for row in rows}
        self.assertEqual((sizes["relu1"], sizes["pool1"], sizes["fc7"], sizes["prob"]), ([6, 14, 14], [6, 7, 7], [64], [10]))
        self.assertEqual(rows[4]["blobs"], ["fc7"])  # of relu7
        other = self.folder / "other.prototxt"
        other.write_text(PROTOTXT.replace("type: SIGMOID", "type: POWER"))
        rows = self.json_lines(*arguments[:3], "--prototxt", other, "--weights", self.caffemodel, "--json")
        self.assertEqual(["problem" in row for row in rows], [False] * 7 + [True] * 3)
        out, _ = self.run_program(*arguments)
        self.assertIn(b"6 x 14 x 14", out)
        _, err = self.run_program(*arguments[:2], *arguments[3:], "--feature", "fc7", exit_code=2)
        self.assertIn(b"--output is required", err)

    def import_with_names(self, names, **changed):
        file = self.shared / "names.txt"
        file.write_text(names, encoding="utf-8")
        return self.arguments(**{"classifier": "prob", "label-names": file, "mean": "104,117,123", "size": str(WHOLE), **changed})

    def test_the_classifier_tells_the_networks_own_classes(self):
        images = self.save_pictures(8)
        names = [f"kind {i}" for i in range(10)]
        lines = [f"n0000000{i} {name}" if i % 2 else name for i, name in enumerate(names)]
        model = self.folder / "model"
        self.run_program("model", "import-caffe", *self.import_with_names("\n".join(lines) + "\n", output=model))
        (info,) = self.json_lines("model", "info", model, "--json")
        self.assertEqual(info["classes"], 10)
        (plain,) = self.json_lines("model", "info", self.imported, "--json")
        self.assertEqual((plain["classes"], plain["feature_digest"]), (0, info["feature_digest"]))
        rows = self.json_lines("classify", self.pictures, "--model", model, "--precision", "fp32", "--top", "10", "--json")
        self.assertEqual(len(rows), len(images))
        weights, bias = self.weights["fc8_pascal"]
        for row, image in zip(rows, images.values()):
            _, latent = reference(self.weights, image)
            powers = numpy.exp(weights @ (1 / (1 + numpy.exp(-latent))) + bias)
            told = {c["name"]: c for c in row["categories"]}
            for i, (name, wanted) in enumerate(zip(names, powers / powers.sum())):
                self.assertAlmostEqual(told[name]["probability"], wanted, delta=2e-3)
                self.assertEqual(told[name].get("id"), f"n0000000{i}" if i % 2 else None)

    def test_a_classifier_that_does_not_fit_gets_one_line(self):
        ten = "".join(f"kind {i}\n" for i in range(10))
        for names, changed, code, said in (
            (ten + "one more\n", {}, 2, '11 names, but the classifier "prob" has 10 classes'),
            ("", {}, 2, "names.txt: has no names"),
            (ten.replace("kind 3", ""), {}, 2, "names.txt: line 4 has no name"),
            (ten, {"classifier": "probs"}, 2, 'no blob or layer is called "probs"'),
            (ten, {"classifier": "pool1"}, 2, '"pool1" is no classifier: that takes an InnerProduct'),
            (ten, {"feature": "fc7", "hash": ""}, 2, 'reads "fc8_kevin_encode_sigmoid", but a classifier must read the feature, "fc7"'),
            (ten, {"classifier": ""}, 2, "--label-names are of the classes that --classifier tells"),
            (ten, {"label-names": self.folder / "none"}, 5, "none"),
        ):
            self.assertIn(said, self.import_fails(*self.import_with_names(names, **changed), exit_code=code))
        broken = dict(self.weights)
        broken["fc8_pascal"] = (broken["fc8_pascal"][0] * numpy.float32("nan"), broken["fc8_pascal"][1])
        file = self.shared / "nan.caffemodel"
        file.write_bytes(caffemodel(broken))
        line = self.import_fails(*self.import_with_names(ten, weights=file), exit_code=5)
        self.assertIn('"fc8_pascal"', line)
        self.assertIn("not a finite number", line)

    def test_search_finds_each_picture_and_codes_stay(self):
        self.save_pictures(20)
        self.index("--model", self.imported)
        for i in (0, 7, 19):
            (result,) = self.json_lines("search", self.library, self.pictures / f"{i:03}.png", "--json")
            self.assertTrue(result["hits"][0]["path"].endswith(f"{i:03}.png"))
            self.assertEqual(result["hits"][0]["hamming"], 0)
        self.assertEqual((self.info()["bits"], self.info()["model_dim"]), (BITS, 65))

    def test_pictures_are_seen_to_their_ends_unless_cropped(self):
        middle = picture("middle", (WHOLE, WHOLE))
        for name, colour in (("dark", (0, 0, 0)), ("light", (255, 255, 255))):
            wide = Image.new("RGB", (3 * WHOLE, WHOLE), colour)
            wide.paste(middle, (WHOLE, 0))
            self.save(f"{name}.png", image=wide)
        cropping = self.folder / "cropping"
        self.run_program(*self.command(cropping, "--fit", "square")[1:])
        apart = {}
        for model in (self.imported, cropping):
            library = self.folder / f"{model.name}.hashlens"
            self.run_program("index", library, self.pictures, "--model", model)
            (result,) = self.json_lines("search", library, self.pictures / "dark.png", "--json")
            apart[model] = result["hits"][1]["distance"]
        self.assertLess(apart[cropping], 1e-4)
        self.assertGreater(apart[self.imported], 0.05)

    def test_features_of_others_need_no_constant(self):
        outputs = [reference(self.weights, image) for image in self.save_pictures(12).values()]
        features = numpy.float32([feature for feature, _ in outputs])
        latent = numpy.array([output for _, output in outputs])
        sure = numpy.abs(latent) > 0.02 * numpy.abs(latent).max()
        write_hdf5(self.folder / "fc7.h5", features=features)
        self.run_program("index", self.library, self.folder / "fc7.h5", "--model", self.imported)
        self.run_program("export", self.library, self.folder / "out")
        stored = numpy.load(self.folder / "out/features.npy").astype(numpy.float32)
        self.assertEqual(stored.shape, (12, 65))
        codes = numpy.unpackbits(numpy.load(self.folder / "out/codes.npy"), axis=1, bitorder="little")
        numpy.testing.assert_array_equal(codes[sure], (latent > 0)[sure])
        # Features as they came, and those of a library, which have unit length and the constant.
        write_hdf5(self.folder / "stored.h5", features=stored)
        for name in ("fc7.h5", "stored.h5"):
            rows = self.json_lines("encode", self.folder / name, "--model", self.imported, "--activations")
            self.assertEqual(len(rows), 12)
            for row, feature, output in zip(rows, features, latent):
                # Rounded to fp16, of the library's twice.
                unsure = 2e-3 * numpy.linalg.norm(feature) * numpy.linalg.norm(self.weights["fc8_kevin_encode"][0], axis=1)
                low, high = (1 / (1 + numpy.exp(-(output + sign * unsure))) for sign in (-1, 1))
                self.assertTrue(((low - 1e-6 <= row["activations"]) & (row["activations"] <= high + 1e-6)).all(), (low, row, high))
        unit = features / numpy.linalg.norm(features, axis=1, keepdims=True)
        write_hdf5(self.folder / "unit.h5", features=unit)
        _, err = self.run_program("encode", self.folder / "unit.h5", "--model", self.imported, exit_code=5)
        self.assertIn(b"the feature was scaled to unit length", err)

    def test_a_mean_image_is_read_again(self):
        images = self.save_pictures(5)
        mean = numpy.mean([numpy.asarray(image, numpy.float64)[:, :, ::-1] for image in images.values()], axis=0).transpose(2, 0, 1)
        (self.pictures / "broken.png").write_bytes(b"no picture")
        for name in ("mean.npy", "mean.binaryproto"):
            arguments = ("mean", self.pictures, "-o", self.folder / name, "--size", WHOLE)
            (report,) = self.json_lines(*arguments, "--json", exit_code=3)
            self.assertEqual((report["pictures"], report["failed"]), (5, 1))
            numpy.testing.assert_allclose(report["channels"], mean.mean((1, 2)))
            _, err = self.run_program(*arguments, exit_code=2)
            self.assertIn(b"already there", err)
            options = self.arguments(mean=self.folder / name, size=WHOLE, output=self.folder / f"model-{name}")
            self.run_program("model", "import-caffe", *options)
        numpy.testing.assert_allclose(numpy.load(self.folder / "mean.npy"), mean, rtol=1e-6)
        digests = {self.json_lines("model", "info", self.folder / f"model-{name}", "--json")[0]["feature_digest"]
                   for name in ("mean.npy", "mean.binaryproto")}  # fmt: skip
        self.assertEqual(len(digests), 1)

    def test_what_is_told(self):
        report = self.report
        self.assertEqual((report["name"], report["dim"], report["input_size"]), ("caffe-16", 65, SIZE))
        self.assertEqual(report["heads"], [{"bits": BITS, "method": "caffe"}])
        self.assertEqual((report["feature"], report["layers"], report["fit"], report["size"]), ("fc7", 6, "stretch", WHOLE))
        self.assertEqual(report["warnings"], [])
        (info,) = self.json_lines("model", "info", self.imported, "--json")
        self.assertEqual(info["feature_digest"], report["feature_digest"])

    def test_without_a_hash_layer_codes_are_fitted_at_1000_images(self):
        model = self.folder / "features"
        self.run_program("model", "import-caffe", *self.arguments(hash="", feature="fc7", bits=32, output=model))
        for i in range(999):
            self.save(f"{i:04}.png", seed=i)
        self.index("--model", model)
        before = self.info()
        self.save("last.png", seed=1000)
        self.index("--model", model)
        after = self.info()
        self.assertEqual((before["bits"], after["bits"], after["dim"]), (32, 32, 64))
        self.assertEqual((before["head"]["method"], after["head"]["method"]), ("lsh-provisional", "itq"))

    def test_bad_input_gets_one_line(self):
        line = self.import_fails(*self.arguments(weights=self.folder / "none"), exit_code=5)
        self.assertIn("none", line)
        line = self.import_fails(*self.arguments(hash="fc9"), exit_code=2)
        self.assertIn('"fc9"; the last ones are conv1, pool1, fc7', line)
        line = self.import_fails(*self.arguments(hash="", feature=""), exit_code=2)
        self.assertIn("--feature or --hash", line)
        self.assertIn("--bits", self.import_fails(*self.arguments(bits=32), exit_code=2))
        self.assertIn("--fit", self.import_fails(*self.arguments(fit="tall"), exit_code=2))
        line = self.import_fails(*self.arguments(feature="pool1"), exit_code=2)
        self.assertIn('makes codes of "fc7"', line)
        line = self.import_fails(*self.arguments(size=31), exit_code=2)
        self.assertIn("31 pixels", line)
        line = self.import_fails(*self.arguments(weights=self.prototxt), exit_code=5)
        self.assertIn("deploy.prototxt", line)
        line = self.import_fails(*self.arguments(output=self.imported), exit_code=2)
        self.assertIn("already exists", line)

    def test_an_unsupported_layer_is_named_with_its_line(self):
        other = self.shared / "other.prototxt"
        other.write_text(PROTOTXT.replace("type: RELU bottom: \"fc7\"", "type: POWER bottom: \"fc7\""))
        line = self.import_fails(*self.arguments(prototxt=other), exit_code=5)
        self.assertIn(f'{other}:19: layer "relu7" (Power)', line)


if __name__ == "__main__":
    unittest.main()
