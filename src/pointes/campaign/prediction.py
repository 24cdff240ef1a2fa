"""What a campaign has learned, at points that a user gives."""

from pathlib import Path
from typing import Any

from pointes.campaign import identity, surrogate
from pointes.campaign.samples import read_points
from pointes.errors import UserError

APPENDED = ("risk", "latent_mean", "latent_sd")
"""Columns that a prediction adds to those of the points."""


def predict_points(results: Path, points: Path) -> list[dict[str, Any]]:
    """Return the rows of a CSV file of points with ``risk``, ``latent_mean`` and ``latent_sd`` appended.

    Parameters
    ----------
    results
        Folder of a campaign that has learned at least once.
    points
        CSV file with one column per parameter of the campaign; its other columns are kept.

    Returns
    -------
    list of dict
        Risk is the probability of arrhythmia, the latent quantities are the classifier's Gaussian process: the sign of
        its mean is the predicted class, and |mean| / sd how sure it is.

    Raises
    ------
    UserError
        The folder is that of no campaign, or of one that has learned nothing yet; or the points are faulty or have
        columns of these names.
    """
    identity.read(results)
    if not (results / "surrogate.nc").is_file():
        raise UserError(f"{results}: no surrogate.nc yet; let `snakemake` finish this campaign first")
    classifier, ranges = surrogate.read(results / "surrogate.nc")
    rows, at = read_points(points, ranges)
    taken = [name for name in APPENDED if name in rows[0]]
    if taken:
        raise UserError(
            f"{points}: has a column {', '.join(taken)} already; expected another name, as a prediction appends "
            f"{', '.join(APPENDED)}"
        )
    columns = dict(zip(APPENDED, (classifier.predict_proba(at), *classifier.latent(at)), strict=True))
    return [row | {name: float(column[index]) for name, column in columns.items()} for index, row in enumerate(rows)]
