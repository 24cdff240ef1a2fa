"""Arrhythmia labels beside CVODES, where it matters: at the points of a campaign's space nearest to the boundary.

    python benchmarks/labels.py [--points 600] [--nearest 60] [--config config/campaigns/seven-channels.yaml]

Needs a C compiler and SUNDIALS for Myokit's simulations.
"""

import argparse
from pathlib import Path

import myokit
import numpy as np
from scipy.spatial.distance import cdist

from pointes import cells
from pointes.campaign.config import Config
from pointes.campaign.loading import load
from pointes.cells.biomarkers import MILLIVOLTS
from pointes.cells.observer import AFTER_CREST, EAD_START

DEFAULT = Path(__file__).parents[1] / "config" / "config.yaml"


class Reference:
    """The same cell, paced by Myokit with CVODES at a tolerance of 1e-7."""

    def __init__(self, config: Config) -> None:
        name, celltype, self.protocol = config.model.name, config.model.celltype, config.protocol
        model = myokit.parse_model((cells.model.MODELS / f"{name}.mmt").read_text())
        model.label("celltype").set_rhs(cells.describe(name)["celltypes"].index(celltype))
        self.cell = cells.load(name, celltype)
        stimulus = myokit.pacing.blocktrain(self.protocol.cycle_length, self.cell.stimulus_duration)
        self.simulation = myokit.Simulation(model, stimulus)
        self.simulation.set_tolerance(1e-7, 1e-7)

    def label(self, blocks: dict[str, float]) -> int:
        """Return 1 for an EAD or repolarisation failure in the label beats, else 0; -1 for a beat without capture."""
        self.simulation.reset()
        for current, block in blocks.items():
            name = self.cell.conductances[current]
            self.simulation.set_constant(name, self.cell.parameters[name] * (1 - block))
        first = self.protocol.beats - self.protocol.label_beats
        self.simulation.run(first * self.protocol.cycle_length, log=myokit.LOG_NONE)
        arrhythmic = False
        for _ in range(self.protocol.label_beats):
            log = self.simulation.run(self.protocol.cycle_length, log=["engine.time", "membrane.v", "dot(membrane.v)"])
            t, v, dvdt = (np.array(column) for column in log.values())
            rests = v[0] <= MILLIVOLTS.repolarised_potential
            if rests and v.max() < MILLIVOLTS.capture_potential:
                return -1
            t -= t[0]
            crest = t[np.argmax((v > MILLIVOLTS.capture_potential) & (dvdt < 0))] if rests else -np.inf
            plateau = (t > max(EAD_START, crest + AFTER_CREST)) & (v > MILLIVOLTS.ead_potential)
            arrhythmic |= bool(np.any(dvdt[plateau] > MILLIVOLTS.ead_slope)) or v[-1] > MILLIVOLTS.repolarised_potential
        return int(arrhythmic)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=600)
    parser.add_argument("--nearest", type=int, default=60)
    parser.add_argument("--config", type=Path, default=DEFAULT)
    options = parser.parse_args()
    config = load(options.config)
    ranges = config.parameters.blocks
    low, high = np.array(list(ranges.values())).T
    points = low + np.random.default_rng(0).random((options.points, len(ranges))) * (high - low)
    reference = Reference(config)
    label = cells.pace(reference.cell, dict(zip(ranges, points.T, strict=True)), **config.protocol.model_dump())[
        "label"
    ]
    to_other_class = np.where(label[:, None] != label, cdist(points, points), np.inf).min(axis=1)
    nearest = np.argsort(to_other_class)[: options.nearest]
    agree = [reference.label(dict(zip(ranges, points[row], strict=True))) == label[row] for row in nearest]
    print(f"{sum(agree)} of the {len(agree)} labels nearest to the boundary agree with CVODES")


if __name__ == "__main__":
    main()
