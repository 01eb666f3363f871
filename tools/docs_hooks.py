"""Hooks of MkDocs (mkdocs.yml): pages that do not lie in docs/, and a navigation of what is there.

The command line's pages are written by the program (HASHLENS_PROGRAM, else build/release/bin/hashlens). The texts beside docs/
become pages, and so does every file of the repository that a page links to, so that links work in the site as they do in the
repository.
"""

import os
import pathlib
import posixpath
import re
import subprocess
import tempfile

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = pathlib.Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
CLI = "reference/cli"
SOURCE = "source"  # where files of the repository become pages
# Texts beside docs/, and the pages that they become; MkDocs would take a README.md for the front page.
TEXTS = {"README.md": "readme.md", "CHANGELOG.md": "changes.md", "CONTRIBUTING.md": "contributing.md", "NOTICE.md": "notice.md"}
ORIGINS = {page: text for text, page in TEXTS.items()}
LANGUAGES = {".cc": "cpp", ".h": "cpp", ".py": "python", ".sh": "sh", ".json": "json"}
LINK = re.compile(r"(\]\()([^)#\s:]+)((?:#[^)\s]*)?\))")

_command_line = {}  # page -> Markdown
_source_pages = {}  # path in the repository -> page


def command_line_pages():
    """{"reference/cli/hashlens-index.md": Markdown, ...}, from the program itself."""
    program = os.environ.get("HASHLENS_PROGRAM", ROOT / "build/release/bin/hashlens")
    with tempfile.TemporaryDirectory() as folder:
        try:
            subprocess.run([program, "manual", "markdown", folder], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise PluginError(f"the command line's pages are written by the program: {error}; build it with `make`") from error
        return {f"{CLI}/{path.name}": path.read_text(encoding="utf-8") for path in sorted(pathlib.Path(folder).iterdir())}


def origin(page):
    """Where a page comes from, as a path in the repository."""
    return ORIGINS.get(page, f"docs/{page}")


def repository_target(page, target):
    """Where a page's link leads, as a path in the repository, or None when nothing is there."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(origin(page)), target))
    return None if path.startswith("..") or not (ROOT / path).exists() else path


def expanded(entry):
    """An entry of the navigation with all pages that it stands for."""
    [(title, target)] = entry.items()
    if isinstance(target, list):
        return {title: [expanded(inner) for inner in target]}
    if target == CLI:
        return {title: [{pathlib.PurePath(page).stem.replace("-", " "): page} for page in _command_line]}
    if target not in ORIGINS and not (DOCS / target).exists():
        raise PluginError(f"mkdocs.yml: nav: {title}: there is no docs/{target}")
    return entry


def listed(entries):
    for entry in entries:
        for target in entry.values():
            yield from listed(target) if isinstance(target, list) else [target]


def on_config(config):
    _command_line.update(command_line_pages())
    config.nav = [expanded(entry) for entry in config.nav]
    known = set(listed(config.nav))
    more = [page for page in sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")) if page not in known]
    if more:
        config.nav.append({"More": more})
    return config


def site_path(path):
    """Where a file or folder of the repository is in the site, that has been given a page if it lies outside of docs/."""
    return TEXTS.get(path) or _source_pages.get(path) or path.removeprefix("docs/")


def source_page(path):
    """The text of a file, or the names in a folder, as a page."""
    if (ROOT / path).is_dir():
        links = []
        for name in sorted(entry.name for entry in (ROOT / path).iterdir() if entry.is_file()):
            inner = f"{path}/{name}"
            links.append(f"- [{name}]({posixpath.relpath(site_path(inner), f'{SOURCE}/{path}')})")
        return f"# {path}\n\n" + "\n".join(links) + "\n"
    text = (ROOT / path).read_text(encoding="utf-8")
    return f"# {path}\n\n~~~~{LANGUAGES.get(pathlib.PurePath(path).suffix, 'text')}\n{text}~~~~\n"


def add_source(path, files, config):
    """A page for a file, or for a folder and the files in it."""
    folder = (ROOT / path).is_dir()
    _source_pages[path] = f"{SOURCE}/{path}/index.md" if folder else f"{SOURCE}/{path}.md"
    if folder and not path.startswith("docs/"):
        for entry in sorted((ROOT / path).iterdir()):
            if entry.is_file() and f"{path}/{entry.name}" not in _source_pages:
                add_source(f"{path}/{entry.name}", files, config)
    files.append(File.generated(config, _source_pages[path], content=source_page(path)))


def on_files(files, config):
    texts = {path.relative_to(DOCS).as_posix(): path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md")}
    for text, page in TEXTS.items():
        texts[page] = (ROOT / text).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=texts[page]))
    for page, text in _command_line.items():
        files.append(File.generated(config, page, content=text))
    for page, text in texts.items():
        for _, target, _ in LINK.findall(text):
            path = repository_target(page, target)
            in_site = path and path.startswith("docs/") and not (ROOT / path).is_dir()
            if path and not in_site and path not in TEXTS and path not in _source_pages:
                add_source(path, files, config)
    return files


def on_page_markdown(markdown, page, **_):
    """Links of the repository become links of the site."""
    here = page.file.src_uri
    if here.startswith((CLI, SOURCE)):
        return markdown

    def replaced(match):
        path = repository_target(here, match[2])
        if path is None:
            return match[0]  # MkDocs complains
        return match[1] + posixpath.relpath(site_path(path), posixpath.dirname(here) or ".") + match[3]

    return LINK.sub(replaced, markdown)
