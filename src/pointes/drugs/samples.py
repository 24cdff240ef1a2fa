"""Joint samples of the pharmacology of drugs: Hill parameters of channels, and constants of dynamic binding to hERG.

Samples of one drug stand side by side as they were measured or fitted: sample 7 has the IC50 and the Hill coefficient
of every channel, and the five constants of binding, that belong together. That matters, because the constants of
binding are strongly correlated: the medians of each on its own describe no drug.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pointes.drugs.table import CHANNELS, DrugTable
from pointes.drugs.uncertainty import draw_hill
from pointes.errors import UserError, unknown
from pointes.tables import number, read_table

BINDING: Mapping[str, str] = {
    "Kmax": "1",
    "Ku": "ms-1",
    "n": "1",
    "halfmax": "nM^n",
    "Vhalf": "mV",
}
"""Constants of dynamic binding to hERG with their units, as in Li et al. 2017 (doi:10.1161/CIRCEP.116.004628)."""

HILL_RANGE = (0.1, 10.0)
"""Smallest and largest Hill coefficient that a sample may have."""


@dataclass(frozen=True, eq=False)
class DrugSamples:
    """Joint samples of drugs; NaN stands for a channel without known block and for a drug without binding constants."""

    names: tuple[str, ...]
    channels: tuple[str, ...]
    ic50_nM: np.ndarray  # concentration of half block [nM], (n_drugs, n_samples, n_channels)
    hill: np.ndarray  # Hill coefficient [-], (n_drugs, n_samples, n_channels)
    binding: np.ndarray  # constants in the order of `BINDING`, (n_drugs, n_samples, 5)

    @property
    def count(self) -> int:
        """Number of samples of each drug."""
        return int(self.ic50_nM.shape[1])

    @property
    def binds(self) -> np.ndarray:
        """Which drugs, (n_drugs,), have binding constants in every sample."""
        return np.asarray(np.isfinite(self.binding).all(axis=(1, 2)))

    def first(self, count: int) -> "DrugSamples":
        """Return the first samples of each drug."""
        arrays = {name: getattr(self, name)[:, :count] for name in ("ic50_nM", "hill", "binding")}
        return replace(self, **arrays)

    def of(self, names: Sequence[str]) -> "DrugSamples":
        """Return the samples of these drugs, in this order."""
        rows = [self.names.index(name) for name in names]
        arrays = {name: getattr(self, name)[rows] for name in ("ic50_nM", "hill", "binding")}
        return replace(self, names=tuple(names), **arrays)

    def blocking(self, channels: Collection[str]) -> "DrugSamples":
        """Return the samples with no known block of other channels than these; binding to hERG stays."""
        others = [channel not in channels for channel in self.channels]
        unknown_there = np.where(others, np.nan, 1.0)
        return replace(self, ic50_nM=self.ic50_nM * unknown_there, hill=self.hill * unknown_there)

    def between_laboratories(self, channel: str, decades: Mapping[str, float], seed: int) -> "DrugSamples":
        """Return the samples with a further spread of the potency at one channel.

        ``decades`` is the standard deviation of log10 IC50 between laboratories by drug. Every sample is moved by one
        normal deviate, IC50 and binding alike: the concentration at which half of the channels bind moves as the IC50.
        The deviates of a drug depend on ``seed`` and its name alone.
        """
        ic50_nM, binding = self.ic50_nM.copy(), self.binding.copy()
        column, n, halfmax = self.channels.index(channel), list(BINDING).index("n"), list(BINDING).index("halfmax")
        for row, name in enumerate(self.names):
            rng = np.random.default_rng([seed, *f"{name}/{channel}/laboratories".encode()])
            factor = 10.0 ** (decades[name] * rng.standard_normal(self.count))
            ic50_nM[row, :, column] *= factor
            binding[row, :, halfmax] *= factor ** binding[row, :, n]  # halfmax is EC50^n
        return replace(self, ic50_nM=ic50_nM, binding=binding)


def samples_of_table(table: DrugTable, count: int, seed: int) -> DrugSamples:
    """Return draws from the quantiles of a table (`draw_hill`); nothing is known of binding then."""
    draws = draw_hill(table, count, seed)
    binding = np.full((len(table.names), count, len(BINDING)), np.nan)
    return DrugSamples(table.names, table.channels, draws.ic50_nM, draws.hill, binding)


def read_samples(path: Path) -> DrugSamples:
    """Read joint samples from a CSV file with one row per drug and sample.

    Columns: ``drug``; ``<channel>_ic50_nM`` and ``<channel>_hill`` of each channel (hERG is another name of IKr); and,
    all or none, ``Kmax``, ``Ku_per_ms``, ``n``, ``halfmax_nM^n`` and ``Vhalf_mV``. Blank cells are unknown. The samples
    of a drug are numbered in the order of their rows, and all drugs have equally many.

    Raises
    ------
    UserError
        The file cannot be read; a column is missing or unknown; a cell does not hold what its column should; or drugs
        have different numbers of samples.
    """
    table = read_table(path, "sample")
    titles = {f"{channel}_{quantity}" for channel in ("hERG", *CHANNELS) for quantity in ("ic50_nM", "hill")}
    constants = ("Kmax", "Ku_per_ms", "n", "halfmax_nM^n", "Vhalf_mV")
    for title in table.header:
        if title not in {"drug", *titles, *constants}:
            raise unknown("column", title, ["drug", *sorted(titles), *constants], where=path)
    channels = [title.removesuffix("_ic50_nM") for title in table.header if title.endswith("_ic50_nM")]
    binds = bool(set(constants) & set(table.header))
    wanted = [f"{channel}_{quantity}" for channel in channels for quantity in ("ic50_nM", "hill")]
    table.check_columns(["drug", *wanted, *(constants if binds else ())])
    rows: dict[str, list[list[float]]] = {}
    for line, cells in table.rows():
        where = f"{path}: line {line}"
        values = [_value(cells[title], title, where) for title in wanted]
        values += [_value(cells[title], title, where) for title in constants] if binds else [np.nan] * len(constants)
        rows.setdefault(cells["drug"], []).append(values)
    counts = {name: len(samples) for name, samples in rows.items()}
    _check_counts(counts, path)
    together = np.array(list(rows.values()))
    hill = together[..., : 2 * len(channels)]
    named = tuple("IKr" if channel == "hERG" else channel for channel in channels)
    samples = DrugSamples(tuple(rows), named, hill[..., ::2], hill[..., 1::2], together[..., 2 * len(channels) :])
    check_samples(samples, path)
    return samples


def check_samples(samples: DrugSamples, where: Path | str) -> None:
    """Raise a UserError for values that no drug can have: an IC50 of 0, a Hill coefficient out of `HILL_RANGE`."""
    wrong = {
        ("IC50", "a finite number of nM above 0, or blank for no known block"): ~_positive(samples.ic50_nM),
        ("Hill coefficient", f"{HILL_RANGE[0]:g} to {HILL_RANGE[1]:g}"): ~_within(samples.hill, *HILL_RANGE),
    }
    for (quantity, expected), places in wrong.items():
        if places.any():
            drug, sample, channel = np.argwhere(places)[0]
            value = (samples.ic50_nM if quantity == "IC50" else samples.hill)[drug, sample, channel]
            place = f"{where}: {samples.names[drug]}, {samples.channels[channel]}, sample {sample}"
            raise UserError(quantity, float(value), expected, place)
    half_known = np.isnan(samples.ic50_nM) != np.isnan(samples.hill)
    if half_known.any():
        drug, sample, channel = np.argwhere(half_known)[0]
        place = f"{where}: {samples.names[drug]}, {samples.channels[channel]}, sample {sample}"
        raise UserError("only one of IC50 and Hill coefficient", expected="both, or neither", where=place)
    positive = [name for name in BINDING if name != "Vhalf"]
    for name in positive:
        values = samples.binding[..., list(BINDING).index(name)]
        if (bad := ~_positive(values)).any():
            drug, sample = np.argwhere(bad)[0]
            place = f"{where}: {samples.names[drug]}, sample {sample}"
            raise UserError(name, float(values[drug, sample]), f"a number above 0 [{BINDING[name]}]", place)


def _check_counts(counts: Mapping[str, int], path: Path) -> None:
    most = max(counts.values())
    for name, count in counts.items():
        if count != most:
            raise UserError(f"samples of {name}", count, f"as many as the other drugs have, which is {most}", path)


def _value(text: str, title: str, where: str) -> float:
    value = number(text) if text else np.nan
    if text and np.isnan(value):
        raise UserError(title, text, "a finite number, or blank if unknown", where)
    return value


def _positive(values: np.ndarray) -> np.ndarray:
    """Return where values are positive and finite, or unknown."""
    return np.asarray(np.isnan(values) | ((values > 0) & np.isfinite(values)))


def _within(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.asarray(np.isnan(values) | ((values >= low) & (values <= high)))
