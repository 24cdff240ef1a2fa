"""The reference panel of `pointes drug`: the drugs that a new compound is compared with, under static block.

The torsade metric is the mean of qNet over 1, 2, 3 and 4 x Cmax. qNet measures how well a cell repolarises, and says
nothing of one that does not: it even rises. A sample whose cell has an early afterdepolarisation or does not repolarise
at one of these doses is therefore arrhythmic; its metric is minus infinity, below every threshold, and no regression is
fitted to it.

``python -m pointes.campaign.panel.reference results/cipa src/pointes/reference/cipa_static.nc`` makes the packaged file
from a panel campaign that has a static scenario.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from pointes import drugs, netcdf
from pointes.campaign.configuration.meaning import is_panel
from pointes.campaign.files import identity
from pointes.campaign.files.results import variable
from pointes.campaign.panel.samples_file import read_joint_samples
from pointes.cells import BIOMARKERS
from pointes.errors import UserError

METRIC_DOSES = (1.0, 2.0, 3.0, 4.0)
"""Doses over which the torsade metric is the mean of qNet [multiples of Cmax]."""

QNET = "qnet_uC_per_uF"
FILLED: Mapping[str, float] = {QNET: np.nan, "label": -1}
"""Variables of a scenario's file that are kept, and their values where a simulation failed."""
PACKAGED = "cipa_static.nc"
KEPT = ("source", "Conventions", "history", "versions", "git_revision", "config", "scenario", "fingerprint")
"""Global attributes of a scenario's file that the reference keeps."""
REMEDY = "a panel campaign with a scenario of static block, `binding: static`"


@dataclass(frozen=True, eq=False)
class ReferencePanel:
    """Drugs of known risk category, simulated with static block at the doses of the torsade metric."""

    drugs: tuple[str, ...]
    category: tuple[str, ...]
    qnet: np.ndarray  # (n_drugs, 4, n_samples) [uC/uF]; NaN where a simulation failed
    label: np.ndarray  # (n_drugs, 4, n_samples): 1 for an EAD or a repolarisation failure, -1 where it failed
    channels: tuple[str, ...]
    block: np.ndarray  # median over the samples, (n_drugs, 4, n_channels) [-]
    control_qnet: float  # of the cell without any block [uC/uF]
    model: str
    celltype: str | None
    protocol: Mapping[str, Any]  # arguments of `CellSimulator`
    attributes: Mapping[str, str]  # global attributes: what it was made from
    path: str

    @property
    def metric(self) -> np.ndarray:
        """The torsade metric, (n_drugs, n_samples) [uC/uF]."""
        return torsade_metric(self.qnet, self.label)


def torsade_metric(qnet: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return the torsade metric, (..., n_samples), from qNet and labels at the doses, (..., 4, n_samples).

    It is minus infinity for an arrhythmic sample, and else NaN if the simulation of a dose failed.

    Examples
    --------
    >>> qnet = np.array([[0.07, 0.07, np.nan], [0.05, 0.09, 0.06]])
    >>> torsade_metric(qnet, np.array([[0, 0, -1], [0, 1, 0]]))
    array([0.06, -inf,  nan])
    """
    return np.where((label == 1).any(axis=-2), -np.inf, qnet.mean(axis=-2))


def load_reference(path: Path | None = None) -> ReferencePanel:
    """Return the packaged reference panel, or that of a file, or of the results folder of a panel campaign."""
    if path is None:
        return read_reference(Path(str(files("pointes").joinpath("reference", PACKAGED))))
    return reference_of_campaign(path) if path.is_dir() else read_reference(path)


def reference_of_campaign(folder: Path) -> ReferencePanel:
    """Return the reference panel of a panel campaign: its first scenario of static block.

    Raises
    ------
    UserError
        The folder holds another campaign, or one without a static scenario, without the doses of the torsade metric,
        or not yet simulated. Thresholds of dynamic binding say nothing about compounds with static block.
    """
    config = identity.read(folder)["config"]
    if not is_panel(config):
        raise UserError("a campaign that learns a map", expected=REMEDY, where=folder)
    scenarios = config["panel"]["scenarios"]
    name = next((name for name, one in scenarios.items() if _is_plain(one)), None)
    if name is None:
        found = "thresholds of dynamic binding do not hold for static block"
        raise UserError(f"no static scenario among {', '.join(scenarios)}; {found}", expected=REMEDY, where=folder)
    scenario = folder / "scenarios" / name
    if not (scenario / "panel.nc").is_file():
        raise UserError(f"no {scenario / 'panel.nc'} yet; let `snakemake` finish this campaign first", where=folder)
    return make_reference(scenario / "panel.nc", scenario / "samples.nc")


def _is_plain(scenario: Mapping[str, Any]) -> bool:
    """Return whether a scenario has static block of one cell, with the uncertainty of the drugs' own data only."""
    return scenario["binding"] == "static" and not (scenario.get("laboratory_sd") or scenario.get("population"))


def make_reference(panel: Path, samples: Path) -> ReferencePanel:
    """Return the reference panel of a scenario, from its results and its joint samples.

    Combinations and drugs without a category are left out.
    """
    joint = read_joint_samples(samples)
    with netcdf.reading(panel) as file:
        names, category = (list(map(str, file[name][:])) for name in ("drug", "category"))
        rows = [row for row, name in enumerate(names) if category[row] and name in joint.names]
        doses = np.asarray(file["dose"][:], float).tolist()
        if not set(METRIC_DOSES) <= set(doses):
            raise UserError("doses", doses, "1, 2, 3 and 4 times Cmax among them", panel)
        chosen = [doses.index(dose) for dose in METRIC_DOSES]
        qnet, label = (np.ma.filled(file[name][:], missing)[rows][:, chosen] for name, missing in FILLED.items())
        cmax_nM = np.asarray(file["cmax"][:], float)[rows]
        kept = {name: str(file.getncattr(name)) for name in KEPT if name in file.ncattrs()}
        control = float(file.getncattr(f"control_{QNET}"))
        settings, scenario = json.loads(kept["config"]), json.loads(kept["scenario"])
    joint = joint.of([names[row] for row in rows])
    concentration = cmax_nM[:, None, None, None] * np.array(METRIC_DOSES)[:, None, None]
    block = drugs.hill_block(concentration, joint.ic50_nM[:, None], joint.hill[:, None])
    protocol = {name.removeprefix("protocol."): value for name, value in settings.items() if "protocol." in name}
    if scenario.get("cycle_length") is not None:
        protocol["cycle_length"] = scenario["cycle_length"]
    model = scenario["model"]
    return ReferencePanel(
        drugs=joint.names,
        category=tuple(category[row] for row in rows),
        qnet=np.asarray(qnet, float),
        label=label,
        channels=joint.channels,
        block=np.median(block, axis=2),
        control_qnet=control,
        model=model["name"],
        celltype=model["celltype"],
        protocol=protocol,
        attributes=kept,
        path=str(panel),
    )


def write_reference(path: Path | str, reference: ReferencePanel) -> None:
    """Write a reference panel to a netCDF file that `read_reference` reads."""
    unit, meaning = BIOMARKERS[QNET]
    along = ("drug", "dose")
    variables = {
        "drug": variable(("drug",), np.array(reference.drugs), "drug"),
        "dose": variable(("dose",), np.array(METRIC_DOSES), "concentration as a multiple of free Cmax", "1"),
        "channel": variable(("channel",), np.array(reference.channels), "current that is blocked"),
        "category": variable(("drug",), np.array(reference.category), "published risk category"),
        QNET: variable((*along, "sample"), reference.qnet.astype(np.float32), meaning, unit, fill_value=np.nan),
        "label": variable(
            (*along, "sample"), reference.label, fill_value=np.int8(-1), meaning="whether the cell is arrhythmic"
        ),
        "block": variable((*along, "channel"), reference.block, "block, median over the samples", "1"),
    }
    attributes = {
        "title": "Reference panel of drugs with static block",
        **reference.attributes,
        f"control_{QNET}": reference.control_qnet,
        "model": reference.model,
        "celltype": reference.celltype or "",
        "protocol": json.dumps(dict(reference.protocol)),
    }
    netcdf.write(path, variables, attributes)


def read_reference(path: Path) -> ReferencePanel:
    """Read a reference panel that `write_reference` has written."""
    if not path.is_file():
        expected = "the results folder of a panel campaign, or a reference panel made from one"
        raise UserError("no such file or folder", expected=expected, where=path)
    with netcdf.reading(path) as file:
        attributes = {name: str(file.getncattr(name)) for name in KEPT if name in file.ncattrs()}
        return ReferencePanel(
            drugs=tuple(map(str, file["drug"][:])),
            category=tuple(map(str, file["category"][:])),
            qnet=np.ma.filled(file[QNET][:], np.nan).astype(float),
            label=np.ma.filled(file["label"][:], -1),
            channels=tuple(map(str, file["channel"][:])),
            block=np.asarray(file["block"][:], float),
            control_qnet=float(file.getncattr(f"control_{QNET}")),
            model=str(file.getncattr("model")),
            celltype=str(file.getncattr("celltype")) or None,
            protocol=json.loads(file.getncattr("protocol")),
            attributes=attributes,
            path=str(path),
        )


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    write_reference(target, reference_of_campaign(source))
