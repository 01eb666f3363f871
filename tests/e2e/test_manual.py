"""Completions and manual pages: what the program writes about itself, read by shells and by groff."""

import functools
import pathlib
import re
import shutil
import subprocess
import unittest

from case import PROGRAM, Case


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


@functools.cache
def helps():
    """What --help prints, by verb: {"": ..., "index": ..., "model fit": ...}, found by walking it."""
    texts = {}
    todo = [""]
    while todo:
        verb = todo.pop()
        text = run(PROGRAM, *verb.split(), "--help")
        texts[verb] = text
        if "\nSubcommands:\n" in text:
            listed = text.split("\nSubcommands:\n")[1].split("\n\n")[0]
            todo += [f"{verb} {line.split()[0]}".strip() for line in listed.splitlines()]
    return texts


def option_names(help_text):
    options = help_text.split("\nOptions:\n")[1].split("\n\n")[0]
    lines = [line.split()[0] for line in options.splitlines() if re.match(r"  -", line)]
    return [name for names in lines for name in names.split(",")]


class Completion(Case):
    def script(self, shell):
        path = self.shared / shell
        if not path.exists():
            path.write_text(run(PROGRAM, "completion", shell))
        return path

    def bash(self, *words):
        """What bash would offer for the last word."""
        script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hashlens; printf "%s\\n" "${COMPREPLY[@]}"'
        out = run("bash", "--norc", "-euo", "pipefail", "-c", script, "bash", str(self.script("bash")), *words)
        return out.split()

    def test_bash_offers_verbs_options_and_choices(self):
        self.assertEqual(self.bash("hashlens", "sea"), ["search"])
        self.assertEqual(self.bash("hashlens", "model", "f"), ["fit"])
        self.assertEqual(self.bash("hashlens", "-q", "model", "fit", "lib", "--sup"), ["--supervised"])
        self.assertEqual(self.bash("hashlens", "index", "lib", "--precision", ""), ["auto", "fp32", "bf16"])
        self.assertEqual(self.bash("hashlens", "index", "lib", "--precision", "=", "b"), ["bf16"])
        self.assertEqual(self.bash("hashlens", "index", "lib", "--precision", "="), ["auto", "fp32", "bf16"])
        self.assertEqual(self.bash("hashlens", "completion", ""), ["bash", "zsh", "fish"])

    def test_bash_leaves_files_to_bash(self):
        for words in (("search", "lib", ""), ("search", "lib", "--html", ""), ("search", "model", "")):
            self.assertEqual(self.bash("hashlens", *words), [], words)

    def test_bash_knows_every_verb_and_option(self):
        for verb, text in helps().items():
            offered = self.bash("hashlens", *verb.split(), "-")
            for name in option_names(text):
                self.assertIn(name, offered, verb)

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed; tools/setup.sh --tests brings it")
    def test_fish(self):
        (self.pictures / "a.jpg").touch()
        script = self.script("fish")

        def offered(line):
            out = run("fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", str(script), line, cwd=self.pictures)
            return [row.split("\t")[0] for row in out.splitlines()]

        self.assertEqual(offered("hashlens sea"), ["search"])
        self.assertEqual(offered("hashlens model f"), ["fit"])
        self.assertEqual(offered("hashlens model fit --method i"), ["isohash", "itq"])
        self.assertEqual(offered("hashlens search lib --html "), ["a.jpg"])
        self.assertEqual(offered("hashlens search model a"), ["a.jpg"])
        self.assertEqual(offered("hashlens search lib -k "), [])
        self.assertNotIn("a.jpg", offered("hashlens "))

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed; tools/setup.sh --tests brings it")
    def test_zsh(self):
        script = self.script("zsh")
        run("zsh", "-f", "-n", str(script))
        # With _arguments replaced, each verb's function tells what it would hand on.
        stubs = "compdef() {}; _arguments() { print -rl -- $@; return 0 }"
        for verb, text in helps().items():
            function = "_".join(["_hashlens", *verb.replace("-", "_").split()])
            out = run("zsh", "-f", "-c", f"{stubs}; source $1; {function}", "zsh", str(script))
            for name in option_names(text):
                self.assertRegex(out, rf"(?m)^(\([^)]*\)|\*){re.escape(name)}[=+]?\[", verb)

    def test_an_unknown_shell_is_refused(self):
        _, err = self.run_program("completion", "tcsh", exit_code=2)
        self.assertEqual(err.count(b"\n"), 1)


class Manual(Case):
    def setUp(self):
        super().setUp()
        self.pages = self.folder / "man1"
        self.run_program("manual", "man", self.pages)

    def test_every_verb_has_a_page_with_every_option(self):
        texts = helps()
        names = {"-".join(["hashlens", *verb.split()]): text for verb, text in texts.items()}
        self.assertEqual({path.stem for path in self.pages.iterdir()}, set(names))
        for name, text in names.items():
            page = (self.pages / f"{name}.1").read_text().replace("\\-", "-")
            for option in option_names(text):
                self.assertIn(f"\\fB{option}\\fR", page, name)

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed; tools/setup.sh --tests brings it")
    def test_groff_has_no_warning(self):
        for path in sorted(self.pages.iterdir()):
            done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-P-cbou", str(path)], capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, ""), path.name)
            # What a reader copies into a shell has ASCII hyphens; only a word that is broken at a line's end has the other.
            self.assertNotRegex(done.stdout, "\u2010(?!\n)", path.name)
            for title in ("NAME", "SYNOPSIS", "OPTIONS", "EXIT STATUS"):
                self.assertRegex(done.stdout, rf"(?m)^{title}$", path.name)

    def test_examples_and_environment_are_there(self):
        page = (self.pages / "hashlens-index.1").read_text().replace("\\-", "-")
        self.assertIn("hashlens index photos \\(ti/Pictures --prune", page)
        self.assertIn("HASHLENS_MODELS", page)

    def test_markdown_has_a_page_for_each(self):
        folder = self.folder / "markdown"
        self.run_program("manual", "markdown", folder)
        pages = {path.stem: path.read_text() for path in folder.iterdir()}
        self.assertEqual(set(pages), {path.stem for path in self.pages.iterdir()})
        targets = re.findall(r"\]\((.*?)\.md\)", pages["hashlens"] + pages["hashlens-model"])
        self.assertTrue(targets)
        for target in targets:
            self.assertIn(target, pages)
        self.assertIn("`-j`, `--jobs N`", pages["hashlens-search"])
        self.assertIn("| 130 |", pages["hashlens"])

    def test_the_readme_lists_every_verb(self):
        readme = (pathlib.Path(__file__).resolve().parents[2] / "README.md").read_text()
        words = re.findall(r"`([^`]+)`", readme.split(" Verbs:\n")[1].split(".\n\n")[0])
        listed = set()
        for word in words:
            group, _, inner = word.partition(" ")
            listed.update(f"{group} {verb}" for verb in inner.split("|") if inner and group != "completion")
            listed.add(group)
        self.assertEqual(listed, {verb for verb in helps() if verb})

    def test_a_folder_that_cannot_be_made(self):
        (self.folder / "file").touch()
        _, err = self.run_program("manual", "man", self.folder / "file" / "in", exit_code=5)
        self.assertIn(str(pathlib.Path(self.folder / "file")).encode(), err)


if __name__ == "__main__":
    unittest.main()
