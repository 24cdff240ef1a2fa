"""Pace the variants of a population in batches, in this process or in several, one file on disk per batch.

Batches are all that is in memory. Each leaves its results in a file of its own, moved into place when it is whole, so
that a run that is killed loses the batches at work and no others; the same run started again does the rest.
"""

import hashlib
import io
import json
import os
import signal
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context, parent_process
from pathlib import Path

import numpy as np

from pointes import cells
from pointes.errors import UserError
from pointes.files import lock, read_bytes, replacing, write_json
from pointes.populations.calibration import TRIANGULATION
from pointes.populations.variants import Variants

LARGEST_BATCH = 256  # variants; what is in memory, and what a killed worker loses
BATCHES = 64  # at least, as far as there are variants: the last ones are shared evenly between processes


@dataclass(frozen=True)
class Simulation:
    """How each variant of a population is paced.

    Attributes
    ----------
    model, celltype
        As for `pointes.cells.load`.
    literals
        Qualified names of the literals of the model that differ between variants.
    cycle_length
        Time between stimuli [ms].
    beats, label_beats
        Beats paced, and the last of them that the arrhythmia label looks at.
    until_steady
        Whether a variant is paced until its rhythm is steady, for at most ``beats``.
    blocks
        Block of currents, in [0, 1], that acts on all variants.
    """

    model: str
    celltype: str | None = None
    literals: tuple[str, ...] = ()
    cycle_length: float = 1000.0
    beats: int = 100
    label_beats: int = 4
    until_steady: bool = False
    blocks: Mapping[str, float] = field(default_factory=dict)

    def load(self) -> cells.CellModel:
        """Return the model."""
        return cells.load(self.model, celltype=self.celltype, vary=self.literals)

    def check(self, variants: Variants, initial_state: np.ndarray | None = None) -> None:
        """Refuse what `run` cannot pace, without pacing it."""
        self._stream(variants, initial_state)

    def run(self, variants: Variants, initial_state: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """Pace variants, n of them, and return `pointes.populations.calibration.MEASURED` and ``state``."""
        (results,) = self._stream(variants, initial_state)
        return results | {TRIANGULATION: results["apd90_ms"] - results["apd40_ms"]}

    def _stream(self, variants: Variants, initial_state: np.ndarray | None) -> Iterator[dict[str, np.ndarray]]:
        model = self.load()
        return cells.pace_batches(
            model,
            self.blocks,
            batch=len(variants),
            cycle_length=self.cycle_length,
            beats=self.beats,
            label_beats=self.label_beats,
            values=variants.values(model),
            initial_state=initial_state,
            until_steady=self.until_steady,
            final_state=True,
        )


@dataclass(frozen=True)
class Batch:
    """Some of the variants of a population, with the file for their results."""

    rows: slice
    variants: Variants
    initial_state: np.ndarray | None
    file: Path


def batches(variants: Variants, initial_state: np.ndarray | None, folder: Path) -> Iterator[Batch]:
    """Yield the batches of a population, in order; they do not depend on who paces them."""
    size = batch_size(len(variants))
    for start in range(0, len(variants), size):
        rows = slice(start, min(start + size, len(variants)))
        shared = initial_state is None or len(initial_state) == 1
        state = initial_state if initial_state is None or shared else initial_state[rows]
        yield Batch(rows, variants.part(rows), state, folder / f"{start}.npz")


def batch_size(n: int) -> int:
    """Return the number of variants in a batch of a population of n: whole blocks of the kernel.

    Examples
    --------
    >>> batch_size(10), batch_size(1000), batch_size(100_000)
    (8, 16, 256)
    """
    blocks = -(-n // (BATCHES * cells.LANES))
    return min(blocks * cells.LANES, LARGEST_BATCH)


def pace_all(
    simulation: Simulation,
    variants: Variants,
    initial_state: np.ndarray | None,
    folder: Path,
    workers: int,
    progress: Callable[[int, int], None],
) -> None:
    """Pace all batches whose files are not in the folder yet.

    Parameters
    ----------
    simulation
        How.
    variants
        What, n of them.
    initial_state : (1, n_states) or (n, n_states) array
        From which state; the published one by default.
    folder
        Where the files of the batches are, from `opened`.
    workers
        Processes; with one of them, this one.
    progress
        Called with the numbers of variants that are done and of all, at the start and after each batch.

    Raises
    ------
    UserError
        When a worker process dies.
    """
    missing = [batch for batch in batches(variants, initial_state, folder) if not batch.file.exists()]
    done = len(variants) - sum(len(batch.variants) for batch in missing)
    progress(done, len(variants))
    for paced in _run_all(simulation, missing, min(workers, len(missing))):
        done += paced
        progress(done, len(variants))


def load_results(batch: Batch) -> dict[str, np.ndarray]:
    """Return what a batch has left in its file.

    Raises
    ------
    UserError
        The file cannot be read, or is damaged.
    """
    try:
        with np.load(io.BytesIO(read_bytes(batch.file))) as file:
            return dict(file)
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise UserError(f"{batch.file}: damaged ({error}); remove this file and give the same command again") from None


@contextmanager
def opened(
    folder: Path, simulation: Simulation, variants: Variants, initial_state: np.ndarray | None
) -> Iterator[None]:
    """Hold a folder for the files of this population's batches, and refuse one that holds those of another.

    The lock ends with the process, however it ends.

    Raises
    ------
    UserError
        Another process is at work in the folder, or it was left by a run of other variants, another model or protocol.
    """
    key = _key(simulation, variants, initial_state)
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as file:
        if not lock(file):
            raise UserError(f"{folder}: another run is at work on this output; wait for it or stop it")
        record = folder / "population.json"
        if not record.exists():
            write_json(record, key)
        elif json.loads(record.read_text(encoding="utf-8")) != key:
            raise UserError(
                f"{folder}: left by an unfinished run of another population; expected the same model, protocol and "
                "variants; remove the folder to give that run up"
            )
        yield


def _key(simulation: Simulation, variants: Variants, initial_state: np.ndarray | None) -> str:
    """Return a hash of all that the results depend on."""
    what = [asdict(simulation), simulation.load().fingerprint, list(variants.columns), len(variants)]
    key = hashlib.sha256(json.dumps(what).encode())
    for column in (*variants.columns.values(), variants.numbers):
        key.update(np.ascontiguousarray(column).tobytes())
    if initial_state is not None:
        key.update(initial_state.tobytes())
    return key.hexdigest()


def _run(simulation: Simulation, batch: Batch) -> int:
    results = simulation.run(batch.variants, batch.initial_state)
    with replacing(batch.file) as temporary, temporary.open("wb") as file:
        np.savez(file, **results)
    return len(batch.variants)


def _run_all(simulation: Simulation, missing: list[Batch], workers: int) -> Iterator[int]:
    """Run batches and yield the number of variants in each that has ended."""
    if workers <= 1:
        for batch in missing:
            yield _run(simulation, batch)
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_follow_parent)
    running: set[Future[int]] = set()
    try:
        for batch in missing:
            running.add(pool.submit(_run, simulation, batch))
            if len(running) == 2 * workers:
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in ended)
        for future in running:
            yield future.result()
    except BrokenProcessPool:
        raise UserError(
            "a worker process has died, perhaps for lack of memory; the same command again does what is left"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _follow_parent() -> None:
    """Let a worker leave an interrupt to its parent, and end when that does, even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        parent_process().join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
