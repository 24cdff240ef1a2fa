"""Sources of the documentation site: ``python docs/site/pages.py FOLDER`` gathers them in a folder, anew each time.

They are the pages of docs/, its notebooks, pages from other folders of the project, and pages that are generated from
code. Notebooks that `make test-notebooks` has executed are shown with their outputs, others without. Links
between them are made to fit; a file that is linked and is no page is put under ``source/``. The folder has all that a
generator of sites needs: mkdocs.yml names it as its ``docs_dir``.
"""

import os
import re
import shutil
import sys
from functools import cache
from pathlib import Path

import jupytext
import nbformat
from generated import PACKAGES, cell_models, command_line, public_names, workflow_rules
from nbconvert import MarkdownExporter

PROJECT = Path(__file__).parents[2]

PAGES = {
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "RELEASE.md": "project/release.md",
    "SECURITY.md": "project/security.md",
    "benchmarks/README.md": "project/benchmarks.md",
    "config/README.md": "reference/configuration.md",
    "config/drugs/README.md": "reference/drug_tables.md",
    "config/drugs/people/README.md": "reference/measured_in_people.md",
    "tests/data/README.md": "reference/reference_data.md",
}
"""Place on the site of each page that is kept outside docs/."""

GENERATED = {
    "reference/command_line.md": command_line,
    "reference/rules.md": workflow_rules,
    "reference/cell_models.md": cell_models,
}
"""Function that returns the text of each generated page."""

ASSETS = {"docs/site/style.css": "style.css", "docs/site/iframe-worker.js": "iframe-worker.js"}
"""Place on the site of each file that mkdocs.yml names."""

EXECUTED = PROJECT / "build/notebooks"
"""Folder of the notebooks with their outputs, which `make test-notebooks` leaves there."""

LINK = re.compile(r"\[([^\[\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")
PATH = re.compile(r"[\w/]+\.md")


def gather(folder: Path) -> None:
    """Write the sources of the site to a folder, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    files = [path.relative_to(PROJECT) for path in sorted((PROJECT / "docs").rglob("*")) if path.is_file()]
    places = {str(path): _place(path.relative_to("docs")) for path in files if path.parts[1] != "site"} | PAGES | ASSETS
    for source, place in places.items():
        if place.endswith(".md"):
            text = (
                (PROJECT / source).read_text(encoding="utf-8") if source.endswith(".md") else _notebook(source, folder)
            )
            _write(folder / place, _with_links(text, source, place, places, folder))
        else:
            _copy(source, folder / place)
    for place, text in GENERATED.items():
        _write(folder / place, text(PROJECT))
    for package in PACKAGES:
        _write(folder / f"reference/python/{package}.md", public_names(package))


def _place(path: Path) -> str:
    """Return the place on the site of a file of docs/."""
    return str(path.with_suffix(".md") if path.parent.name == "notebooks" else path)


def _notebook(source: str, folder: Path) -> str:
    """Return a notebook as a page, with its outputs if there are any, whose pictures are put beside it."""
    executed = EXECUTED / Path(source).with_suffix(".ipynb").name
    notebook = nbformat.read(executed, as_version=4) if executed.is_file() else jupytext.read(PROJECT / source)
    name = Path(source).stem
    text, resources = MarkdownExporter().from_notebook_node(notebook, {"output_files_dir": name, "unique_key": name})
    for picture, content in resources["outputs"].items():
        target = folder / "notebooks" / picture
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return str(text)


def _with_links(page: str, source: str, place: str, places: dict[str, str], folder: Path) -> str:
    """Return the text of a page, with links that fit its place on the site."""

    def fit(link: re.Match[str]) -> str:
        text, target, anchor = link[1], link[2], link[3] or ""
        path = os.path.normpath(os.path.join(os.path.dirname(source), target))
        if "://" in target or not (PROJECT / path).is_file():
            return link[0]  # an address, or a mistake, which the generator of the site reports
        if path not in places:
            _copy(path, folder / "source" / path)
        there = places.get(path, f"source/{path}")
        words = _title(path) if PATH.fullmatch(text) else text
        return f"[{words}]({os.path.relpath(there, os.path.dirname(place) or '.')}{anchor})"

    return LINK.sub(fit, page)


@cache
def _title(page: str) -> str:
    """Return the first heading of a page, which readers of the site know in place of the name of its file."""
    return (PROJECT / page).read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def _copy(source: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PROJECT / source, target)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    gather(Path(sys.argv[1]))
