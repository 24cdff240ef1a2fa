"""Shards: files that keep the results of one batch each, so that nothing is simulated twice.

A shard is a netCDF file with its SHA-256 after its end, where the netCDF library does not look. Only a file with the
right checksum is opened: the library may crash on a damaged one. Samples that are lost have a shard each, without
results.
"""

import hashlib
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from pointes.batches.time_limit import time_limit
from pointes.campaign.files import samples, store
from pointes.campaign.files.samples import Samples, concatenate
from pointes.campaign.settings import FailureLimits
from pointes.campaign.simulation.simulators import Simulator
from pointes.campaign.space import Space
from pointes.errors import UserError
from pointes.files import read_bytes, replacing
from pointes.vocabulary import Failure, Status

log = logging.getLogger(__name__)

COST = "core_seconds"
"""Attribute of a shard. Results do not have it: they must be the same each time."""

LIMITS = "limits"
"""Attribute of the shard of a lost sample: the limits under which it was lost. Under others it is tried again."""

CHECKSUM = hashlib.sha256

WARM: set[str] = set()
"""Fingerprints of simulators whose machine code this process has loaded."""

SLOW = ".slow"
"""Suffix of the note that a batch leaves which exceeds the time limit."""


def run_batch(
    simulator: Simulator,
    points: np.ndarray,
    space: Space,
    keys: np.ndarray,
    shard: Path,
    seconds: float | None = None,
) -> None:
    """Simulate points (n, d) and write them, their keys, their results and their cost to a shard.

    ``seconds`` is the time limit of the points that are simulated at once; None: no limit.
    """
    began = time.process_time()  # counts all threads of this process, and nothing else that the machine does
    results = _run(simulator, points, list(space), shard.with_suffix(SLOW), seconds)
    attributes = {COST: time.process_time() - began, "fingerprint": simulator.fingerprint}
    simulated = samples.make(points, space, key=keys, **results)
    _write(shard, replace(simulated, details=simulator.details(), attributes=attributes))


def _run(
    simulator: Simulator, points: np.ndarray, parameters: list[str], note: Path, seconds: float | None
) -> dict[str, np.ndarray]:
    """Simulate points, all at once unless there is a time limit for those that are simulated at the cost of one."""
    if seconds is None:
        return simulator.run(points, parameters)
    if simulator.fingerprint not in WARM:
        simulator.warm_up()  # compiling may take longer than the limit
        WARM.add(simulator.fingerprint)
    parts = []
    for start in range(0, len(points), simulator.points_at_once):
        with time_limit(seconds, note):
            parts.append(simulator.run(points[start : start + simulator.points_at_once], parameters))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def write_lost(folder: Path, simulator: Simulator, lost: Samples, failure: Failure, limits: FailureLimits) -> None:
    """Write the shard of samples, with their keys, that were lost for a reason."""
    reasons = {
        "status": np.full(len(lost), Status.LOST, np.int8),
        "failure": np.full(len(lost), failure, np.int8),
    }
    attributes = {LIMITS: limits.of_samples, "fingerprint": simulator.fingerprint}
    columns = {name: lost[name] for name in ("key", *lost.space)}
    path = folder / f"lost-{shard_name(lost['key'])}"  # behind the others, whose columns come first
    _write(path, Samples(columns | reasons, lost.space, attributes=attributes))


def shard_name(keys: np.ndarray) -> str:
    """Return the file name of the shard of a batch with these keys."""
    return hashlib.sha256("".join(keys).encode()).hexdigest()[:16] + ".nc"


def read_shards(folder: Path, fingerprint: str, limits: str | None = None) -> Iterator[Samples]:
    """Yield the samples, with their keys, of each shard in a folder that holds what its simulator has written.

    Other files are logged and left alone. Samples that were lost under other ``limits`` are left out.
    """
    for path in sorted(folder.glob("*.nc")):
        try:
            shard = _read(path)
        except (UserError, FileNotFoundError) as error:
            log.warning("%s is not used: %s; its samples are simulated again", path, error)
            continue
        if shard.attributes.get("fingerprint") != fingerprint:
            log.warning("%s is not used: it is of another model or numerical method", path)
        elif shard.attributes.get(LIMITS, limits) == limits:
            yield shard


def find(folder: Path, keys: np.ndarray, fingerprint: str, limits: FailureLimits) -> tuple[Samples | None, np.ndarray]:
    """Return the samples of all shards with any of these keys, and the row of each key among them, or -1."""
    wanted = set(keys.tolist())
    shards = read_shards(folder, fingerprint, limits.of_samples)
    found = [shard for shard in shards if not wanted.isdisjoint(shard["key"].tolist())]
    if not found:
        return None, np.full(len(keys), -1)
    together = concatenate(found)
    row_of: dict[str, int] = {}
    for row, key in enumerate(together["key"].tolist()):
        row_of.setdefault(key, row)
    return together, np.array([row_of.get(key, -1) for key in keys.tolist()])


def median_cost(folder: Path, keys: np.ndarray, fingerprint: str) -> float | None:
    """Return the median cost of a simulation [core-seconds] over shards with any of these keys; None without any."""
    wanted = set(keys.tolist())
    costs = [
        shard.attributes[COST] / len(shard)
        for shard in read_shards(folder, fingerprint)
        if COST in shard.attributes and not wanted.isdisjoint(shard["key"].tolist())
    ]
    return float(np.median(costs)) if costs else None


def _write(path: Path, shard: Samples) -> None:
    with replacing(path) as temporary:
        store.write(temporary, shard)
        checksum = CHECKSUM(temporary.read_bytes()).digest()
        with temporary.open("ab") as file:
            file.write(checksum)


def _read(path: Path) -> Samples:
    """Return the samples of a shard; a UserError if it is not as it was written."""
    content, size = read_bytes(path), CHECKSUM().digest_size
    if CHECKSUM(content[:-size]).digest() != content[-size:]:
        raise UserError("it is damaged, or no shard of this version of pointes")
    return store.read(path)
