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
from pointes.campaign.configuration.loading import load
from pointes.campaign.configuration.schema import Config
from pointes.cells.biomarkers import MILLIVOLTS, Beat
from pointes.cells.label import Label
from pointes.cells.observer import AFTER_CREST, EAD_START, NEVER

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
        """Return the label of a cell by the rules of `pointes.cells.biomarkers`, -1 if it has failed."""
        self.simulation.reset()
        for current, block in blocks.items():
            name = self.cell.conductances[current]
            self.simulation.set_constant(name, self.cell.parameters[name] * (1 - block))
        before = self.protocol.beats - self.protocol.label_beats - 1
        label = Label(1, self.protocol.cycle_length)
        if before >= 0:
            self.simulation.run(before * self.protocol.cycle_length, log=myokit.LOG_NONE)
            label.precede(self.beat())
        for _ in range(self.protocol.label_beats):
            label.add(self.beat())
        return int(label.result(np.zeros(1))["label"][0])

    def beat(self) -> Beat:
        """Pace the next beat and return what the label depends on."""
        log = self.simulation.run(self.protocol.cycle_length, log=["engine.time", "membrane.v", "dot(membrane.v)"])
        t, v, dvdt = (np.array(column) for column in log.values())
        t -= t[0]
        falls = np.flatnonzero((v[:-1] > (level := v.max() - 0.9 * (v.max() - v[0]))) & (v[1:] <= level))
        rests = v[0] <= MILLIVOLTS.repolarised_potential
        turns = (v > MILLIVOLTS.capture_potential) & (dvdt < 0)
        crest = -np.inf if not rests else t[np.argmax(turns)] if turns.any() else np.inf
        plateau = (t > max(EAD_START, crest + AFTER_CREST)) & (v > MILLIVOLTS.ead_potential)
        return {
            "rmp": v[:1],
            "vpeak": v.max(keepdims=True),
            "t90": t[falls[-1:] + 1] if falls.size else np.zeros(1),
            "v_end": v[-1:],
            "margin": dvdt[plateau].max(initial=NEVER, keepdims=True),
        }


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
    protocol = config.protocol.model_dump(exclude={"stimulus_level"})
    label = cells.pace(reference.cell, dict(zip(ranges, points.T, strict=True)), **protocol)["label"]
    to_other_class = np.where(label[:, None] != label, cdist(points, points), np.inf).min(axis=1)
    nearest = np.argsort(to_other_class)[: options.nearest]
    agree = [reference.label(dict(zip(ranges, points[row], strict=True))) == label[row] for row in nearest]
    print(f"{sum(agree)} of the {len(agree)} labels nearest to the boundary agree with CVODES")


if __name__ == "__main__":
    main()
