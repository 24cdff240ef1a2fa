"""Pacing the variants of a population in batches, each of which leaves its results in a file of its own.

Only the batches at work are in memory. The file of a batch is moved into place when it is whole, so that a run that is
killed loses the batches at work and no others; the same run started again does the rest.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointes import cells
from pointes.batches.cluster import LOCAL, ClusterSettings
from pointes.batches.execution import run_batches
from pointes.batches.local import warm_up
from pointes.errors import UserError
from pointes.files import read_bytes, replacing, write_json
from pointes.locks import lock
from pointes.populations.calibration import TRIANGULATION
from pointes.populations.variants import Variants
from pointes.vocabulary import Failure, Status

if TYPE_CHECKING:
    from distributed import Client, Future

LARGEST_BATCH = 256
"""Largest number of variants in a batch: they are in memory, and lost with a worker that is killed."""

BATCHES = 64
"""Smallest number of batches, if there are enough variants: the last ones are shared evenly between workers."""

LOST: Mapping[str, float] = {"label": -1, "status": Status.LOST, "failure": Failure.WORKER_DIED}
"""Results of a variant that ended its workers; floating-point results are NaN, and others 0."""


@dataclass(frozen=True)
class PopulationProtocol:
    """Model and protocol by which each variant of a population is paced."""

    model: str  # name or file of the cell model, for pointes.cells.load
    celltype: str | None = None
    literals: tuple[str, ...] = ()  # qualified names of the literals of the model that differ between variants
    cycle_length: float = 1000.0  # time between stimuli [ms]
    beats: int = 100
    label_beats: int = 4  # number of last beats from which the arrhythmia label is determined
    until_steady: bool = False  # whether pacing ends when the rhythm is steady, after at most `beats` beats
    blocks: Mapping[str, float] = field(default_factory=dict)  # block by current, in [0, 1], of all variants

    def load(self) -> cells.CellModel:
        """Return the model."""
        return cells.load(self.model, celltype=self.celltype, vary=self.literals)

    def check(self, variants: Variants, initial_state: np.ndarray | None = None) -> None:
        """Raise the errors that `run` would raise, without pacing anything."""
        self._batches(variants, initial_state)

    def run(self, variants: Variants, initial_state: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """Pace n variants and return the results of `pointes.populations.calibration.MEASURED`, and ``state``."""
        (results,) = self._batches(variants, initial_state)
        return results | {TRIANGULATION: results["apd90_ms"] - results["apd40_ms"]}

    def _batches(self, variants: Variants, initial_state: np.ndarray | None) -> Iterator[dict[str, np.ndarray]]:
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
    """Variants of a population that are paced together, with the file for their results."""

    rows: slice
    variants: Variants
    initial_state: np.ndarray | None
    file: Path

    def __len__(self) -> int:
        return len(self.variants)

    def halves(self) -> list["Batch"]:
        """Return the two halves, which have files of their own."""
        middle, stem = len(self) // 2, self.file.stem
        first = self.part(0, middle, self.file.with_stem(f"{stem}-first"))
        return [first, self.part(middle, len(self), self.file.with_stem(f"{stem}-second"))]

    def part(self, start: int, stop: int, file: Path) -> "Batch":
        """Return some of the variants, with a file of their own; a single initial state is that of all."""
        rows = slice(start, stop)
        states = self.initial_state
        if states is not None and len(states) > 1:
            states = states[rows]
        return Batch(slice(self.rows.start + start, self.rows.start + stop), self.variants.part(rows), states, file)


def batches(variants: Variants, initial_state: np.ndarray | None, folder: Path) -> Iterator[Batch]:
    """Yield the batches of a population, in order; they do not depend on who paces them."""
    n, size = len(variants), batch_size(len(variants))
    whole = Batch(slice(0, n), variants, initial_state, folder)
    for start in range(0, n, size):
        yield whole.part(start, min(start + size, n), folder / f"{start}.npz")


def batch_size(n: int) -> int:
    """Return the number of variants in a batch of a population of n: whole bundles of the kernel.

    Examples
    --------
    >>> batch_size(10), batch_size(1000), batch_size(100_000)
    (8, 16, 256)
    """
    bundles = -(-n // (BATCHES * cells.LANES))
    return min(bundles * cells.LANES, LARGEST_BATCH)


def pace_all(
    protocol: PopulationProtocol,
    variants: Variants,
    initial_state: np.ndarray | None,
    folder: Path,
    workers: int,
    progress: Callable[[int, int], None],
) -> None:
    """Pace all batches whose files are not yet in the folder, which `opened` holds; a single worker is this process.

    ``progress`` is called at the start and after each batch, with the number of variants that are done and of all.
    """
    missing = [batch for batch in batches(variants, initial_state, folder) if not batch.file.exists()]
    done = len(variants) - sum(map(len, missing))
    progress(done, len(variants))
    for paced in _run_all(protocol, missing, workers):
        done += paced
        progress(done, len(variants))
    _join_halves([batch for batch in missing if not batch.file.exists()], folder)


def load_results(path: Path) -> dict[str, np.ndarray]:
    """Return the results in the file of a batch."""
    try:
        with np.load(io.BytesIO(read_bytes(path))) as file:
            return dict(file)
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        remedy = "remove this file and give the same command again"
        raise UserError(f"damaged ({error}); {remedy}", where=path) from None


@contextmanager
def opened(
    folder: Path, protocol: PopulationProtocol, variants: Variants, initial_state: np.ndarray | None
) -> Iterator[None]:
    """Hold a folder for the files of the batches; refuse one of another process or of another, unfinished population.

    The lock ends with the process, however it ends.
    """
    key = _key(protocol, variants, initial_state)
    folder.mkdir(exist_ok=True)
    held = lock(folder / "lock")
    if held is None:
        raise UserError("another run is at work on this output; wait for it or stop it", where=folder)
    try:
        record = folder / "population.json"
        if not record.exists():
            write_json(record, key)
        elif json.loads(record.read_text(encoding="utf-8")) != key:
            expected = "the same model, protocol and variants; remove the folder to give that run up"
            raise UserError("left by an unfinished run of another population", expected=expected, where=folder)
        yield
    finally:
        held.release()


def _key(protocol: PopulationProtocol, variants: Variants, initial_state: np.ndarray | None) -> str:
    """Return a hash of all that the results depend on."""
    what = [asdict(protocol), protocol.load().fingerprint, list(variants.columns), len(variants)]
    key = hashlib.sha256(json.dumps(what).encode())
    for column in (*variants.columns.values(), variants.numbers):
        key.update(np.ascontiguousarray(column).tobytes())
    if initial_state is not None:
        key.update(initial_state.tobytes())
    return key.hexdigest()


def _run(protocol: PopulationProtocol, batch: Batch) -> None:
    _write(batch.file, protocol.run(batch.variants, batch.initial_state))


def _write(path: Path, results: Mapping[str, np.ndarray]) -> None:
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **results)


def _run_all(protocol: PopulationProtocol, missing: list[Batch], workers: int) -> Iterator[int]:
    """Run batches and yield the number of variants in each that has ended."""
    if workers <= 1:
        for batch in missing:
            _run(protocol, batch)
            yield len(batch)
        return
    if missing:
        warm_up(LOCAL, "pointes.cells.pacing")

        def submit(client: "Client", batch: Batch) -> "Future[None]":
            return client.submit(_run, protocol, batch, pure=False)

        for batch, _ in run_batches(missing, submit, cluster=ClusterSettings(), workers=workers):
            yield len(batch)


def _join_halves(divided: list[Batch], folder: Path) -> None:
    """Write the files of batches that ended their workers, from the files of their parts; others are lost."""
    for batch in divided:
        parts = list(_parts(batch))
        like = next((part for part in parts if isinstance(part, dict)), None) or _any_results(folder)
        rows = [part if isinstance(part, dict) else _lost(like, len(part)) for part in parts]
        _write(batch.file, {name: np.concatenate([row[name] for row in rows]) for name in like})
        for path in folder.glob(f"{batch.file.stem}-*.npz"):
            path.unlink()


def _parts(batch: Batch) -> Iterator[dict[str, np.ndarray] | Batch]:
    """Yield the results of the parts of a batch that have a file, and the variants that are lost, in order."""
    if batch.file.exists():
        yield load_results(batch.file)
    elif len(batch) == 1:
        yield batch
    else:
        for half in batch.halves():
            yield from _parts(half)


def _any_results(folder: Path) -> dict[str, np.ndarray]:
    written = sorted(folder.glob("*.npz"))
    if not written:
        raise UserError("all variants ended their workers, perhaps for lack of memory; the same command tries again")
    return load_results(written[0])


def _lost(like: Mapping[str, np.ndarray], n: int) -> dict[str, np.ndarray]:
    """Return the results of n lost variants, with the names and types of those of others."""
    values = {name: LOST.get(name, np.nan if other.dtype.kind == "f" else 0) for name, other in like.items()}
    return {name: np.full((n, *other.shape[1:]), values[name], other.dtype) for name, other in like.items()}
