"""Shards are used as they were written, or not at all."""

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from pointes import cells
from pointes.campaign.files import store
from pointes.campaign.files.samples import make
from pointes.campaign.settings import NO_LIMITS, FailureLimits
from pointes.campaign.simulation import shards
from pointes.campaign.simulation.execution import simulate
from pointes.campaign.simulation.simulators import CellSimulator
from pointes.campaign.space import Space
from pointes.vocabulary import TOLERANCE, Failure, Status

RANGES = Space.of({"J_in": (0.0, 1.0), "J_out": (0.0, 1.0)})
POINTS = np.random.default_rng(1).uniform(0.0, 0.5, size=(16, 2))


@pytest.fixture(scope="module")
def simulator() -> CellSimulator:
    fingerprint = cells.load("mitchell-schaeffer-2003").fingerprint
    return CellSimulator("mitchell-schaeffer-2003", None, fingerprint, 1000.0, 2, 1, TOLERANCE)


@pytest.fixture(scope="module")
def keys(simulator) -> np.ndarray:
    return simulator.keys(POINTS, list(RANGES))


@pytest.fixture(scope="module")
def shard(simulator, keys, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("shards") / shards.shard_name(keys)
    shards.run_batch(simulator, POINTS, RANGES, keys, path)
    return path


def found(folder, simulator, keys, limits=NO_LIMITS):
    return shards.find(folder, keys, simulator.fingerprint, limits)


def test_whole_shard_is_found_in_any_order(shard, simulator, keys):
    expected = simulator.run(POINTS, list(RANGES))
    order = np.random.default_rng(2).permutation(np.tile(np.arange(16), 2))  # points may be given twice
    table, rows = found(shard.parent, simulator, keys[order])
    for name, column in expected.items():
        np.testing.assert_array_equal(table[name][rows], column[order], err_msg=name, strict=True)
    unknown = simulator.keys(POINTS + 0.1, list(RANGES))
    np.testing.assert_array_equal(found(shard.parent, simulator, np.append(unknown[:2], keys[5]))[1], [-1, -1, 5])


def test_flipped_bits_and_lost_ends_are_found(shard, simulator, keys, tmp_path, caplog):
    """No damaged file is opened by the netCDF library, whose answer could be a crash."""
    content = shard.read_bytes()
    chosen = np.random.default_rng(3)
    damaged = tmp_path / shard.name
    for position, bit in zip(
        chosen.choice(len(content), 200, replace=False), chosen.integers(8, size=200), strict=True
    ):
        flipped = bytearray(content)
        flipped[position] ^= 1 << bit
        damaged.write_bytes(flipped)
        assert found(tmp_path, simulator, keys)[0] is None, f"bit {bit} of byte {position}"
    for length in [0, 1, 31, 32, 33, len(content) - 1, *chosen.integers(len(content), size=50)]:
        damaged.write_bytes(content[:length])
        assert found(tmp_path, simulator, keys)[0] is None, f"{length} bytes"
    damaged.write_bytes(content + b"\0")
    assert found(tmp_path, simulator, keys)[0] is None
    assert f"{damaged} is not used: it is damaged, or no shard of this version of pointes" in caplog.text


def test_damaged_and_foreign_files_are_simulated_anew_to_the_same_bits(simulator, tmp_path, caplog):
    samples = make(POINTS, RANGES)
    before = simulate(samples, simulator, tmp_path, workers=1, batch_size=8)
    first, second = sorted(tmp_path.glob("*.nc"))
    whole = first.read_bytes()
    first.write_bytes(whole[: len(whole) // 2])
    store.write(tmp_path / "old.nc", make(POINTS, RANGES, key=simulator.keys(POINTS, list(RANGES))))  # no checksum
    (tmp_path / "notes.nc").write_text("no shard at all")
    (tmp_path / "folder.nc").mkdir()
    (tmp_path / "nowhere.nc").symlink_to(tmp_path / "missing")
    untouched = second.stat().st_mtime_ns
    after = simulate(samples, simulator, tmp_path, workers=1, batch_size=8)
    for name, column in before.columns.items():
        np.testing.assert_array_equal(after[name], column, err_msg=name, strict=True)
    assert second.stat().st_mtime_ns == untouched
    for name in (first.name, "old.nc", "notes.nc", "folder.nc", "nowhere.nc"):
        assert f"{tmp_path / name} is not used" in caplog.text
    assert found(tmp_path, simulator, simulator.keys(POINTS, list(RANGES)))[0] is not None


def test_shard_of_another_model_is_not_used(shard, simulator, keys, tmp_path, caplog):
    shutil.copy(shard, tmp_path)
    assert found(tmp_path, replace(simulator, fingerprint="another"), keys)[0] is None
    assert "it is of another model or numerical method" in caplog.text


def test_lost_samples_are_tried_again_under_other_limits(shard, simulator, keys, tmp_path):
    limits = FailureLimits(max_fraction=0.5, time_limit=1.0)
    lost = make(POINTS[:1], RANGES, key=keys[:1])
    shards.write_lost(tmp_path, simulator, lost, Failure.TIMED_OUT, limits)
    table, rows = found(tmp_path, simulator, keys, replace(limits, max_fraction=0.1))
    assert list(rows) == [0] + [-1] * 15
    assert (table["status"][0], table["failure"][0]) == (Status.LOST, Failure.TIMED_OUT)
    assert found(tmp_path, simulator, keys, replace(limits, time_limit=2.0))[0] is None
    assert shards.median_cost(tmp_path, keys, simulator.fingerprint) is None
    shutil.copy(shard, tmp_path)
    table, rows = found(tmp_path, simulator, keys, limits)
    assert (table["status"][rows] == Status.OK).all()  # what was simulated later counts


def test_time_limit_changes_no_result(shard, simulator, keys, tmp_path):
    partial(shards.run_batch, seconds=60.0)(simulator, POINTS, RANGES, keys, tmp_path / shard.name)
    whole, parts = store.read(shard), store.read(tmp_path / shard.name)
    assert list(whole.columns) == list(parts.columns)
    for name, column in whole.columns.items():
        np.testing.assert_array_equal(parts[name], column, err_msg=name, strict=True)
    assert [path.name for path in tmp_path.iterdir()] == [shard.name]


class Counted(str):
    """A key that counts how often keys are compared."""

    __slots__ = ()
    comparisons = 0

    def __eq__(self, other):
        Counted.comparisons += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


@pytest.mark.parametrize("number", [1000, 4000])
def test_number_of_comparisons_is_linear(number, monkeypatch):
    keys = np.array([f"{k:032x}" for k in range(number)])
    starts = range(0, number, 50)
    parts = [make(np.zeros((50, 1)), {"IKr": (0.0, 1.0)}, key=keys[start : start + 50]) for start in starts]
    monkeypatch.setattr(shards, "read_shards", lambda *arguments: iter(parts))
    Counted.comparisons = 0
    _, rows = shards.find(Path("shards"), Keys(keys), "f", NO_LIMITS)
    np.testing.assert_array_equal(rows, np.arange(number))
    assert number <= Counted.comparisons <= 5 * number


class Keys(list):
    """Keys whose list is of `Counted` ones."""

    def tolist(self):
        return [Counted(key) for key in self]
