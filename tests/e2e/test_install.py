"""What is installed works by itself, wherever its folder is moved: the program, and the library for programs of others."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

from case import Case

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = os.environ["HASHLENS_BUILD"]
CMAKE = os.environ["HASHLENS_CMAKE"]
CXX = os.environ["HASHLENS_CXX"]
TRAINS = (pathlib.Path(BUILD) / "bin/hashlens-train").exists()  # only `make train` and `make all` build it
LIBRARY_DIR = os.environ["HASHLENS_LIBRARY_DIR"]  # below the prefix
DEFAULT_MODEL = "efficientnet-lite0"

# Every public header, and something of each part of the library.
EVERYTHING = """
%s
#include <cstdio>
int main() {
  const auto bench = hashlens::BenchSearch({.rows = 1000, .k = 10, .queries = 2, .repeat = 1});
  const auto eval = hashlens::Evaluate({.database = "gone", .queries = "gone"});
  const auto train = hashlens::Train({.data = "gone", .output = "made"});
  const bool unsupported = train.status().code() == hashlens::StatusCode::kUnsupported;
  std::printf("%%d %%d %%d %%d %%zu", bench.ok(), eval.ok(), hashlens::CanTrain(), unsupported, hashlens::Formats().size());
}
"""


def environment(**more):
    """Nothing in it helps to find models or libraries."""
    hidden = ("HASHLENS_MODEL", "HASHLENS_MODELS", "LD_LIBRARY_PATH", "DESTDIR", "CMAKE_PREFIX_PATH", "PKG_CONFIG_PATH")
    return {**{key: value for key, value in os.environ.items() if key not in hidden}, **more}


def run(*command, exit_code=0, **more):
    """(stdout, stderr) as text."""
    done = subprocess.run(list(map(str, command)), env=environment(**more), capture_output=True, text=True, timeout=600)
    if done.returncode != exit_code:
        raise AssertionError(f"{command}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout, done.stderr


class Install(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        run(CMAKE, "--install", BUILD, "--prefix", cls.shared / "first")
        cls.prefix = cls.shared / "moved here"
        (cls.shared / "first").rename(cls.prefix)
        # The tiny model in the place of the default one, which is there only when it was made.
        default = cls.prefix / "share/hashlens/models" / DEFAULT_MODEL
        shutil.rmtree(default, ignore_errors=True)
        shutil.copytree(cls.model, default)

    def compile(self, source, program):
        """Builds with the flags of pkg-config, as others do without CMake."""
        package = self.prefix / LIBRARY_DIR / "pkgconfig"
        flags, _ = run("pkg-config", "--cflags", "--libs", "hashlens", PKG_CONFIG_PATH=str(package))
        # pkg-config escapes the blank in the folder's name for a shell.
        script = f'"$1" -std=c++20 -Wall -Werror "$2" -o "$3" {flags.strip()} -Wl,-rpath,"$4"'
        run("sh", "-c", script, "sh", CXX, source, program, self.prefix / LIBRARY_DIR)

    def check_example(self, program):
        for number in range(5):
            self.save(f"{number}.png")
        (self.pictures / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        out, err = run(program, self.folder / "example", self.pictures, self.pictures / "3.png")
        self.assertIn("5 added, 1 failed", err)
        self.assertIn(f"failed: {self.pictures}/broken.png: ", err)
        rows = [line.split("\t") for line in out.splitlines()]
        self.assertEqual(rows[0], ["1", "0.0000", "0 bits", str(self.pictures / "3.png")])
        self.assertEqual([row[0] for row in rows], ["1", "2", "3", "4", "5"])
        # The installed program reads the same library.
        out, _ = run(self.prefix / "bin/hashlens", "search", self.folder / "example", self.pictures / "3.png", "--paths")
        self.assertEqual(out.splitlines(), [row[3] for row in rows])
        out, err = run(program, self.folder / "example", self.pictures, self.pictures / "gone.png", exit_code=1)
        self.assertEqual(out, "")
        self.assertRegex(err.splitlines()[-1], "^find_similar: .*gone.png")
        _, err = run(program, self.folder / "other", self.folder / "gone", self.pictures / "3.png", exit_code=1)
        self.assertEqual(err, f"find_similar: {self.folder}/gone: no such folder\n")
        self.assertFalse((self.folder / "other.hashlens").exists())
        run(program, exit_code=2)

    def test_the_program_runs_and_finds_what_lies_beside_it(self):
        program = self.prefix / "bin/hashlens"
        version = re.search(r"^project\(hashlens VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)[1]
        self.assertEqual(run(program, "--version")[0].strip(), version)
        trainer = self.prefix / "bin/hashlens-train"
        self.assertEqual(trainer.exists(), TRAINS)
        if TRAINS:
            self.assertEqual(run(trainer, "--version")[0].strip(), version)
        self.assertIn(str(self.prefix / "share/hashlens/models" / DEFAULT_MODEL), run(program, "model", "info", DEFAULT_MODEL)[0])
        # What trains is handed to the program beside it.
        copy = self.folder / "bin"
        copy.mkdir()
        shutil.copy(program, copy)
        (self.folder / LIBRARY_DIR).symlink_to(self.prefix / LIBRARY_DIR)
        trainer = copy / "hashlens-train"
        trainer.write_text('#!/bin/sh\necho trainer "$@"\n')
        trainer.chmod(0o755)
        self.assertEqual(run(copy / "hashlens", "train", self.pictures, "-o", "made")[0], f"trainer train {self.pictures} -o made\n")

    def test_every_kind_of_file_is_there(self):
        library = pathlib.Path(LIBRARY_DIR)
        for file in (
            library / "libhashlens.so",
            library / "cmake/hashlens/hashlensConfig.cmake",
            library / "cmake/hashlens/hashlensConfigVersion.cmake",
            "libexec/hashlens/hashlens-decode",
            "share/doc/hashlens/LICENSE",
            "share/doc/hashlens/NOTICE.md",
            "share/doc/hashlens/README.md",
            "share/doc/hashlens/docs/ARCHITECTURE.md",
            "share/doc/hashlens/examples/find_similar.cc",
            "share/man/man1/hashlens.1.gz",
            "share/man/man1/hashlens-model-fit.1.gz",
            "share/bash-completion/completions/hashlens",
            "share/zsh/site-functions/_hashlens",
            "share/fish/vendor_completions.d/hashlens.fish",
        ):
            self.assertTrue((self.prefix / file).is_file(), file)
        self.assertFalse((self.prefix / "share/lintian").exists(), "what only Debian's packages have")
        headers = sorted(path.name for path in (ROOT / "include/hashlens").iterdir())
        self.assertEqual(sorted(path.name for path in (self.prefix / "include/hashlens").iterdir()), headers)

    def test_nothing_of_the_build_is_needed(self):
        for file in (self.prefix / "bin/hashlens", self.prefix / LIBRARY_DIR / "libhashlens.so"):
            out, _ = run("ldd", file)
            self.assertNotIn("not found", out)
            [openvino] = re.findall(r"libopenvino\S* => (.*) \(0x", out)
            self.assertEqual(pathlib.Path(openvino).resolve().parent, self.prefix / LIBRARY_DIR / "hashlens")
            for path in re.findall(r"PATH\).*\[(.*)\]", run("readelf", "-d", file)[0]):
                self.assertRegex(path, r"^\$ORIGIN[^:]*(:\$ORIGIN[^:]*)*$")

    def test_a_staged_installation_writes_only_there(self):
        stage = self.folder / "stage"
        run(CMAKE, "--install", BUILD, "--prefix", "/nowhere/hashlens", DESTDIR=str(stage))
        self.assertEqual([str(path.relative_to(stage)) for path in stage.glob("*/*")], ["nowhere/hashlens"])
        self.assertTrue((stage / "nowhere/hashlens/bin/hashlens").is_file())
        self.assertFalse(pathlib.Path("/nowhere").exists())

    def test_a_program_by_the_cmake_package(self):
        build = self.folder / "build"
        generator = ("-G", os.environ["HASHLENS_GENERATOR"], f"-DCMAKE_CXX_COMPILER={CXX}")
        run(CMAKE, "-S", ROOT / "examples", "-B", build, *generator, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run(CMAKE, "--build", build)
        self.check_example(build / "find_similar")
        one, *_, batch, within = run(build / "search_codes")[0].splitlines()
        self.assertEqual((one, batch), ("row 5, 0 bits, distance 0.0000", "batch of 100"))
        self.assertRegex(within, r"^[1-9]\d* rows within 12 bits$")

    def test_a_program_by_pkg_config(self):
        program = self.folder / "find_similar"
        self.compile(ROOT / "examples/find_similar.cc", program)
        self.check_example(program)

    def test_every_header_and_every_part_of_the_library(self):
        headers = sorted(path.name for path in (self.prefix / "include/hashlens").iterdir())
        source = self.folder / "everything.cc"
        source.write_text(EVERYTHING % "\n".join(f"#include <hashlens/{name}>" for name in headers))
        self.compile(source, self.folder / "everything")
        bench, evaluated, trains, unsupported, formats = run(self.folder / "everything")[0].split()
        self.assertEqual((bench, evaluated, trains, unsupported), ("1", "0", "0", "1"))
        self.assertGreater(int(formats), 5)


if __name__ == "__main__":
    unittest.main()
