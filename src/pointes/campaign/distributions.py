"""The distributions of a campaign's axes, from its configuration and the files of samples that this names."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pointes import uncertainty
from pointes.campaign.configuration.loading import find_table
from pointes.campaign.configuration.schema import Config
from pointes.campaign.space import Space
from pointes.errors import UserError, unknown
from pointes.tables import check_columns, number, read_table

KEY = "uncertainty.distributions"
"""Key of the configuration."""

KINDS: "dict[str, Callable[..., uncertainty.Distribution]]" = {
    "normal": uncertainty.Normal,
    "lognormal": uncertainty.Lognormal,
    "uniform": uncertainty.Uniform,
}
"""Distributions that a few numbers describe, by the key that has them."""


def sample_files(config: Config, *roots: Path) -> dict[str, Path]:
    """Return the paths of the files of samples by axis, relative to the working directory or to one of the roots."""
    if config.uncertainty is None:
        return {}
    named = {name: one.samples for name, one in config.uncertainty.distributions.items() if one.samples is not None}
    return {
        name: find_table(file, *roots, key=f"{KEY}.{name}.samples", what="a CSV file of samples")
        for name, file in named.items()
    }


def distributions_of(
    given: Mapping[str, Mapping[str, Any]], files: Mapping[str, Path], space: Space
) -> "list[uncertainty.Distribution]":
    """Return the distribution of each axis of a space within its range; axes without one are held.

    Parameters
    ----------
    given
        Content of the key ``uncertainty.distributions``, in JSON form.
    files
        Paths of the files of samples by axis.
    space
        Space that was explored.

    Raises
    ------
    UserError
        An axis is unknown, or more than 0.1 % of a distribution lies outside the range that was explored.
    """
    for name in given:
        if name not in space:
            raise unknown("axis", name, space.names, where=KEY)
    found: list[uncertainty.Distribution] = []
    for (name, axis), held in zip(space.items(), space.reference, strict=True):
        if name not in given:
            found.append(uncertainty.Empirical(np.array([held])))
            continue
        distribution = _distribution(given[name], files.get(name))
        uncertainty.check(distribution, axis.low, axis.high, f"{KEY}.{name}")
        found.append(distribution.inside(axis.low, axis.high))
    return found


def _distribution(given: Mapping[str, Any], file: Path | None) -> "uncertainty.Distribution":
    if file is not None:
        return uncertainty.Empirical(_samples(file, given["column"]))
    kind = next(name for name in KINDS if given.get(name) is not None)
    return KINDS[kind](**given[kind])


def _samples(file: Path, column: str) -> np.ndarray:
    table = read_table(file, "sample")
    check_columns(file, table.header, [column])
    values = [(line, row[column], number(row[column])) for line, row in table.rows()]
    for line, text, value in values:
        if not np.isfinite(value):
            raise UserError(column, text, "a finite number", f"{file}: line {line}")
    return np.array([value for _, _, value in values])
