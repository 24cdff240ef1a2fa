"""Columns of samples that depend on what a campaign learns: classes, and predictions of quantities."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pointes.campaign.files.samples import Samples
from pointes.campaign.files.store import flags
from pointes.campaign.target import ARRHYTHMIC, CLASSES, LABEL, Target


def with_classes(samples: Samples, target: Target) -> Samples:
    """Return simulated samples whose column ``label`` has the class that is learned.

    The label of arrhythmia is then in the column ``arrhythmic``. Samples of other targets are returned as they are.
    """
    if target.is_default or not target.is_class:
        return samples
    details = {
        LABEL: {"long_name": f"class of {target.results[0]}", **flags(target.classes)},
        ARRHYTHMIC: {"long_name": "whether the cell or tissue is arrhythmic", **flags(CLASSES[LABEL])},
    }
    columns = dict(target.learned(samples.columns))
    return replace(samples, columns=columns, details={**samples.details, **details})


def predicted(name: str) -> str:
    """Return the name of the column with the prediction of a quantity before the simulation."""
    return f"predicted_{name}"


def predicted_sd(name: str) -> str:
    """Return the name of the column with the standard deviation of that prediction."""
    return f"predicted_sd_{name}"


def prediction_details(results: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the attributes of the columns with predictions of results."""
    found: dict[str, dict[str, Any]] = {}
    for name in results:
        comment = {"comment": f"in the unit of {name}"}
        found[predicted(name)] = {"long_name": f"{name} predicted before the simulation", **comment}
        found[predicted_sd(name)] = {"long_name": f"standard deviation of the predicted {name}", **comment}
    return found
