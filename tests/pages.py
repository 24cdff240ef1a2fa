"""Code blocks of the documentation, and a copy of the project in which they run.

A comment in front of a block, which readers of the page do not see, says what a test does with it:

- ``<!-- not run: reason -->``: the block is not run, for this reason;
- ``<!-- file: name -->``: the reader saves the block under this name, before the first command of the page;
- ``<!-- first run (sh): commands -->``, or ``(python)``: what stands for things that the reader has already.
"""

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

PROJECT = Path(__file__).parents[1]
COMMENT = re.compile(r"<!-- (not run|file|first run)(?: \((sh|python)\))?:\s+(.+?)\s*-->\s*", re.DOTALL)
LINKED = ("Makefile", "Snakefile", "benchmarks", "constraints.txt", "profiles", "pyproject.toml", "rules", "scripts")
LINKED += ("docs", "src", "tests", "workflow")


@dataclass(frozen=True)
class Block:
    """A code block of a page.

    ``language`` is the word behind its fence, ``file`` the name of the file that it is, ``before`` the language and the
    text of what runs before it, and ``line`` the number of its first line in the page.
    """

    language: str
    text: str
    line: int
    not_run: str = ""
    file: str = ""
    before: tuple[str, str] | None = None


def blocks(page: Path) -> list[Block]:
    """Return the code blocks of a page, in their order."""
    found: list[Block] = []
    marks: dict[str, tuple[str, str]] = {}
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "html_block":
            marks |= {mark: (language, text) for mark, language, text in COMMENT.findall(token.content)}
        elif token.type == "fence":
            reason, file = marks.get("not run", ("", ""))[1], marks.get("file", ("", ""))[1]
            line = token.map[0] + 1 if token.map else 0
            found.append(Block(token.info, token.content, line, reason, file, marks.get("first run")))
            marks = {}
        elif token.content:
            assert not marks, f"{page}: a comment that is in front of no block: {marks}"
    return found


def copy_project(folder: Path, default: str) -> None:
    """Make a folder look like a clone that is installed, whose default campaign has the given configuration."""
    for name in LINKED:
        (folder / name).symlink_to(PROJECT / name)
    shutil.copytree(PROJECT / "config", folder / "config")
    (folder / "config/config.yaml").write_text(default, encoding="utf-8")
    (folder / ".venv").mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (folder / ".venv" / name).symlink_to(Path(sys.prefix) / name)
    (folder / ".venv/installed").touch()
