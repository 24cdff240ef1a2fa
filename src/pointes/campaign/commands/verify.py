"""Verification of a finished campaign: checksums of its files, and some simulations that are run again.

What is run again must give the same bits on the same machine with the same versions of all software. Another processor
or version may round otherwise, which is told apart from damage by its size.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pointes.batches.cluster import cpu_count
from pointes.campaign.configuration.loading import parse
from pointes.campaign.configuration.meaning import is_panel
from pointes.campaign.exploration import explored
from pointes.campaign.files import checksums, identity, store
from pointes.campaign.files.samples import Samples
from pointes.campaign.prepare import Campaign, model_fingerprint
from pointes.campaign.simulation.simulators import Simulator
from pointes.campaign.target import Target
from pointes.errors import UserError
from pointes.software import made
from pointes.vocabulary import Purpose, Status

LAST_BITS = 1e-6
"""Largest difference that rounding explains, as a share of the largest value of a column."""

MACHINE = ("versions", "host", "git_revision")
"""Global attributes of a file that say with what software and on what kind of computer it was made."""


NEEDED = {"sample_id", "purpose", "status"}
"""Columns by which samples are chosen."""


@dataclass(frozen=True)
class Difference:
    """Difference of a column between a file and simulations that were run again."""

    samples: list[int]  # numbers of the samples whose values differ
    largest: float  # largest one, as a share of the column's largest value; inf where a flag or a missing value differs

    @property
    def in_last_bits(self) -> bool:
        """Whether rounding explains the difference."""
        return self.largest <= LAST_BITS

    @property
    def words(self) -> str:
        """Size of the difference in words.

        Examples
        --------
        >>> Difference([3], 2e-16).words, Difference([3], np.inf).words
        ('in the last bits only, by 2e-16 of the largest value', 'by more than rounding')
        """
        size = f"by {self.largest:.1g} of the largest value" if np.isfinite(self.largest) else "by more than rounding"
        return f"in the last bits only, {size}" if self.in_last_bits else size


@dataclass(frozen=True)
class Verification:
    """What the verification of a campaign has found."""

    files: dict[str, str]  # ``identical``, ``changed`` or ``missing`` by path in the results folder
    samples: list[int]  # numbers of the samples that were simulated again
    columns: dict[str, Difference | None]  # difference of each result; None where all bits are the same
    elsewhere: dict[str, tuple[Any, Any]]  # what made the file and what made the comparison, by name, where they differ
    unreadable: str = ""  # why simulations.nc cannot be read, if it cannot

    @property
    def identical(self) -> bool:
        """Whether all files are as they were written, and all results have the same bits."""
        files = all(state == "identical" for state in self.files.values())
        return files and not self.unreadable and not self.different

    @property
    def different(self) -> dict[str, Difference]:
        """Differences of the results that do not have the same bits, by name."""
        return {name: difference for name, difference in self.columns.items() if difference is not None}

    @property
    def explanation(self) -> str:
        """What the differences of results mean, given the machines and versions; empty without any difference."""
        if not self.different:
            return ""
        if "fingerprint" in self.elsewhere:
            return (
                "the cell model or the numerical method is not that of the campaign (another fingerprint), so other "
                "results are no sign of damage: verify with the version of pointes that made the campaign"
            )
        if all(difference.in_last_bits for difference in self.different.values()):
            recorded = ", ".join(self.elsewhere) or "nothing that is recorded, and the kind of processor is not"
            return (
                "differences of this size are rounding, which another processor or version may change, and no damage; "
                f"what is recorded of the campaign's machine and differs from this one: {recorded}"
            )
        return "differences of this size are not rounding: the file was changed, or another program made it"

    def to_json(self) -> dict[str, Any]:
        """Return the verification in JSON's types; null stands for a difference that has no size."""
        columns = {
            name: difference
            and {
                "samples": difference.samples,
                "largest": difference.largest if np.isfinite(difference.largest) else None,
                "last_bits": difference.in_last_bits,
            }
            for name, difference in self.columns.items()
        }
        elsewhere = {name: {"campaign": there, "here": here} for name, (there, here) in self.elsewhere.items()}
        return {
            "identical": self.identical,
            "files": self.files,
            "samples": self.samples,
            "columns": columns,
            "elsewhere": elsewhere,
            "unreadable": self.unreadable or None,
        }


def verify(
    results: Path,
    count: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Verification:
    """Compare a finished campaign's files with their checksums, and simulate the controls and random samples again.

    Of a panel campaign only the files are compared.

    Parameters
    ----------
    results
        Results folder of a campaign that has ended; it may have been moved.
    count
        Number of random samples besides the controls, or all if there are fewer; None stands for the number that a
        simulator takes at once. 0 simulates nothing, not even the controls.
    seed
        Seed of the choice of samples.
    progress
        Called with the numbers of simulated and of all chosen samples.

    Raises
    ------
    UserError
        The folder is not that of a campaign that has ended, or a file that its configuration names is missing.
    """
    record = identity.read(results)
    files = checksums.compare(results)
    if is_panel(record["config"]):
        return Verification(files, [], {}, {})
    path = results / "simulations.nc"
    try:
        simulations = store.read(path)
    except (UserError, FileNotFoundError) as error:
        return Verification(files, [], {}, {}, str(error))
    if missing := NEEDED - simulations.columns.keys():
        return Verification(files, [], {}, {}, f"{path}: no variable {', '.join(sorted(missing))}")
    where = f"{results / 'campaign.json'}: config"
    config = parse(record["config"], where)
    fingerprint = model_fingerprint(config, where, settled=True)
    space, roles = explored(config, where)
    simulators = Campaign(config, fingerprint, results, space, roles).simulators
    if count is None:
        count = max(simulator.points_at_once for simulator in simulators.values())
    chosen = simulations.where(_choose(simulations, count, seed))
    target = Target.parse(config.learning.target)
    columns = _compare(chosen, simulators, target, progress) if len(chosen) else {}
    elsewhere = _elsewhere(simulations.attributes, fingerprint)
    return Verification(files, chosen["sample_id"].tolist(), columns, elsewhere)


def _choose(simulations: Samples, count: int, seed: int) -> np.ndarray:
    """Return the rows of the controls and of ``count`` others, without those that were lost; none if it is 0."""
    if count == 0:
        return np.empty(0, int)
    simulated = simulations["status"] != Status.LOST
    control = simulations["purpose"] == Purpose.CONTROL
    others = np.flatnonzero(simulated & ~control)
    drawn = np.random.default_rng(seed).permutation(others)[:count]
    return np.concatenate([np.flatnonzero(simulated & control), np.sort(drawn)])


def _compare(
    chosen: Samples,
    simulators: Mapping[str, Simulator],
    target: Target,
    progress: Callable[[int, int], None],
) -> dict[str, Difference | None]:
    """Simulate samples again, and return the difference of each result."""
    fidelity = chosen.columns.get("fidelity", np.zeros(len(chosen)))
    found: dict[str, Difference | None] = {}
    done = 0
    for value, (scale, simulator) in enumerate(simulators.items()):
        rows = np.flatnonzero(fidelity == value)
        fitted = simulator.with_threads(cpu_count())
        for start in range(0, len(rows), simulator.points_at_once):
            some = chosen.where(rows[start : start + simulator.points_at_once])
            progress(done, len(chosen))
            results = target.learned(fitted.run(some.points, list(chosen.space)))
            for name, column in results.items():
                if name in some.columns:  # a later version may have further results
                    title = f"{name} ({scale})" if scale else name
                    found[title] = _merge(found.get(title), _difference(some, name, column))
            done += len(some)
    progress(done, len(chosen))
    return found


def _difference(samples: Samples, name: str, column: np.ndarray) -> Difference | None:
    """Return the difference between a stored column and the same results again; None if all bits are the same."""
    stored = samples[name]
    if stored.shape != column.shape or stored.dtype.kind != column.dtype.kind:
        return Difference(samples["sample_id"].tolist(), np.inf)
    again = column.astype(stored.dtype)
    same = stored == again
    if stored.dtype.kind == "f":
        same &= np.signbit(stored) == np.signbit(again)
        same |= np.isnan(stored) & np.isnan(again)
    if same.all():
        return None
    rows = np.flatnonzero(~same.reshape(len(same), -1).all(axis=1))
    return Difference(samples["sample_id"][rows].tolist(), _size(stored, again, ~same))


def _size(stored: np.ndarray, again: np.ndarray, different: np.ndarray) -> float:
    """Return the largest difference as a share of the largest value; inf between flags, and to what is no number."""
    if stored.dtype.kind != "f" or not np.isfinite([stored[different], again[different]]).all():
        return np.inf
    largest = float(np.nanmax(np.abs(stored)))
    return float(np.max(np.abs(stored - again)[different])) / largest if largest else np.inf


def _merge(first: Difference | None, second: Difference | None) -> Difference | None:
    if first is None or second is None:
        return first or second
    return Difference([*first.samples, *second.samples], max(first.largest, second.largest))


def _elsewhere(attributes: Mapping[str, Any], fingerprint: str) -> dict[str, tuple[Any, Any]]:
    """Return what is recorded of the software and machine that made a file, and of those here, where they differ."""
    here = {name: made()[name] for name in MACHINE} | {"fingerprint": fingerprint}
    there = {name: attributes.get(name, "unknown") for name in here}
    pairs = {name: (there[name], here[name]) for name in here if name != "versions"}
    then, now = json.loads(attributes.get("versions", "{}")), json.loads(here["versions"])
    pairs |= {name: (then.get(name, "unknown"), now[name]) for name in now}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
