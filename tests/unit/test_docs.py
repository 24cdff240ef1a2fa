"""Pages of the documentation name tests that exist."""

import ast
import re
from pathlib import Path

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
