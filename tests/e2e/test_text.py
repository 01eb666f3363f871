"""Search by words: small networks made here whose features of colour words and of pictures agree, numpy as the judge."""

import os
import shutil
import subprocess
import unittest

import numpy
import onnx
import openvino
from onnx import TensorProto, helper
from openvino_tokenizers import tokenizer_pipeline as pipeline
from PIL import Image

from case import PROGRAM, Case

SIDE = 16
DIM = 8
COLOURS = {"red": (1, -1, -1), "green": (-1, 1, -1), "blue": (-1, -1, 1), "yellow": (1, 1, -1), "grey": (0, 0, 0.1)}
WORDS = ["<unknown>", "<pad>", *COLOURS]
FIXED = 6  # tokens of the network that takes always as many


def constant(name, values, dtype=numpy.float32):
    return onnx.numpy_helper.from_array(numpy.asarray(values, dtype), name)


def save_network(path, nodes, inputs, outputs, constants):
    value = lambda name, shape, kind=TensorProto.FLOAT: helper.make_tensor_value_info(name, kind, shape)
    graph = helper.make_graph(
        nodes, "test", [value(*each) for each in inputs], [value(*each) for each in outputs], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def save_tokenizer(path, length=0):
    """Lower case, split at white space, a number for each known word; of `length` tokens where it is given."""
    steps = [
        pipeline.SpecialTokensSplit.from_string_iter(["<pad>"]),
        pipeline.CaseFoldStep(),
        pipeline.RegexSplitStep.whitespace_splitter(),
        pipeline.VocabEncoderStep([*WORDS], default_value=0),
        *([pipeline.TruncationStep(length)] if length else []),
        pipeline.PaddingStep(token="<pad>", _token_id=1, max_length=length or -1, pad_to_max_length=bool(length)),
    ]
    made = pipeline.TokenizerPipeline()
    made.add_steps(steps)
    openvino.save_model(made.get_tokenizer_ov_subgraph(), path)
    return path


class Text(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = numpy.random.default_rng(11)
        cls.projection = cls.random.normal(0, 1, (3, DIM)).astype(numpy.float32)
        # Unknown words say nothing; a word of a colour means what a picture of that colour does.
        table = numpy.zeros((len(WORDS), DIM), numpy.float32)
        for number, word in enumerate(WORDS):
            if word in COLOURS:
                table[number] = numpy.asarray(COLOURS[word], numpy.float32) @ cls.projection
        table[0] = 0.01
        cls.table = table
        cls.image_onnx = save_network(
            cls.shared / "image.onnx",
            [helper.make_node("ReduceMean", ["image"], ["mean"], axes=[2, 3], keepdims=0),
             helper.make_node("MatMul", ["mean", "projection"], ["image_embeds"])],
            [("image", ["n", 3, SIDE, SIDE])], [("image_embeds", [None, DIM])], [constant("projection", cls.projection)])
        cls.text_onnx = cls.save_text_network(cls.shared / "text.onnx", table)
        cls.tokenizer = save_tokenizer(cls.shared / "tokenizer.xml")
        cls.package = cls.shared / "colours"
        subprocess.run([PROGRAM, "-q", *cls.import_arguments(cls.package)], check=True, stdout=subprocess.DEVNULL)

    @staticmethod
    def save_text_network(path, table, length="length", kind=TensorProto.INT64):
        """The mean of the words' vectors, without those of padding."""
        nodes = [
            helper.make_node("Gather", ["table", "input_ids"], ["words"], axis=0),
            helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
            helper.make_node("Mul", ["words", "column"], ["kept"]),
            helper.make_node("ReduceSum", ["kept", "one"], ["sum"], keepdims=0),
            helper.make_node("ReduceSum", ["column", "one"], ["count"], keepdims=0),
            helper.make_node("Div", ["sum", "count"], ["text_embeds"]),
        ]
        tokens = ["n", length]
        return save_network(
            path, nodes, [("input_ids", tokens, kind), ("attention_mask", tokens, kind)],
            [("words", [None] * 3), ("text_embeds", [None] * 2)],
            [constant("table", table), constant("last", [-1], numpy.int64), constant("one", [1], numpy.int64)])

    @classmethod
    def import_arguments(cls, folder, text=None, tokenizer=None, output="text_embeds"):
        return ["model", "import-onnx", cls.image_onnx, "-o", folder, "--mean", "0.5", "--std", "0.5", "--crop", "1",
                "--text-onnx", text or cls.text_onnx, "--tokenizer", tokenizer or cls.tokenizer, "--bits", "32,64",
                *(["--text-output", output] if output else [])]

    def importing(self, folder, exit_code=0, **parts):
        return self.run_program(*self.import_arguments(folder, **parts), exit_code=exit_code)

    def setUp(self):
        super().setUp()
        for colour, values in COLOURS.items():
            for number in range(4):
                pixels = (numpy.asarray(values) + 1) * 127.5 + self.random.normal(0, 20 + 25 * number, (SIDE, SIDE, 3))
                pixels = numpy.clip(pixels, 0, 255).astype(numpy.uint8)
                self.save(f"{colour}/{number}.png", image=Image.fromarray(pixels))

    def indexed(self, *options, package=None):
        self.index("--model", package or self.package, "--precision", "fp32", *options)

    def search(self, *arguments):
        return self.json_lines("search", self.library, *arguments, "--precision", "fp32", "--json")

    def feature_of(self, text):
        """What the judge says: unit length."""
        numbers = [WORDS.index(word) if word in WORDS else 0 for word in text.lower().split()]
        feature = self.table[numbers].mean(axis=0)
        return feature / numpy.linalg.norm(feature)

    def expect_order_of_judge(self, text, result):
        """All images by distance of stored features to the judge's feature of the text; codes have no mean yet."""
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        self.run_program("export", self.library, self.folder / "out")
        stored = numpy.load(self.folder / "out" / "features.npy").astype(numpy.float32)
        ids = numpy.load(self.folder / "out" / "ids.npy")
        stored /= numpy.linalg.norm(stored, axis=1, keepdims=True)
        wanted = dict(zip(ids.tolist(), numpy.linalg.norm(stored - self.feature_of(text), axis=1)))
        hits = result["hits"]
        self.assertEqual(len(hits), len(wanted))
        for hit in hits:
            self.assertAlmostEqual(hit["distance"], wanted[hit["id"]], delta=2e-3)
        order = [wanted[hit["id"]] for hit in hits]
        self.assertTrue(all(b - a > -2e-3 for a, b in zip(order, order[1:])), order)

    def expect_one_line(self, code, word, *arguments, **options):
        _, err = self.run_program(*arguments, exit_code=code, **options)
        self.assertIn(word, err)
        self.assertEqual(len(err.strip().splitlines()), 1, err)

    def test_words_find_pictures(self):
        info = self.json_lines("model", "info", self.package, "--json")[0]
        self.assertEqual((info["text"], info["dim"]), (True, DIM))
        self.assertIn(b"or a text", self.run_program("model", "info", self.package)[0])
        self.assertFalse(self.json_lines("model", "info", self.model, "--json")[0]["text"])
        self.indexed()
        for text in ["red", "GREEN", "blue", "blue and yellow", "grey unheard of"]:
            with self.subTest(text):
                result = self.search("--text", text, "-k", 20)[0]
                self.assertEqual(result["query"], text)
                self.expect_order_of_judge(text, result)
        for colour in COLOURS:
            hits = self.search("--text", colour, "-k", 4)[0]["hits"]
            self.assertEqual({hit["path"].split("/")[-2] for hit in hits}, {colour})

    def test_a_text_and_a_picture_of_the_same_feature_find_the_same(self):
        self.indexed()
        red = self.folder / "pure.png"
        Image.new("RGB", (SIDE, SIDE), (255, 0, 0)).save(red)
        picture, by_id, text = self.search(red, "--text", "red", "--id", 3, "-k", 20)
        self.assertEqual([picture["query"], by_id["query"], text["query"]], [str(red), "id:3", "red"])
        for mine, other in zip(text["hits"], picture["hits"]):
            self.assertEqual((mine["id"], mine["hamming"]), (other["id"], other["hamming"]))
            self.assertAlmostEqual(mine["distance"], other["distance"], delta=2e-3)

    def test_other_options_work(self):
        self.indexed()
        under = self.search("--text", "red", "--under", self.pictures / "blue")[0]
        self.assertEqual({hit["path"].split("/")[-2] for hit in under["hits"]}, {"blue"})
        self.assertEqual(len(under["hits"]), 4)
        coded = self.search("--text", "red", "--no-rerank", "-k", 20)[0]["hits"]
        self.assertEqual(sorted(coded, key=lambda hit: (hit["hamming"], hit["id"])), coded)
        middle = coded[10]["hamming"]
        near = self.search("--text", "red", "--radius", middle, "-k", 20)[0]["hits"]
        self.assertEqual({hit["id"] for hit in near}, {hit["id"] for hit in coded if hit["hamming"] <= middle})
        page = self.folder / "hits.html"
        out, _ = self.run_program("search", self.library, "--text", "red <b>", "--text=[blue]", "--html", page, "-k", 1)
        self.assertIn(b"red <b>\n", out)
        self.assertIn(b"[blue]\n", out)
        html = page.read_text()
        self.assertIn("<h2>red &lt;b&gt;</h2>", html)
        self.assertIn("<h2>[blue]</h2>", html)
        self.expect_one_line(2, b"one query", "search", self.library, "--text", "a", "--text", "b", "--after", "1:2:00000000")

    def test_smaller_features_are_searched_by_words(self):
        self.indexed("--features", "int8")
        self.expect_order_of_judge("yellow", self.search("--text", "yellow", "-k", 20)[0])

    def test_a_network_of_fixed_length_wants_its_tokenizer(self):
        fixed = self.save_text_network(self.folder / "fixed.onnx", self.table, FIXED, TensorProto.INT32)
        _, err = self.importing(self.folder / "package", text=fixed, exit_code=2)
        self.assertIn(b"--max-length 6 --max-padding 6", err)
        self.assertFalse((self.folder / "package").exists())
        padding = save_tokenizer(self.folder / "padding.xml", FIXED)
        self.importing(self.folder / "package", text=fixed, tokenizer=padding)
        self.indexed(package=self.folder / "package")
        self.expect_order_of_judge("blue", self.search("--text", "blue", "-k", 20)[0])
        # What is beyond the length is cut.
        cut, whole = (self.search("--text", text, "-k", 20)[0] for text in ["red " * 6 + "blue " * 50, "red"])
        self.assertEqual([hit["id"] for hit in cut["hits"]], [hit["id"] for hit in whole["hits"]])

    def test_the_only_input_gets_the_tokens_whatever_its_name(self):
        plain = save_network(
            self.folder / "plain.onnx",
            [helper.make_node("Gather", ["table", "words"], ["each"], axis=0),
             helper.make_node("ReduceMean", ["each"], ["text"], axes=[1], keepdims=0)],
            [("words", [1, None], TensorProto.INT64)], [("text", [None] * 2)], [constant("table", self.table)])
        self.importing(self.folder / "package", text=plain, output=None)
        self.indexed(package=self.folder / "package")
        self.expect_order_of_judge("green grey", self.search("--text", "green grey", "-k", 20)[0])

    def test_what_does_not_fit_is_not_imported(self):
        wide = self.save_text_network(self.folder / "wide.onnx", numpy.ones((len(WORDS), DIM + 1)))
        dead = self.save_text_network(self.folder / "dead.onnx", numpy.ones((len(WORDS), DIM)))
        infinite = self.save_text_network(self.folder / "infinite.onnx", numpy.full((len(WORDS), DIM), numpy.inf))
        # Takes six tokens, as the first texts that are tried have, and says so to nobody.
        short = save_network(
            self.folder / "short.onnx",
            [helper.make_node("Gather", ["table", "input_ids"], ["each"], axis=0),
             helper.make_node("Add", ["each", "places"], ["placed"]),
             helper.make_node("ReduceMean", ["placed"], ["text_embeds"], axes=[1], keepdims=0)],
            [("input_ids", [1, None], TensorProto.INT64)], [("text_embeds", [None] * 2)],
            [constant("table", self.table), constant("places", numpy.ones((1, 6, DIM)))])
        broken = self.folder / "broken.xml"
        broken.write_bytes(self.tokenizer.read_bytes()[:300])
        shutil.copy(self.tokenizer.with_suffix(".bin"), broken.with_suffix(".bin"))
        alone = shutil.copy(self.tokenizer, self.folder / "alone.xml")
        for options, code, word in [
            ({"text": wide}, 2, b"9"),
            ({"text": dead}, 2, b"same feature"),
            ({"text": infinite}, 2, b"not finite"),
            ({"text": short}, 2, b"--max-length N"),
            ({"output": "words"}, 2, b"--text-output"),
            ({"output": "nowhere"}, 2, b"nowhere"),
            ({"output": None}, 2, b"--text-output"),
            ({"text": self.image_onnx, "output": None}, 2, b"image"),
            ({"text": self.folder / "none.onnx"}, 5, b"none.onnx"),
            ({"tokenizer": broken}, 5, b"broken.xml"),
            ({"tokenizer": alone}, 5, b"alone.bin"),
            ({"tokenizer": self.package / "network.xml"}, 2, b"no tokenizer"),
            ({"text": broken}, 5, b"broken.xml"),
        ]:
            with self.subTest(options=options):
                _, err = self.importing(self.folder / "package", exit_code=code, **options)
                self.assertIn(word, err)
                self.assertEqual(len(err.strip().splitlines()), 1, err)
                self.assertFalse((self.folder / "package").exists())
        self.expect_one_line(2, b"--tokenizer", "model", "import-onnx", self.image_onnx, "-o", self.folder / "package",
                             "--mean", "0", "--std", "1", "--text-onnx", self.text_onnx)

    def test_a_text_that_is_none_is_refused_alone(self):
        self.indexed()
        long = "red " * 1024
        for text, word in [(b"\xff\xfered", b"UTF-8"), ("", b"empty"), (long + "x", b"4096"), ("  ", b"no word")]:
            with self.subTest(text[:8]):
                self.expect_one_line(2, word, "search", self.library, "--text", text)
        out, err = self.run_program("search", self.library, "--text", b"\xff", "--text", "red", "--json", exit_code=3)
        self.assertIn(b'"query_hex":"ff"', out)
        self.assertIn(b'"query":"red"', out)
        self.search("--text", long)

    def test_without_a_text_network_words_are_refused(self):
        self.index()
        self.expect_one_line(2, b"import-onnx", "search", self.library, "--text", "red")

    def test_without_the_tokenizers_library_pictures_are_found_still(self):
        self.indexed()
        before = os.environ.get("HASHLENS_TOKENIZERS")
        os.environ["HASHLENS_TOKENIZERS"] = str(self.folder)
        self.addCleanup(lambda: os.environ.pop("HASHLENS_TOKENIZERS") if before is None
                        else os.environ.update(HASHLENS_TOKENIZERS=before))
        self.expect_one_line(5, b"openvino-tokenizers", "search", self.library, "--text", "red")
        self.assertEqual(len(self.search("--id", 1)[0]["hits"]), 10)
        (self.folder / "libopenvino_tokenizers.so").write_bytes(b"no library")
        self.expect_one_line(5, b"libopenvino_tokenizers.so", "search", self.library, "--text", "red")

    def test_a_library_carries_the_text_network_along(self):
        package = self.folder / "package"
        shutil.copytree(self.package, package)
        self.indexed(package=package)
        before = self.search("--text", "blue", "-k", 20)[0]["hits"]
        shutil.rmtree(package)
        self.verify()
        moved = self.library.rename(self.folder / "moved.hashlens")
        self.library = moved
        self.assertTrue(self.json_lines("model", "info", self.library, "--json")[0]["text"])
        hits = self.search("--text", "blue", "-k", 20)[0]["hits"]
        self.assertEqual([hit["id"] for hit in hits], [hit["id"] for hit in before])
        for name in ["text.bin", "tokenizer.xml", "tokenizer.bin", "text.xml"]:
            with self.subTest(name):
                file = self.library / "model" / name
                good = file.read_bytes()
                file.write_bytes(good[:20] + bytes([good[20] ^ 1]) + good[21:])
                self.expect_one_line(5, name.encode(), "search", self.library, "--text", "red")
                self.assertIn(name.encode(), b"".join(self.verify(exit_code=5)))
                self.search("--id", 1)
                file.unlink()
                self.expect_one_line(5, name.encode(), "search", self.library, "--text", "red")
                file.write_bytes(good)
        self.verify()


if __name__ == "__main__":
    unittest.main()
