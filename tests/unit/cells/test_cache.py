"""Kernels on disk: compiled once, rebuilt when damaged or out of date, done without where nothing can be written."""

import os
import platform
import shutil
import subprocess
import sys

import pytest

from pointes.cells import cache
from pointes.cells.dependencies import PACKAGE
from pointes.files import replacing

SOURCE = """\
from numba import njit


@njit("int64(int64)", cache=True)
def twice(x):
    return 2 * x
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("POINTES_CACHE", str(tmp_path / "kernels"))
    cache._folder.cache_clear()
    yield tmp_path / "kernels"
    cache._folder.cache_clear()


def twice():
    """A kernel, and how often its source was asked for."""
    calls = []
    kernel = cache.kernel("twice", "fingerprint", ["cells"], lambda: calls.append(1) or SOURCE)
    assert kernel.twice(21) == 42
    return kernel, len(calls)


def test_kernel_is_made_once(folder):
    assert [twice()[1], twice()[1]] == [1, 0]
    assert sorted(path.suffix for path in folder.iterdir()) == ["", ".lock", ".pieces", ".py", ".source"]


@pytest.mark.parametrize("damage", [b"", b"# nothing\n", b"\xff\xfe", b"raise SystemExit(1)\n", SOURCE.encode()])
def test_damaged_source_is_rebuilt(folder, damage):
    twice()
    for path in folder.glob("twice*"):
        path.write_bytes(damage)
    assert [twice()[1], twice()[1]] == [1, 0]


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_damaged_machine_code_is_rebuilt(folder, ending):
    twice()
    (file,) = (folder / "__pycache__").glob(f"*.{ending}")
    file.write_bytes(file.read_bytes()[:40])
    assert twice()[1] == 0
    assert len(file.read_bytes()) > 40


FOUR_TIMES = (
    SOURCE
    + """

@njit("int64(int64)", cache=True)
def four_times(x):
    return twice(twice(x))
"""
)


def test_machine_code_is_compiled_as_a_whole(folder):
    """A function that is compiled beside others from the disk may differ in the last bit from one compiled with all."""
    kernel = cache.kernel("four", "fingerprint", ["cells"], lambda: FOUR_TIMES)
    assert kernel.four_times(2) == 8
    pieces = sorted((folder / "__pycache__").glob("four_*.nbc"))
    assert len(pieces) == 2
    before = [piece.stat().st_mtime_ns for piece in pieces]
    pieces[1].unlink()  # as after a kill in the middle
    cache.kernel("four", "fingerprint", ["cells"], lambda: FOUR_TIMES)
    after = [piece.stat().st_mtime_ns for piece in pieces]
    assert all(new > old for new, old in zip(after, before, strict=True))


def test_folder_that_cannot_be_written(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("POINTES_CACHE", str(tmp_path / "file" / "kernels"))
    twice()
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert f"cannot keep compiled models in {tmp_path / 'file' / 'kernels'}" in printed


def test_another_cpu_has_another_kernel(folder, monkeypatch):
    """Computers of different kinds may share a folder: none must run the machine code of another."""
    kernel, _ = twice()
    monkeypatch.setattr(cache, "of_machine_code", lambda text: "another")
    other, asked = twice()
    assert asked == 0
    assert other.__file__ != kernel.__file__


def test_nodes_of_a_cluster_do_not_write_into_the_same_file(tmp_path, monkeypatch):
    with replacing(tmp_path / "kernel.py") as ours:
        ours.write_text("ours", encoding="utf-8")
        monkeypatch.setattr(platform, "node", lambda: "another")
        with replacing(tmp_path / "kernel.py") as theirs:
            assert not theirs.exists()
            theirs.write_text("theirs", encoding="utf-8")
    assert (tmp_path / "kernel.py").read_text(encoding="utf-8") == "ours"


BEAT = """
from pointes import cells
model = cells.load("mitchell-schaeffer-2003")
print(model.fingerprint, cells.pace(model, {}, beats=2)["apd90_ms"][0])
"""
SWAPPED = {
    "parameter = entry + self.entries": "output = entry + self.entries",
    "output = parameter + len(self.parameters)": "parameter = output + len(self.outputs)",
    '"control": output + len(self.outputs)': '"control": parameter + len(self.parameters)',
}


def test_kernel_of_another_layout_is_not_used(tmp_path, folder):
    """It was, with APD90 NaN: where a kernel keeps its numbers was not among what it was found by."""
    package = shutil.copytree(PACKAGE, tmp_path / "pointes", ignore=shutil.ignore_patterns("__pycache__"))
    layout = package / "cells" / "layout.py"
    before = beat(tmp_path, folder)
    text = layout.read_text(encoding="utf-8")
    for old, new in SWAPPED.items():
        assert old in text
        text = text.replace(old, new)
    layout.write_text(text, encoding="utf-8")
    assert "nan" not in before
    assert beat(tmp_path, folder) == before  # the fingerprint, too: the results are the same


def beat(path, folder):
    """What a process prints that finds pointes in a path."""
    environment = os.environ | {"PYTHONPATH": str(path), "POINTES_CACHE": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", BEAT], capture_output=True, text=True, check=True, env=environment
    ).stdout
