"""Pages of the reference that are generated from code: public names, commands, rules of the workflow, cell models."""

import ast
import html
import importlib
import re
import subprocess
import sys
from pathlib import Path

from pointes import cells

PACKAGES = (
    "pointes",
    "pointes.cells",
    "pointes.populations",
    "pointes.tissue",
    "pointes.learning",
    "pointes.uncertainty",
    "pointes.drugs",
    "pointes.figures",
)
"""Packages whose public names, those in their stubs, have a page."""

RULE = re.compile(r"^(?:rule|checkpoint) (\w+):\n((?: {4}.*\n|\n)+)", re.MULTILINE)
DOCSTRING = re.compile(r'^\s*("""(?:.|\n)*?""")')
COMMANDS = re.compile(r"\*\*Commands\*\*:\n\n(?:\* .*\n)+\n")
SCRIPT = re.compile(r'^    script:\n        "\.\./(.*)"', re.MULTILINE)


def public_names(package: str) -> str:
    """Return the page of a package: its own docstring, and those of its public names, which mkdocstrings writes."""
    names = sorted(importlib.import_module(package).__all__, key=str.lower)
    of_package = "options: {members: false, show_root_heading: false, show_root_toc_entry: false}"
    parts = [f"# {package}", f"::: {package}\n    {of_package}", *(f"::: {package}.{name}" for name in names)]
    return "\n\n".join(parts) + "\n"


def command_line(project: Path) -> str:
    """Return the page of the command `pointes`, as Typer writes it from the code of its commands."""
    typer = [sys.executable, "-m", "typer", "pointes.cli", "utils", "docs", "--name", "pointes"]
    printed = subprocess.run(typer, cwd=project, capture_output=True, text=True, check=True).stdout
    # Its lists of commands have half a sentence of each; the table of contents of the page has them all
    text = COMMANDS.sub("", html.unescape(printed))
    return text.replace("# `pointes`", "# Command line", 1)


def workflow_rules(project: Path) -> str:
    """Return the page of the rules, from the docstrings in the files of rules."""
    parts = [
        "# Rules of the workflow",
        "A campaign is a chain of Snakemake rules. The configuration says which files of rules take part. The script "
        "of a rule unpacks its inputs and calls one function of the package. `snakemake --list-rules` lists the rules "
        "of your campaign.",
    ]
    for path in sorted((project / "rules").glob("*.smk")):
        text = path.read_text(encoding="utf-8")
        rows = [_row(path, name, body) for name, body in RULE.findall(text)]
        if rows:
            table = ["| rule | what it does | script |", "| --- | --- | --- |", *rows]
            parts += [f"## {path.name}", _docstring(text, str(path)), "\n".join(table)]
    return "\n\n".join(parts) + "\n"


def _row(path: Path, name: str, body: str) -> str:
    script = SCRIPT.search(body)
    return f"| `{name}` | {_docstring(body, f'rule {name} of {path}')} | {f'`{script[1]}`' if script else ''} |"


def _docstring(text: str, where: str) -> str:
    """Return the docstring at the beginning of a text, on one line."""
    found = DOCSTRING.match(text)
    if not found:
        sys.exit(f"{where} has no docstring")
    return " ".join(ast.literal_eval(found[1]).split())


def cell_models(project: Path) -> str:
    """Return the page of the cell models that come with pointes."""
    lines = [
        "# Cell models",
        "",
        "The models that come with pointes, as `pointes models` lists them. A campaign names one in `model.name`, and "
        "blocks currents by the names below. [Your own models](../models.md) run in the same way.",
        "",
        "| model | cell types | states | currents that can be blocked | paper |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in cells.names():
        model = cells.describe(name)
        celltypes, currents = (", ".join(model[key]) for key in ("celltypes", "currents"))
        lines.append(f"| `{name}` | {celltypes} | {model['states']} | {currents} | {model['source']} |")
    return "\n".join(lines) + "\n"
