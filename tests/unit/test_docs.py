"""Pages of the documentation name tests that exist, and the last release."""

import ast
import re
from pathlib import Path

import yaml

from pointes import __version__

PROJECT = Path(__file__).parents[2]


def test_every_fault_has_its_test():
    rows = [line for line in (PROJECT / "docs/faults.md").read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    faults = [row for row in rows if not row.startswith(("| event", "| ---"))]
    assert len(faults) > 20
    for row in faults:
        named = re.search(r"\| `(tests/.*\.py)::(test_\w+)` \|$", row)
        assert named, row
        tree = ast.parse((PROJECT / named[1]).read_text(encoding="utf-8"))
        assert named[2] in [node.name for node in tree.body if isinstance(node, ast.FunctionDef)], row


def test_last_release_is_named_everywhere():
    """The code has the version on top of the changelog; citation and names of the wheel are of the last release."""
    headings = re.findall(r"^## (\S+) \((.+)\)$", (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0][0] == __version__.removesuffix(".dev0")
    version, date = next(heading for heading in headings if heading[1] != "unreleased")
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["version"], str(citation["date-released"])) == (version, date)
    pages = [PROJECT / "README.md", PROJECT / "RELEASE.md", *(PROJECT / "docs").rglob("*.md")]
    wheels = re.findall(r"pointes-([\d.]+)-py3", "".join(page.read_text(encoding="utf-8") for page in pages))
    assert len(wheels) >= 4
    assert set(wheels) == {version}
