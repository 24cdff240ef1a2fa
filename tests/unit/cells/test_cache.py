"""Kernels on disk: compiled once, rebuilt when damaged, done without where nothing can be written."""

import pytest

from pointes.cells import cache

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


def asked_for():
    """A source of a kernel that counts how often it is asked for."""
    calls = []
    return calls, lambda: calls.append(1) or SOURCE


def test_kernel_is_made_once(folder):
    calls, source = asked_for()
    assert cache.kernel("twice", source).twice(21) == 42
    assert cache.kernel("twice", source).twice(21) == 42
    assert len(calls) == 1
    assert {path.name for path in folder.iterdir()} == {"twice.py", "__pycache__"}


@pytest.mark.parametrize("damage", [b"", b"# nothing\n", b"\xff\xfe", b"raise SystemExit(1)\n", SOURCE.encode()])
def test_damaged_source_is_rebuilt(folder, damage):
    cache.kernel("twice", asked_for()[1])
    (folder / "twice.py").write_bytes(damage)
    calls, source = asked_for()
    assert cache.kernel("twice", source).twice(21) == 42
    assert len(calls) == 1


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_damaged_machine_code_is_rebuilt(folder, ending):
    cache.kernel("twice", asked_for()[1])
    (file,) = (folder / "__pycache__").glob(f"*.{ending}")
    file.write_bytes(file.read_bytes()[:40])
    calls, source = asked_for()
    assert cache.kernel("twice", source).twice(21) == 42
    assert len(calls) == 1


def test_folder_that_cannot_be_written(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("POINTES_CACHE", str(tmp_path / "file" / "kernels"))
    assert cache.kernel("twice", asked_for()[1]).twice(21) == 42
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert f"cannot keep compiled models in {tmp_path / 'file' / 'kernels'}" in printed


def test_fingerprint_depends_on_every_part():
    parts = [("a", "b"), ("a", "c"), ("ab",), ("a", "b", "")]
    assert len({cache.fingerprint(*part) for part in parts}) == len(parts)
