"""Prediction of the risk at a user's points, from what a campaign has learned."""

from pathlib import Path
from typing import Any

from pointes.campaign.files import identity, surrogate
from pointes.campaign.files.samples import read_points
from pointes.errors import UserError
from pointes.tables import read_table

APPENDED = ("risk", "latent_mean", "latent_sd")
"""Columns that a prediction adds to those of the points."""


def predict_points(results: Path, points: Path) -> tuple[list[dict[str, Any]], str]:
    """Return the rows of a CSV file of points with ``risk``, ``latent_mean`` and ``latent_sd`` appended.

    Parameters
    ----------
    results
        Folder of a campaign whose iterations have been put together.
    points
        CSV file with one column per parameter of the campaign; its other columns are kept.

    Returns
    -------
    rows : list of dict
        Risk is the probability of arrhythmia; above 0.5 the predicted class is arrhythmic. The latent quantities are
        those of the Gaussian that approximates the classifier's posterior; the risk is corrected, and not Φ(mean / sd)
        (`pointes.learning.classifier.step_correction`). All are None if nothing was learned.
    nothing_learned : str
        Reason for which nothing was learned, as a clause; empty otherwise.

    Raises
    ------
    UserError
        The folder is not that of a finished campaign, or the points are faulty or have such columns already.
    """
    identity.read(results)
    if not (results / "surrogate.nc").is_file():
        raise UserError("no surrogate.nc yet; let `snakemake` finish this campaign first", where=results)
    classifier, space = surrogate.read_classifier(results / "surrogate.nc")
    at = space.coordinates(read_points(points, space))
    rows = [row for _, row in read_table(points, "point").rows()]
    taken = [name for name in APPENDED if name in rows[0]]
    if taken:
        expected = f"another name, as a prediction appends {', '.join(APPENDED)}"
        raise UserError(f"has a column {', '.join(taken)} already", expected=expected, where=points)
    if reason := surrogate.nothing_learned(results / "surrogate.nc"):
        return [row | dict.fromkeys(APPENDED) for row in rows], reason
    columns = dict(zip(APPENDED, (classifier.predict_proba(at), *classifier.latent(at)), strict=True))
    predicted = [{name: float(column[index]) for name, column in columns.items()} for index in range(len(rows))]
    return [row | risk for row, risk in zip(rows, predicted, strict=True)], ""
