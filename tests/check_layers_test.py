#!/usr/bin/env python3
"""tools/check_layers.py accepts what the rules allow and names what they do not."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOL = ROOT / "tools" / "check_layers.py"
sys.path.insert(0, str(TOOL.parent))

import check_layers  # noqa: E402


def header(guard, *includes):
    lines = [f"#ifndef {guard}", f"#define {guard}", *(f"#include {name}" for name in includes), f"#endif  // {guard}"]
    return "\n".join(lines) + "\n"


class CheckLayersTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        # The smallest tree that keeps every rule.
        self.write("include/hashlens/status.h", header("HASHLENS_STATUS_H_", "<string>"))
        self.write("src/base/file.h", header("HASHLENS_BASE_FILE_H_", "<sys/stat.h>", '"hashlens/status.h"'))

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def violations(self):
        return check_layers.check_tree(self.root)[0]

    def assert_include(self, path, include, allowed):
        """A file with this one include is accepted or gives exactly one violation, on its line."""
        self.write(path, f"// first line\n#include {include}\n")
        found = self.violations()
        (self.root / path).unlink()
        if allowed:
            self.assertEqual(found, [], f"{path} including {include}")
        else:
            self.assertEqual(len(found), 1, f"{path} including {include}: {found}")
            self.assertTrue(found[0].startswith(f"{path}:2: "), found[0])

    def test_the_project_itself_keeps_the_rules(self):
        self.assertEqual(check_layers.check_tree(ROOT)[0], [])

    def test_modules_include_only_what_lies_below_them(self):
        below = {
            "base": {"base"},
            "library": {"library", "image", "model", "hash", "index", "store", "base"},
            "train": {"train", "library", "data", "image", "model", "hash", "base"},
            "eval": {"eval", "library", "data", "image", "model", "hash", "index", "base"},
            "exchange": {"exchange", "library", "source", "data", "base"},
            "data": {"data", "source", "base"},
            **{leaf: {leaf, "base"} for leaf in ("source", "image", "model", "hash", "index", "store")},
        }
        for module, allowed in below.items():
            for other in below:
                self.assert_include(f"src/{module}/x.cc", f'"{other}/y.h"', other in allowed)
                self.assert_include(f"src/{module}/x_test.cc", f"<{other}/y.h>", other in allowed)

    def test_only_the_library_evaluation_and_programs_see_the_whole_public_api(self):
        for module in ("base", "source", "data", "image", "model", "hash", "index", "store"):
            self.assert_include(f"src/{module}/x.cc", '"hashlens/status.h"', True)
            self.assert_include(f"src/{module}/x.cc", '"hashlens/library.h"', False)
            self.assert_include(f"src/{module}/x.cc", '"hashlens/code_index.h"', module == "index")
            self.assert_include(f"src/{module}/x.cc", '"hashlens/data_options.h"', module in ("source", "data"))
        self.assert_include("src/library/x.cc", '"hashlens/library.h"', True)
        self.assert_include("src/eval/x.cc", '"hashlens/eval.h"', True)
        self.assert_include("apps/cli/x.cc", '"hashlens/library.h"', True)

    def test_programs_see_no_module_and_no_other_program(self):
        for include, allowed in (
            ('"base/file.h"', False),
            ('"library/ingest.h"', False),
            ('"src/base/file.h"', False),
            ('"apps/other/http.h"', False),
            ('"apps/server/http.h"', True),
            ('"../server/http.h"', False),
            ('"apps/cli/output.h"', True),
            ("<CLI/CLI.hpp>", False),
        ):
            self.assert_include("apps/cli/x.cc", include, allowed)
        self.assert_include("apps/cli/command.cc", "<CLI/CLI.hpp>", True)
        self.assert_include("src/library/x.cc", '"apps/cli/output.h"', False)
        self.assert_include("fuzz/x.cc", '"apps/server/http.h"', True)
        self.assert_include("tests/x.cc", '"apps/server/http.h"', False)

    def test_the_python_package_wraps_the_public_api_alone(self):
        for include, allowed in (
            ('"hashlens/library.h"', True),
            ('"python/src/errors.h"', True),
            ("<nanobind/nanobind.h>", True),
            ('"base/file.h"', False),
            ('"library/ingest.h"', False),
        ):
            self.assert_include("python/src/x.cc", include, allowed)
        self.assert_include("apps/cli/x.cc", "<nanobind/nanobind.h>", False)

    def test_examples_see_the_public_api_alone(self):
        for include, allowed in (
            ("<hashlens/library.h>", True),
            ('"library/ingest.h"', False),
            ('"apps/cli/output.h"', False),
            ("<CLI/CLI.hpp>", False),
        ):
            self.assert_include("examples/x.cc", include, allowed)

    def test_what_decodes_is_linked_into_one_program_alone(self):
        for path, include, allowed in (
            ("src/decode/x.cc", '"base/bytes.h"', True),
            ("src/decode/x.cc", '"image/image.h"', False),
            ("src/image/x.cc", '"decode/worker.h"', False),
            ("apps/decode/x.cc", '"decode/worker.h"', True),
            ("apps/decode/x.cc", '"image/image.h"', False),
            ("apps/cli/x.cc", '"decode/worker.h"', False),
            ("src/image/x.cc", "<vips/vips.h>", False),
            ("src/image/test_x.cc", "<vips/vips.h>", True),
            ("src/decode/x.cc", "<seccomp.h>", True),
            ("src/image/x.cc", "<seccomp.h>", False),
        ):
            self.assert_include(path, include, allowed)

    def test_third_party_headers_stay_in_their_module(self):
        for include, home in (
            ("<openvino/openvino.hpp>", "model"),
            ("<sqlite3.h>", "store"),
            ("<vips/vips.h>", "decode"),
            ("<turbojpeg.h>", "image"),
            ("<tiffio.h>", "decode"),
            ("<avif/avif.h>", "decode"),
            ("<libexif/exif-data.h>", "base"),
            ("<hwy/highway.h>", "index"),
            ('"hwy/highway.h"', "hash"),
            ("<hwy/highway.h>", "train"),
            ("<torch/types.h>", "train"),
            ("<ATen/Parallel.h>", "train"),
            ("<c10/util/Exception.h>", "train"),
            ("<Eigen/Dense>", "hash"),
            ("<lmdb.h>", "source"),
            ("<snappy.h>", "source"),
            ("<hdf5.h>", "source"),
            ("<isa-l/crc.h>", "base"),
            ("<openssl/evp.h>", "base"),
        ):
            self.assert_include(f"src/{home}/x.cc", include, True)
            self.assert_include("src/library/x.cc", include, False)
            if home != "base":
                self.assert_include("apps/cli/x.cc", include, False)
                self.assert_include("src/base/x.cc", include, False)

    def test_protobuf_is_for_caffe_files_only(self):
        for include in ("<google/protobuf/text_format.h>", '"caffe_net.pb.h"'):
            self.assert_include("src/model/caffe/x.cc", include, True)
            self.assert_include("src/model/x.cc", include, False)
            self.assert_include("src/library/x.cc", include, False)

    def test_descriptors_and_their_library_live_apart(self):
        for include in ("<opencv2/core.hpp>", '"eval/descriptors/x.h"'):
            self.assert_include("src/eval/descriptors/x.cc", include, True)
            self.assert_include("src/eval/x.cc", include, False)
            self.assert_include("src/image/x.cc", include, False)
        self.assert_include("src/eval/x.cc", '"eval/descriptors.h"', True)

    def test_test_headers_are_only_for_tests(self):
        self.assert_include("src/base/x.cc", "<gtest/gtest.h>", False)
        self.assert_include("src/source/x.cc", "<leveldb/db.h>", False)
        self.assert_include("src/source/x_test.cc", "<leveldb/db.h>", True)
        for name in ("x_test.cc", "test_pictures.cc", "catalog_test_util.cc"):
            self.assert_include(f"src/base/{name}", "<gtest/gtest.h>", True)
        self.assert_include("tests/x.cc", "<gtest/gtest.h>", True)
        self.assert_include("apps/server/x_test.cc", '"base/test_paths.h"', True)
        self.assert_include("apps/server/x.cc", '"base/test_paths.h"', False)

    def test_public_headers_include_only_the_standard_library_and_each_other(self):
        for include, allowed in (
            ("<vector>", True),
            ('"hashlens/types.h"', True),
            ('"base/file.h"', False),
            ("<sys/stat.h>", False),
            ("<nlohmann/json.hpp>", False),
        ):
            self.write("include/hashlens/types.h", header("HASHLENS_TYPES_H_", include))
            self.assertEqual(self.violations() == [], allowed, include)

    def test_a_header_beside_is_named_with_its_module(self):
        self.assert_include("src/base/x.cc", '"file.h"', False)

    def test_header_guards_match_the_path(self):
        self.write("src/base/file.h", header("HASHLENS_FILE_H_"))
        self.assertEqual(self.violations(), ["src/base/file.h:1: header guard should be HASHLENS_BASE_FILE_H_"])
        self.write("src/base/file.h", "#pragma once\n")
        self.assertEqual(len(self.violations()), 1)
        self.write("src/base/file.h", header("HASHLENS_BASE_FILE_H_"))
        self.write("apps/cli/output.h", header("HASHLENS_APPS_CLI_OUTPUT_H_"))
        self.assertEqual(self.violations(), [])

    def test_an_unknown_module_needs_a_rule(self):
        self.write("src/extra/x.cc", "")
        self.assertEqual(len(self.violations()), 1)

    def test_length_warns_first_and_then_fails(self):
        for lines, warned, failed in ((400, 0, 0), (401, 1, 0), (600, 1, 0), (601, 0, 1)):
            self.write("src/base/x.cc", "\n" * lines)
            violations, warnings = check_layers.check_tree(self.root)
            self.assertEqual((len(warnings), len(violations)), (warned, failed), lines)

    def test_the_command_exits_1_with_one_line_for_each_violation(self):
        def run():
            return subprocess.run([sys.executable, TOOL, self.root], capture_output=True, text=True, check=False)

        self.assertEqual((run().returncode, run().stdout), (0, ""))
        self.write("src/index/x.cc", '#include "store/catalog.h"\n#include <sqlite3.h>\n')
        result = run()
        self.assertEqual(result.returncode, 1)
        self.assertEqual(
            result.stdout.splitlines(),
            [
                "src/index/x.cc:1: store/catalog.h: index may not include store",
                "src/index/x.cc:2: sqlite3.h: SQLite is only for store",
            ],
        )

    def test_a_folder_without_sources_is_not_a_success(self):
        with tempfile.TemporaryDirectory() as empty:
            result = subprocess.run([sys.executable, TOOL, empty], capture_output=True, text=True, check=False)
        self.assertNotEqual(result.returncode, 0)


if __name__ == "__main__":
    unittest.main()
