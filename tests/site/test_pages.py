"""Each command on each page runs as it stands there, or the page says why not; `make test-site` runs this."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from filelock import FileLock

from ..pages import PROJECT, Block, blocks, copy_project

PAGES = [PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")]
PAGES += sorted([*(PROJECT / "docs").rglob("*.md"), *(PROJECT / "config").rglob("README.md")])
BLOCKS = {str(page.relative_to(PROJECT)): blocks(page) for page in PAGES}
LANGUAGES = {"sh", "python", "yaml", "toml", "csv", "text"}
"""Words behind a fence; the first two are languages of commands."""

REPLAYS = {"repeats": 1, "grid": 10}
"""A smaller comparison of designs than that of the default campaign, which takes most of its time."""

ENVIRONMENT = {
    **os.environ,
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "PYTHONPATH": f"{os.environ.get('PYTHONPATH', '')}{os.pathsep}.",  # where readers save modules of their own
    "COLUMNS": "120",
    "MPLBACKEND": "agg",
}


def commands(page: str) -> list[Block]:
    """Return the blocks of a page that are commands."""
    return [block for block in BLOCKS[page] if block.language in ("sh", "python") and not block.file]


@pytest.fixture(scope="session")
def clone(tmp_path_factory, worker_id) -> Path:
    """A clone in which the default campaign has been run to its report, once for all processes of the tests."""
    root = tmp_path_factory.getbasetemp()
    root = root if worker_id == "master" else root.parent
    folder, begun = root / "clone", root / "begun"
    with FileLock(root / "clone.lock"):
        if not folder.exists():
            begun.mkdir()
            config = yaml.safe_load((PROJECT / "config/config.yaml").read_text(encoding="utf-8"))
            copy_project(begun, yaml.safe_dump({**config, "replays": REPLAYS}, sort_keys=False))
            run([("sh", "make campaign")], begun)
            begun.rename(folder)
    return folder


def run(steps: list[tuple[str, str]], folder: Path) -> None:
    """Run steps, each a language and a text, as a reader does: one after the other, and none of them may fail."""
    line = [sys.executable, str(Path(__file__).with_name("run_steps.py")), json.dumps(steps)]
    done = subprocess.run(line, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr


def install(project: str, folder: Path) -> None:
    """Do with the entry points of a ``pyproject.toml`` what an installation of that package does."""
    groups = tomllib.loads(project)["project"]["entry-points"]
    text = "".join(
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in entries.items())
        for group, entries in groups.items()
    )
    metadata = folder / "my_package-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: my_package\nVersion: 1\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("page", BLOCKS)
def test_blocks_have_a_language(page):
    for block in BLOCKS[page]:
        assert block.language in LANGUAGES, f"{page}:{block.line}"
        if block.language == "yaml":
            yaml.safe_load(block.text)


@pytest.mark.parametrize("page", [page for page in BLOCKS if any(not block.not_run for block in commands(page))])
def test_commands_run(page, clone, tmp_path):
    folder = shutil.copytree(clone, tmp_path / "clone", symlinks=True, copy_function=shutil.copy2)
    steps: list[tuple[str, str]] = []
    for block in BLOCKS[page]:
        if block.file:
            (folder / block.file).parent.mkdir(exist_ok=True)
            (folder / block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "toml":
            install(block.text, folder)
        elif block.language in ("sh", "python") and not block.not_run:
            steps += [block.before] if block.before else []
            steps.append((block.language, block.text))
    run(steps, folder)
