"""Tables of a page of the documentation that a benchmark writes."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path


def write_tables(path: Path, tables: Mapping[str, Iterable[str]]) -> None:
    """Replace the tables of a page, each of which follows a comment ``<!-- table: NAME -->`` and a blank line."""
    page = path.read_text(encoding="utf-8")
    for name, lines in tables.items():
        text = "\n".join(lines)
        page, count = re.subn(rf"(<!-- table: {name} -->\n\n)(?:\|.*\n)*\n*", rf"\g<1>{text}\n\n", page)
        if count != 1:
            raise SystemExit(f"{path}: {count} places for the table {name}")
    path.write_text(page.rstrip() + "\n", encoding="utf-8")
