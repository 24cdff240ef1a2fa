"""Arrhythmia labels beside CVODES, where it matters: at the points of a plane that lie nearest to the boundary.

    python benchmarks/labels.py [--points 600] [--nearest 60]

Needs a C compiler and SUNDIALS for Myokit's simulations. Model and protocol are those of config/config.yaml.
"""

import argparse
from pathlib import Path

import myokit
import numpy as np
import yaml
from scipy.spatial.distance import cdist

from pointes import cells
from pointes.cells.biomarkers import MILLIVOLTS
from pointes.cells.observer import EAD_START

CONFIG = yaml.safe_load((Path(__file__).parents[1] / "config" / "config.yaml").read_text())
PROTOCOL = CONFIG["protocol"]


class Reference:
    """The same cell, paced by Myokit with CVODES at a tolerance of 1e-7."""

    def __init__(self, name: str, celltype: str) -> None:
        model = myokit.parse_model((cells.model.MODELS / f"{name}.mmt").read_text())
        model.label("celltype").set_rhs(cells.describe(name)["celltypes"].index(celltype))
        self.cell = cells.load(name, celltype)
        stimulus = myokit.pacing.blocktrain(PROTOCOL["cycle_length"], self.cell.stimulus_duration)
        self.simulation = myokit.Simulation(model, stimulus)
        self.simulation.set_tolerance(1e-7, 1e-7)

    def label(self, blocks: dict[str, float]) -> int:
        """Return 1 for an EAD or repolarisation failure in the label beats, else 0."""
        self.simulation.reset()
        for current, block in blocks.items():
            name = self.cell.conductances[current]
            self.simulation.set_constant(name, self.cell.parameters[name] * (1 - block))
        cycle_length, label_beats = PROTOCOL["cycle_length"], PROTOCOL["label_beats"]
        first = PROTOCOL["beats"] - label_beats
        self.simulation.run(first * cycle_length, log=myokit.LOG_NONE)
        arrhythmic = False
        for beat in range(first, PROTOCOL["beats"]):
            log = self.simulation.run(cycle_length, log=["engine.time", "membrane.v", "dot(membrane.v)"])
            t, v, dvdt = (np.array(column) for column in log.values())
            plateau = (t - beat * cycle_length > EAD_START) & (v > MILLIVOLTS.ead_potential)
            arrhythmic |= bool(np.any(dvdt[plateau] > MILLIVOLTS.ead_slope)) or v[-1] > MILLIVOLTS.repolarised_potential
        return int(arrhythmic)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=600)
    parser.add_argument("--nearest", type=int, default=60)
    options = parser.parse_args()
    ranges = CONFIG["parameters"]["blocks"]
    low, high = np.array(list(ranges.values())).T
    points = low + np.random.default_rng(0).random((options.points, len(ranges))) * (high - low)
    reference = Reference(CONFIG["model"]["name"], CONFIG["model"]["celltype"])
    label = cells.pace(reference.cell, dict(zip(ranges, points.T, strict=True)), **PROTOCOL)["label"]
    to_other_class = np.where(label[:, None] != label, cdist(points, points), np.inf).min(axis=1)
    nearest = np.argsort(to_other_class)[: options.nearest]
    agree = [reference.label(dict(zip(ranges, points[row], strict=True))) == label[row] for row in nearest]
    print(f"{sum(agree)} of the {len(agree)} labels nearest to the boundary agree with CVODES")


if __name__ == "__main__":
    main()
