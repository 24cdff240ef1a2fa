"""Results are a function of the points alone: not of workers, batches, interruptions or lost workers."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from pointes import cells
from pointes.campaign.files import store
from pointes.campaign.files.samples import concatenate, make
from pointes.campaign.settings import FailureLimits
from pointes.campaign.simulation import execution
from pointes.campaign.simulation.execution import LARGEST_BATCH, simulate, simulate_parts, split
from pointes.campaign.simulation.shards import run_batch
from pointes.campaign.simulation.simulators import CellSimulator
from pointes.campaign.space import Space
from pointes.cells import LANES
from pointes.cells.cache import _folder
from pointes.errors import UserError
from pointes.vocabulary import TOLERANCE, Failure, Status

RANGES = Space.of({"IKr": (0.0, 1.0), "ICaL": (0.0, 1.0)})
FATAL = 0.8  # block of IKr beyond which `fragile` kills its worker


@pytest.fixture(scope="module")
def simulator() -> CellSimulator:
    model = cells.load("ohara-2011", celltype="mid")
    return CellSimulator("ohara-2011", "mid", model.fingerprint, 1000.0, beats=2, label_beats=1, tolerance=TOLERANCE)


@pytest.fixture
def samples():
    points = np.random.default_rng(1).uniform(size=(20, 2))
    return make(points, RANGES, sample_id=np.arange(20))


def fragile(simulator, points, ranges, keys, shard):
    """Simulate a batch, unless one of its points is fatal for the worker."""
    if np.any(points[:, 0] > FATAL):
        os.kill(os.getpid(), signal.SIGKILL)
    run_batch(simulator, points, ranges, keys, shard)


def never(*arguments):
    """Take the place of `run_batch` where no sample is missing."""
    raise AssertionError("nothing is missing")


def test_workers_and_batches_change_nothing(tmp_path, simulator, samples):
    model = cells.load("ohara-2011", celltype="mid")
    blocks = dict(zip(RANGES, samples.points.T, strict=True))
    expected = cells.pace(model, blocks, cycle_length=1000.0, beats=2, label_beats=1)
    for number, (workers, batch_size) in enumerate([(1, "auto"), (2, "auto"), (2, 3)]):
        progress = []
        folder = tmp_path / str(number)
        done = simulate(
            samples,
            simulator,
            folder,
            workers=workers,
            batch_size=batch_size,
            progress=lambda done, total, progress=progress: progress.append((done, total)),
        )
        for name, column in expected.items():
            np.testing.assert_array_equal(done[name], column, err_msg=name, strict=True)
        assert done.details["apd90_ms"]["units"] == "ms"
        assert progress[0] == (0, 20)
        assert progress[-1] == (20, 20)
        assert len(progress) == 1 + len(list(folder.glob("*.nc")))


def test_only_missing_samples_are_simulated(tmp_path, simulator, samples):
    simulate(samples.where(np.arange(8)), simulator, tmp_path)
    (first,) = tmp_path.glob("*.nc")
    before = first.stat()
    progress = []
    whole = simulate(samples, simulator, tmp_path, progress=lambda done, total: progress.append(done))
    assert progress[0] == 8
    assert progress[-1] == 20
    assert first.stat() == before
    assert sorted(len(store.read(path)) for path in tmp_path.glob("*.nc")) == [4, 8, 8]

    again = simulate(samples, simulator, tmp_path, run=never)
    for name, column in whole.columns.items():
        np.testing.assert_array_equal(again[name], column)


def test_another_protocol_shares_nothing(simulator, samples):
    points, parameters = samples.points, list(RANGES)
    keys = simulator.keys(points, parameters)
    assert len(set(keys)) == len(points)
    others = [
        CellSimulator("ohara-2011", "mid", simulator.fingerprint, 1000.0, 3, 1, TOLERANCE),
        CellSimulator("ohara-2011", "mid", "another", 1000.0, 2, 1, TOLERANCE),
    ]
    for other in others:
        assert not set(other.keys(points, parameters)) & set(keys)
    assert not set(simulator.keys(points, parameters[::-1])) & set(keys)


def test_samples_that_kill_their_workers_are_lost_alone(tmp_path, simulator, samples):
    fatal = samples["IKr"] > FATAL
    assert list(np.flatnonzero(fatal)) == [3, 12]
    done = simulate(samples, simulator, tmp_path, workers=2, run=fragile)
    sound = simulator.run(samples.points, list(RANGES))
    np.testing.assert_array_equal(done["status"], np.where(fatal, Status.LOST, sound["status"]))
    np.testing.assert_array_equal(done["failure"], np.where(fatal, Failure.WORKER_DIED, sound["failure"]))
    np.testing.assert_array_equal(done["label"], np.where(fatal, -1, sound["label"]))
    np.testing.assert_array_equal(done["apd90_ms"], np.where(fatal, np.nan, sound["apd90_ms"]))

    again = simulate(samples, simulator, tmp_path, run=never)
    np.testing.assert_array_equal(again["failure"], done["failure"])
    healed = simulate(samples, simulator, tmp_path, limits=FailureLimits(memory="4 GB"))
    np.testing.assert_array_equal(healed["apd90_ms"], sound["apd90_ms"])


def test_too_many_lost_samples_end_the_job_and_a_higher_fraction_continues(tmp_path, simulator, samples):
    with pytest.raises(UserError) as caught:
        simulate(samples, simulator, tmp_path, workers=1, run=fragile, limits=FailureLimits(max_fraction=0.05))
    assert str(caught.value) == (
        f"{tmp_path}: 2 of 13 samples are lost: 2 died with the worker process; expected at most the fraction "
        "failure.max_fraction, which is 0.05; with a higher one the same command continues"
    )
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.nc")}
    done = simulate(samples, simulator, tmp_path, limits=FailureLimits(max_fraction=0.1))
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    np.testing.assert_array_equal(done["status"] == Status.LOST, samples["IKr"] > FATAL)


class Endless(CellSimulator):
    """A simulator that never returns from a fatal point."""

    def run(self, points, parameters):
        while np.any(points[:, 0] > FATAL):
            time.sleep(1.0)
        return CellSimulator.run(self, points, parameters)


def test_sample_that_never_ends_is_lost_alone(tmp_path, simulator, samples):
    few = samples.where(np.arange(1, 5))
    limits = FailureLimits(time_limit=3.0)
    done = simulate(few, Endless(**vars(simulator)), tmp_path, workers=2, limits=limits)
    np.testing.assert_array_equal(done["failure"], [0, 0, Failure.TIMED_OUT, 0])
    np.testing.assert_array_equal(done["status"], [0, 0, Status.LOST, 0])
    assert not list(tmp_path.glob("*.slow"))
    again = simulate(few, simulator, tmp_path, limits=limits, run=never)
    np.testing.assert_array_equal(again["failure"], done["failure"])


def test_parts_give_what_one_run_gives(tmp_path, simulator, samples):
    whole = simulate(samples, simulator, tmp_path / "whole", workers=1)
    parts = [samples.where(np.arange(20)[rows]) for rows in (slice(8), slice(8, 11), slice(11, 20))]
    progress = []
    simulated = simulate_parts(
        parts, simulator, tmp_path / "parts", workers=2, progress=lambda *numbers: progress.append(numbers)
    )
    together = concatenate(list(simulated))
    for name, column in whole.columns.items():
        np.testing.assert_array_equal(together[name], column, err_msg=name, strict=True)
    assert progress[0] == (0, 20)
    assert progress[-1] == (20, 20)
    assert {len(list(path.glob("*.nc"))) for path in (tmp_path / "parts").iterdir() if path.is_dir()} == {1, 2}


def test_memory_does_not_grow_with_the_number_of_samples(tmp_path):
    """Peak memory of the client with 100,000 samples beside that with 10,000, without what the points take."""
    script = tmp_path / "sweep.py"
    script.write_text(SWEEP)
    peaks = []
    for count in (10_000, 100_000):
        command = [sys.executable, str(script), str(count), str(tmp_path / str(count))]
        environment = {**os.environ, "POINTES_CACHE": str(_folder())}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=500)
        peaks.append(float(done.stdout))
    assert peaks[1] - peaks[0] < 20, peaks


def test_a_job_that_loses_everything_ends_soon():
    lost = execution._Lost(100_000, FailureLimits(max_fraction=0.1), Path("shards"))
    died = np.array([Failure.WORKER_DIED])
    for ended in range(25):
        lost.add(died, ended)
    with pytest.raises(UserError, match="26 of 26 samples are lost"):
        lost.add(died, 26)


def test_error_in_a_batch_is_raised(tmp_path, simulator, samples):
    wrong = make(samples.points, Space.of({"IKr": (0.0, 1.0), "INone": (0.0, 1.0)}))
    with pytest.raises(Exception, match="INone"):
        simulate(wrong, simulator, tmp_path)


@pytest.mark.parametrize(
    ("count", "workers", "batch_size", "sizes"),
    [
        (8, 2, "auto", [8]),
        (16, 2, "auto", [8, 8]),
        (17, 2, "auto", [8, 8, 1]),
        (576, 2, "auto", [72] * 8),
        (20, 1, 16, [16, 4]),
    ],
)
def test_batches_are_whole_blocks_of_lanes(count, workers, batch_size, sizes):
    batches = split(np.arange(count), workers, batch_size)
    assert [len(batch) for batch in batches] == sizes
    np.testing.assert_array_equal(np.concatenate(batches), np.arange(count))


def test_large_batches_are_capped_at_a_multiple_of_lanes():
    assert max(len(batch) for batch in split(np.arange(100_000), 1, "auto")) == LARGEST_BATCH
    assert LARGEST_BATCH % LANES == 0
    assert execution.LANES == LANES  # written out there, because importing the cells takes a while


SWEEP = """
import resource, sys
from pathlib import Path
import numpy as np
from pointes.campaign.files import store
from pointes.campaign.files.samples import make
from pointes.campaign.space import Space
from pointes.campaign.simulation import execution
from pointes.campaign.simulation.simulators import CellSimulator

class Trivial(CellSimulator):
    def run(self, points, parameters):
        flags = np.zeros(len(points), np.int8)
        return {"label": flags, "status": flags, "failure": flags, "apd90_ms": points.sum(axis=1)}

if __name__ == "__main__":
    count, folder = int(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir()
    points = np.random.default_rng(1).uniform(size=(count, 2))
    ranges = Space.of({"J_in": (0.0, 1.0), "J_out": (0.0, 1.0)})
    parts = [make(points[start : start + 10_000], ranges) for start in range(0, count, 10_000)]
    simulator = Trivial("mitchell-schaeffer-2003", None, "f", 1000.0, 1, 1, 1e-4)
    simulated = execution.simulate_parts(parts, simulator, folder / "shards", workers=2)
    store.write_parts(folder / "out.nc", simulated, count)
    np.testing.assert_array_equal(store.read(folder / "out.nc")["apd90_ms"][-1], points[-1].sum())
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - points.nbytes / 2**20)
"""
HOSTILE = """
distributed:
  comm:
    require-encryption: true
  worker:
    preload: [no_such_module]
  scheduler:
    preload: [no_such_module]
"""
SIMULATE = """
import json, sys
from pathlib import Path
from pointes.campaign.files import store
from pointes.campaign.simulation.simulators import make_simulator
from pointes.campaign.simulation.execution import simulate
from pointes.campaign.space import Space
if __name__ == "__main__":
    folder = Path(sys.argv[1])
    simulator = make_simulator(json.loads(sys.argv[2]))
    samples = store.read(folder / "samples.nc")
    store.write(folder / "done.nc", simulate(samples, simulator, folder / "shards", workers=1))
"""


def simulate_elsewhere(folder, simulator, samples, **environment) -> subprocess.CompletedProcess:
    """Simulate samples in a process with another environment."""
    store.write(folder / "samples.nc", samples)
    (folder / "simulate.py").write_text(SIMULATE)
    arguments = [sys.executable, str(folder / "simulate.py"), str(folder), json.dumps(simulator.to_params())]
    cache = {"POINTES_CACHE": str(_folder())}
    return subprocess.run(
        arguments, env={**os.environ, **cache, **environment}, capture_output=True, text=True, timeout=300
    )


def test_settings_of_the_user_do_not_reach_the_cluster(tmp_path, simulator, samples):
    """Files and variables that Dask would read, and a TMPDIR that is too long for the sockets of processes."""
    settings, temporary = tmp_path / "home/.config/dask", tmp_path / ("long" * 20) / ("path" * 10)
    settings.mkdir(parents=True)
    temporary.mkdir(parents=True)
    (settings / "mine.yaml").write_text(HOSTILE)
    (tmp_path / "theirs.yaml").write_text(HOSTILE)
    variables = {
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(temporary),
        "DASK_CONFIG": str(tmp_path / "theirs.yaml"),
        "DASK_DISTRIBUTED__NANNY__PRELOAD": '["no_such_module"]',
        "DASK_TEMPORARY_DIRECTORY": "/proc/none",
    }
    done = simulate_elsewhere(tmp_path, simulator, samples, **variables)
    assert done.returncode == 0, done.stderr
    expected = simulator.run(samples.points, list(RANGES))
    np.testing.assert_array_equal(store.read(tmp_path / "done.nc")["apd90_ms"], expected["apd90_ms"])


def test_faulty_settings_of_the_user_are_one_line(tmp_path, simulator, samples):
    settings = tmp_path / ".config/dask/mine.yaml"
    settings.parent.mkdir(parents=True)
    settings.write_text("distributed: [")
    done = simulate_elsewhere(tmp_path, simulator, samples, HOME=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("pointes.errors.UserError: A dask config file at ")
    assert "mine.yaml" in done.stderr.splitlines()[-1]
    assert done.stderr.count("Traceback") == 1  # that of this script
