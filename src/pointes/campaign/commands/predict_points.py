"""Prediction at a user's points, from what a campaign has learned."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy

from pointes import learning
from pointes.campaign.files import identity, surrogate
from pointes.campaign.files.samples import read_points
from pointes.campaign.space import Space
from pointes.campaign.target import Target
from pointes.errors import UserError
from pointes.learning.unit_cube import to_unit
from pointes.tables import read_table

if TYPE_CHECKING:
    from pointes.campaign.files.surrogate import Surrogate

OF_CLASS = ("risk", "latent_mean", "latent_sd")
"""Columns of the prediction of a class."""

REGULAR, DISTANCE = "regular", "distance"
"""Columns with the probability that quantities are defined, and with the distance to the nearest simulation."""

WIDTH = 1.959964
"""Half-width of a 95 % interval in standard deviations."""


def predict_points(results: Path, points: Path) -> tuple[list[dict[str, Any]], str]:
    """Return the rows of a CSV file of points with the prediction at each appended.

    Parameters
    ----------
    results
        Folder of a campaign whose iterations have been put together.
    points
        CSV file with one column per parameter of the campaign; its other columns are kept.

    Returns
    -------
    rows : list of dict
        Of a class: ``risk``, the probability of class 1, and ``latent_mean`` and ``latent_sd`` of the Gaussian that
        approximates the classifier's posterior; the risk is corrected, and not Φ(mean / sd)
        (`pointes.learning.classifier.step_correction`). Of quantities: each by its name, with the 95 % interval of a
        simulation in ``<name>_low`` and ``<name>_high``, and ``regular``, the probability that the point is safe and
        has all quantities. Of both: ``distance`` to the nearest simulation, in units of the ranges. All are None if
        nothing was learned.
    nothing_learned : str
        Reason for which nothing was learned, as a clause; empty otherwise.

    Raises
    ------
    UserError
        The folder is not that of a finished campaign, or the points are faulty or have such columns already.
    """
    identity.read(results)
    path = results / "surrogate.nc"
    if not path.is_file():
        raise UserError("no surrogate.nc yet; let `snakemake` finish this campaign first", where=results)
    learned, space = surrogate.read(path)
    target = surrogate.target_of(path)
    at = read_points(points, space)
    rows = [row for _, row in read_table(points, "point").rows()]
    names = columns_of(target)
    taken = [name for name in names if name in rows[0]]
    if taken:
        expected = f"another name, as a prediction appends {', '.join(names)}"
        raise UserError(f"has a column {', '.join(taken)} already", expected=expected, where=points)
    reason = surrogate.nothing_learned(path)
    if reason:
        return [row | dict.fromkeys(names) for row in rows], reason
    columns = dict(zip(names, predicted(learned, target, space, at), strict=True))
    appended = [{name: float(column[index]) for name, column in columns.items()} for index in range(len(rows))]
    return [row | prediction for row, prediction in zip(rows, appended, strict=True)], ""


def columns_of(target: Target) -> list[str]:
    """Return the names of the columns that a prediction of a target has."""
    if target.is_class:
        return [*OF_CLASS, DISTANCE]
    quantities = [f"{name}{suffix}" for name in target.results for suffix in ("", "_low", "_high")]
    return [*quantities, REGULAR, DISTANCE]


def predicted(learned: "Surrogate", target: Target, space: Space, points: np.ndarray) -> list[np.ndarray]:
    """Return the columns of `columns_of` at points (m, d), (m,) each."""
    at = space.coordinates(points)
    distance = distance_from_data(learned, at)
    if not isinstance(learned, learning.RegressionSurrogate):
        return [learned.predict_proba(at), *learned.latent(at), distance]
    mean, sd = learned.predict(at)
    columns: list[np.ndarray] = []
    for k in range(len(target.results)):
        columns += [mean[:, k], mean[:, k] - WIDTH * sd[:, k], mean[:, k] + WIDTH * sd[:, k]]
    return [*columns, learned.probability_regular(at), distance]


def distance_from_data(learned: "Surrogate", coordinates: np.ndarray) -> np.ndarray:
    """Return the distances (m,) of coordinates (m, d) to the nearest point that was learned from, in the unit cube."""
    d = coordinates.shape[1]  # a stacked classifier has a further input
    known = [array[:, :d] for name, array in learned.to_arrays().items() if name.endswith("points")]
    tree = scipy.spatial.KDTree(to_unit(np.concatenate(known), learned.bounds))
    return np.asarray(tree.query(to_unit(coordinates, learned.bounds))[0])
