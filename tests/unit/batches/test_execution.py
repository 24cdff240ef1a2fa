"""Batches on a real cluster of two workers: which parts run, how often workers die for them, and why they are lost."""

import logging
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from pointes.batches.cluster import ClusterSettings
from pointes.batches.execution import run_batches
from pointes.batches.time_limit import time_limit
from pointes.campaign.job import logged
from pointes.vocabulary import Failure


@dataclass(frozen=True)
class Numbers:
    """A batch of numbers, each of which is a sample, and what ends the worker of some of them."""

    numbers: tuple[int, ...]
    folder: Path
    deeds: dict[int, str]

    def __len__(self) -> int:
        return len(self.numbers)

    def halves(self):
        middle = len(self) // 2
        return [Numbers(part, self.folder, self.deeds) for part in (self.numbers[:middle], self.numbers[middle:])]


def work(batch):
    """Note that the batch was begun, and do what its numbers are bad for."""
    name = "-".join(map(str, batch.numbers))
    (batch.folder / f"{name}.{time.monotonic_ns()}").touch()
    hangs = "hangs" in map(batch.deeds.get, batch.numbers)
    with time_limit(1.5 if hangs else 300.0, batch.folder / f"{name}.slow"):
        for number in batch.numbers:
            match batch.deeds.get(number):
                case "dies":
                    os.kill(os.getpid(), signal.SIGKILL)
                case "hangs":
                    time.sleep(1000)
                case "hoards":
                    hoard = []
                    while True:
                        hoard.append(bytearray(os.urandom(1000)) * 10_000)
                        time.sleep(0.01)
                case "raises":
                    raise ValueError("a mistake of the simulator")


def submit(client, batch):
    return client.submit(work, batch, pure=False)


def run(numbers, deeds, folder, size=8, memory=None):
    """Run numbers in batches and return those that ended well, and those that are lost with their reasons."""
    numbers = tuple(numbers)
    batches = (Numbers(numbers[start : start + size], folder, deeds) for start in range(0, len(numbers), size))
    well, lost = [], {}
    for batch, failure in run_batches(batches, submit, cluster=ClusterSettings(memory=memory), workers=2):
        if failure is None:
            well.extend(batch.numbers)
        else:
            lost |= dict.fromkeys(batch.numbers, failure)
    return sorted(well), lost


def test_samples_are_lost_alone_for_their_reasons(tmp_path):
    deeds = {3: "dies", 12: "hangs", 21: "hoards"}
    well, lost = run(range(24), deeds, tmp_path, memory="600 MB")
    assert lost == {3: Failure.WORKER_DIED, 12: Failure.TIMED_OUT, 21: Failure.MEMORY_EXCEEDED}
    assert well == [number for number in range(24) if number not in deeds]


def test_deaths_grow_with_the_logarithm_of_the_batch(tmp_path):
    well, lost = run(range(16), {5: "dies"}, tmp_path, size=16)
    assert (len(well), lost) == (15, {5: Failure.WORKER_DIED})
    begun = [path.name.partition(".")[0].split("-") for path in tmp_path.iterdir() if path.suffix != ".slow"]
    assert sum("5" in numbers for numbers in begun) == 2 * 5  # batches of 16, 8, 4, 2 and 1, each tried twice


def test_a_worker_that_dies_once_costs_nothing(tmp_path):
    """The first attempt of each batch dies if it finds no earlier one."""
    done = [
        (len(batch), failure)
        for batch, failure in run_batches(
            [Numbers((1, 2), tmp_path, {})],
            lambda client, batch: client.submit(dies_at_first, batch, pure=False),
            cluster=ClusterSettings(),
            workers=2,
        )
    ]
    assert done == [(2, None)]


def dies_at_first(batch):
    if not any(batch.folder.iterdir()):
        (batch.folder / "tried").touch()
        os.kill(os.getpid(), signal.SIGKILL)


def test_no_batch_starts_no_cluster():
    assert list(run_batches([], submit, cluster=ClusterSettings("no such kind"), workers=2)) == []


def test_batches_are_made_when_a_worker_has_room(tmp_path):
    made = []

    def batches():
        for number in range(12):
            made.append(number)
            yield Numbers((number,), tmp_path, {})

    ended = 0
    for _ in run_batches(batches(), submit, cluster=ClusterSettings(), workers=2):
        ended += 1
        assert len(made) <= ended + 2
    assert ended == 12


def test_traceback_of_a_task_is_in_the_log_and_one_line_on_the_terminal(tmp_path, capfd, monkeypatch):
    # What a job changes in its process is undone in that of the tests
    monkeypatch.setattr(logging, "captureWarnings", lambda capture: None)
    monkeypatch.setattr(logging, "raiseExceptions", True)
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    monkeypatch.setenv("HDF5_USE_FILE_LOCKING", "FALSE")
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    path = tmp_path / "logs/simulate.log"
    with pytest.raises(SystemExit), logged(str(path)):
        run([1, 2], {2: "raises"}, tmp_path)
    for handler in root.handlers:
        handler.close()
    text = path.read_text()
    assert "Traceback" in text
    assert ", in work\n" in text
    assert 'raise ValueError("a mistake of the simulator")' in text
    assert capfd.readouterr().err == f"pointes: ValueError: a mistake of the simulator (see {path})\n"
