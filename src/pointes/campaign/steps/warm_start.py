"""Warm start: a campaign that begins with the simulations of an earlier one, so that none of them is made twice."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointes.campaign.files import identity, store
from pointes.campaign.files.samples import Ranges, Samples
from pointes.campaign.simulation.fidelities import sought
from pointes.errors import UserError
from pointes.vocabulary import Purpose, Status

if TYPE_CHECKING:
    from pointes.campaign.configuration.schema import Config

IMPORTED_ITERATION = -1
"""Iteration of imported samples; their numbers count down from it, too."""

SAME = ("model.name", "model.celltype", "protocol.", "simulation.")
"""Keys, or beginnings of keys, that both campaigns must have in common."""


def check(config: "Config", fingerprint: str, *, settled: bool = False) -> Path:
    """Return the folder of the campaign to begin with.

    Its points are looked at unless it is settled that some of them can be used: every job asks.

    Parameters
    ----------
    config
        Configuration of the campaign that begins; its ``learning.warm_start`` names the folder.
    fingerprint
        Fingerprint of its model and numerical method.

    Raises
    ------
    UserError
        The folder holds no finished campaign, or one of another model, protocol or tissue, of parameters that this one
        has not, or without any point within its ranges.
    """
    folder = Path(str(config.learning.warm_start))
    try:
        record = identity.read(folder)
        earlier, present = (identity.meaning(one) for one in (record["config"], config.model_dump(mode="json")))
        changed = [
            f"{key} was {json.dumps(earlier.get(key))} there and is {json.dumps(present.get(key))} here"
            for key in sorted(earlier.keys() | present.keys())
            if key.startswith(SAME) and json.dumps(earlier.get(key)) != json.dumps(present.get(key))
        ]
        if changed:
            raise UserError(f"{folder}: expected a campaign of the same model and protocol: {', '.join(changed)}")
        if record["fingerprint"] != fingerprint:
            raise UserError(f"{folder}: the model's equations or the numerical method have changed since")
        simulations = folder / "simulations.nc"
        if not simulations.is_file():
            raise UserError(f"{simulations}: no such file; let `snakemake` finish that campaign first")
        if not settled:
            read(simulations, dict(config.parameters.blocks))
    except UserError as error:
        raise UserError(f"learning.warm_start: {error}") from None
    return folder


def read(simulations: Path, ranges: Ranges) -> Samples:
    """Return the earlier simulations that lie within ``ranges``, as samples of a campaign with these parameters.

    The control is taken over wherever it lies, unless it was lost. A current that the earlier campaign did not block
    has the block 0. Of two levels those of the high one are taken.
    """
    earlier = _of_one_level(store.read(simulations))
    unknown = [name for name in earlier.ranges if name not in ranges]
    if unknown:
        raise UserError(f"{simulations}: has block of {', '.join(unknown)}; expected none but {', '.join(ranges)}")
    blocks = {name: earlier.columns.get(name, np.zeros(len(earlier))) for name in ranges}
    inside = np.all([(low <= blocks[name]) & (blocks[name] <= high) for name, (low, high) in ranges.items()], axis=0)
    if not inside.any():
        raise UserError(f"{simulations}: none of {len(earlier)} points lies within the ranges of parameters.blocks")
    control = (earlier["purpose"] == Purpose.CONTROL) & (earlier["status"] != Status.LOST)
    purpose = np.where(control, Purpose.CONTROL, Purpose.GIVEN).astype(np.int8)
    whole = replace(earlier, columns=earlier.columns | blocks | {"purpose": purpose}, ranges=ranges, attributes={})
    kept = whole.where(inside | control)
    count = len(kept)
    return replace(
        kept,
        columns=kept.columns
        | {
            "sample_id": np.arange(IMPORTED_ITERATION, IMPORTED_ITERATION - count, -1, dtype=np.int32),
            "iteration": np.full(count, IMPORTED_ITERATION, np.int16),
            "predicted_risk": np.full(count, np.nan),
        },
    )


def _of_one_level(samples: Samples) -> Samples:
    """Return the samples of the level that is sought, without the columns that only samples of two levels have."""
    if "fidelity" not in samples.columns:
        return samples
    high = sought(samples)

    def missing(column: np.ndarray) -> bool:  # what only the other level is measured by
        return bool(np.all(np.isnan(column) if column.dtype.kind == "f" else column == -1))

    kept = {name: column for name, column in high.columns.items() if name == "label" or not missing(column)}
    del kept["fidelity"]
    return replace(high, columns=kept)
