"""Restart files: forged ones are refused before compiled code works with them, and no pickle in them is loaded."""

import zipfile

import numpy as np
import pytest

from pointes.errors import UserError
from pointes.tissue.observers.activation import Activations
from pointes.tissue.solver import checkpoint


class Run:
    """A run of four nodes, as far as restart files go."""

    def __init__(self):
        self.u = np.zeros(4)

    def state(self):
        return {"u": self.u}

    def restore(self, state):
        self.u[:] = state["u"]


@pytest.fixture
def observed():
    """An observer that has seen each of four nodes activate twice."""
    activations = Activations(4)
    activations.observe(np.arange(5.0), np.repeat([[-80.0], [20.0], [-80.0], [20.0], [-80.0]], 4, axis=1))
    return activations


@pytest.fixture
def saved(tmp_path, observed):
    """Returns a function that saves a run with some arrays changed, and the path of the file."""

    def save(**changes):
        path = tmp_path / "restart.npz"
        checkpoint.save(path, Run(), [observed])
        with np.load(path) as stored:
            arrays = dict(stored)
        np.savez(path, **(arrays | {name.replace("__", "."): value for name, value in changes.items()}))
        return path

    return save


def test_observers_continue(saved, observed):
    restored = Activations(4)
    checkpoint.restore(saved(), Run(), [restored])
    assert restored.counts().tolist() == [2, 2, 2, 2]
    for activations in (restored, observed):
        activations.observe(np.array([5.0]), np.full((1, 4), 20.0))
    for name, array in observed.state().items():
        np.testing.assert_array_equal(restored.state()[name], array)


@pytest.mark.parametrize(
    "changes",
    [
        {"observer0__latest": np.full(4, 2**30, np.int32)},
        {"observer0__latest": np.full(4, -2, np.int32)},
        {"observer0__node": np.full(8, 4, np.int32)},
        {"observer0__node": np.full(8, -1, np.int32)},
        {"observer0__node": np.zeros(3, np.int32)},
        {"observer0__last": np.zeros(3, np.float32)},
        {"observer0__last": np.array(["a"] * 4)},
        {"observer0__last_time": np.zeros(2)},
        {"u": np.zeros(5)},
        {"u": np.zeros((4, 4))},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_forged_arrays_are_refused(saved, changes):
    """Compiled code does not check indices: a forged one would write anywhere in memory."""
    with pytest.raises(UserError, match=r"damaged restart file .*; remove it to start anew"):
        checkpoint.restore(saved(**changes), Run(), [Activations(4)])


def test_missing_arrays_are_named(tmp_path):
    np.savez(tmp_path / "restart.npz", u=np.zeros(4))
    with pytest.raises(UserError, match="restart file without last_time"):
        checkpoint.restore(tmp_path / "restart.npz", Run(), [Activations(4)])


class Touch:
    """An object whose pickle makes a file when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return type(self.path).touch, (self.path,)


def test_pickles_are_not_loaded(tmp_path):
    path, touch = tmp_path / "restart.npz", Touch(tmp_path / "effect")
    np.savez(path, u=np.array([touch] * 4, dtype=object))
    with pytest.raises(UserError, match="damaged restart file"):
        checkpoint.restore(path, Run())
    np.save(path.with_suffix(".npy"), np.array([touch], dtype=object))
    path.write_bytes(path.with_suffix(".npy").read_bytes())
    with pytest.raises(UserError, match="damaged restart file"):
        checkpoint.restore(path, Run())
    assert not (tmp_path / "effect").exists()


def test_compressed_arrays_take_no_memory(tmp_path):
    path = tmp_path / "restart.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file, file.open("u.npy", "w") as array:
        np.lib.format.write_array_header_1_0(array, {"descr": "<f8", "fortran_order": False, "shape": (10**6,)})
        array.write(bytes(8 * 10**6))
    with pytest.raises(UserError, match="larger arrays than the file can hold"):
        checkpoint.restore(path, Run())


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "restart.npz"
    for content in (b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00\xff\xff" + b"[" * 5000, b"\x80\x04."):
        path.write_bytes(content)
        with pytest.raises(UserError, match="damaged restart file"):
            checkpoint.restore(path, Run())
