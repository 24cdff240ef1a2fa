"""Warm start of a campaign with the simulations of an earlier one, none of which is repeated."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pointes.campaign.configuration.meaning import meaning
from pointes.campaign.files import identity, store
from pointes.campaign.files.samples import Samples
from pointes.campaign.space import Space
from pointes.errors import UserError
from pointes.files import damage_in
from pointes.vocabulary import Purpose, Status

if TYPE_CHECKING:
    from pointes.campaign.configuration.schema import Config

IMPORTED_ITERATION = -1
"""Iteration of imported samples, and the first of their numbers, which count down."""

SAME = ("model.", "protocol.", "simulation.")
"""Keys, or beginnings of keys, that both campaigns must have in common."""


def resolve(config: "Config", space: Space, fingerprint: str, *, settled: bool = False) -> Path:
    """Return the results folder of the earlier campaign that ``learning.warm_start`` names, if it fits.

    It must have finished, with the same model, protocol, tissue and fingerprint. Its points must have parameters of the
    new campaign and values within their ranges; they are checked unless ``settled``, when an earlier job has done so.
    """
    folder = Path(str(config.learning.warm_start))
    try:
        record = identity.read(folder)
        earlier, present = meaning(record["config"]), config.meaning
        changed = [
            f"{key} was {json.dumps(earlier.get(key))} there and is {json.dumps(present.get(key))} here"
            for key in sorted(earlier.keys() | present.keys())
            if key.startswith(SAME) and json.dumps(earlier.get(key)) != json.dumps(present.get(key))
        ]
        if changed:
            raise UserError(", ".join(changed), expected="a campaign of the same model and protocol", where=folder)
        if record["fingerprint"] != fingerprint:
            raise UserError("the model's equations or the numerical method have changed since", where=folder)
        simulations = folder / "simulations.nc"
        if not simulations.is_file():
            raise UserError("no such file; let `snakemake` finish that campaign first", where=simulations)
        if not settled:
            with damage_in(simulations):
                read(simulations, space)
    except UserError as error:
        raise error.within("learning.warm_start") from None
    return folder


def read(path: Path, space: Space) -> Samples:
    """Return the earlier simulations that lie within ``space``, as samples of a campaign with these parameters.

    The control is taken over wherever it lies, unless it was lost. An axis that the earlier campaign did not have is at
    its value in the control. Of a two-fidelity campaign the high-fidelity simulations are taken.
    """
    earlier = _of_one_fidelity(store.read(path))
    others = [axis.long_name(name) for name, axis in earlier.space.items() if name not in space]
    if others:
        raise UserError(
            f"has {', '.join(others)}",
            expected=f"none but {', '.join(space)}",
            where=path,
        )
    values = {name: earlier.columns.get(name, np.full(len(earlier), axis.control)) for name, axis in space.items()}
    inside = space.holds(np.column_stack(list(values.values())))
    if not inside.any():
        raise UserError(f"none of {len(earlier)} points lies within the ranges of parameters.blocks", where=path)
    control = (earlier["purpose"] == Purpose.CONTROL) & (earlier["status"] != Status.LOST)
    purpose = np.where(control, Purpose.CONTROL, Purpose.GIVEN).astype(np.int8)
    converted = replace(earlier, columns=earlier.columns | values | {"purpose": purpose}, space=space, attributes={})
    kept = converted.where(inside | control)
    count = len(kept)
    renewed: dict[str, np.ndarray] = {
        "sample_id": np.arange(IMPORTED_ITERATION, IMPORTED_ITERATION - count, -1, dtype=np.int32),
        "iteration": np.full(count, IMPORTED_ITERATION, np.int16),
        "predicted_risk": np.full(count, np.nan),
    }
    return replace(kept, columns=kept.columns | renewed)


def _of_one_fidelity(samples: Samples) -> Samples:
    """Return the samples of the high fidelity, without the columns that only two-fidelity campaigns have."""
    if not samples.has_fidelities:
        return samples
    high = samples.high_fidelity

    def missing(column: np.ndarray) -> bool:  # true of columns that only the low fidelity has
        return bool(np.all(np.isnan(column) if column.dtype.kind == "f" else column == -1))

    kept = {name: column for name, column in high.columns.items() if name == "label" or not missing(column)}
    del kept["fidelity"]
    return replace(high, columns=kept)
