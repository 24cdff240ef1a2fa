"""Simulators of the points of a campaign, as single cells or as a tissue.

A simulator holds nothing but settings: it is sent to workers as it is, and to jobs as the plain values of `to_params`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import numpy as np

from pointes import cells
from pointes.campaign.files.samples import Samples
from pointes.campaign.files.store import SINCE_STIMULUS
from pointes.netcdf import Variable

if TYPE_CHECKING:
    from pointes.campaign.configuration.schema import Config
    from pointes.tissue.description import TissueDescription

LANES = 8
"""Cells that a kernel steps together: a batch of fewer costs as much."""

TRACE_STEP_MS = 1.0
"""Interval of the times of a cell's trace."""


class Simulator(Protocol):
    """A function of points of the parameter space, with all settings that its results depend on."""

    points_at_once: ClassVar[int]  # number of points that are simulated at the cost of one
    largest_batch: ClassVar[int]  # largest number of points per task, which a worker that dies simulates again
    trace_title: ClassVar[str]  # title of a file of traces

    @property
    def fingerprint(self) -> str:
        """Hash of the models and the numerical method."""

    @property
    def threads(self) -> int:
        """Number of threads that share the work of one simulation; it changes no result."""

    def with_threads(self, threads: int) -> "Simulator":
        """Return the simulator with this many threads, or with as many of them as it can use."""

    def to_params(self) -> dict[str, Any]:
        """Return plain values from which `make_simulator` makes the simulator again."""

    def keys(self, points: np.ndarray, parameters: Sequence[str]) -> np.ndarray:
        """Return a hash of each point (n, d), with all that its results depend on: equal keys, equal results."""

    def run(self, points: np.ndarray, parameters: Sequence[str]) -> dict[str, np.ndarray]:
        """Simulate points (n, d) in this process; return label, status and biomarkers, (n,) each, and ECGs."""

    def details(self) -> dict[str, dict[str, Any]]:
        """Return meaning and unit of each result."""

    def traces(self, samples: Samples) -> dict[str, Variable]:
        """Return what was recorded during a beat of simulated samples, by variable, and its times."""

    def warm_up(self) -> None:
        """Load kernels and machine code, which is compiled here once, or read from the cache on disk."""


@dataclass(frozen=True)
class CellSimulator:
    """Simulator of single cells; its fields are arguments of `pointes.cells.load` and `pointes.cells.pace`.

    Its parameters are blocks of currents, and values of ``literals`` in the units of the model file.
    """

    model: str
    celltype: str | None
    fingerprint: str  # hash of the model's equations and the numerical method
    cycle_length: float  # ms
    beats: int
    label_beats: int
    tolerance: float
    stimulus_duration: float | None = None  # ms
    stimulus_level: float | None = None
    literals: tuple[str, ...] = ()  # qualified names of parameters that are no blocks, such as IKr.Kmax
    until_steady: bool = False

    points_at_once: ClassVar[int] = LANES
    largest_batch: ClassVar[int] = 1024
    trace_title: ClassVar[str] = "Action potentials on either side of the boundary"
    threads: ClassVar[int] = 1

    @classmethod
    def of(cls, config: "Config", fingerprint: str) -> Self:
        """Return the simulator of a configuration's cells; ``fingerprint`` is that of their model."""
        return cls(config.model.name, config.model.celltype, fingerprint, **config.protocol.model_dump())

    def with_threads(self, threads: int) -> Self:
        """Return this simulator: a cell is paced in one thread."""
        return self

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Self:
        """Return the simulator from the values that `to_params` has returned."""
        return cls(**{**params, "literals": tuple(params.get("literals", ()))})

    def to_params(self) -> dict[str, Any]:
        """Return plain values from which `make_simulator` makes the simulator again."""
        return {"kind": "cell", **self._settings()}

    def _settings(self) -> dict[str, Any]:
        """Return the fields, without those that are younger than the oldest results and say nothing more."""
        younger = {"literals": self.literals, "until_steady": self.until_steady}
        return {name: value for name, value in asdict(self).items() if younger.get(name, True)}

    def load(self) -> "cells.CellModel":
        """Return the compiled model."""
        return cells.load(self.model, celltype=self.celltype, stimulus_level=self.stimulus_level, vary=self.literals)

    def keys(self, points: np.ndarray, parameters: Sequence[str]) -> np.ndarray:
        """Return a hash of each point (n, d), the model and the protocol: equal keys, equal results."""
        return _keys(json.dumps([self._settings(), list(parameters)], sort_keys=True), points)

    def run(self, points: np.ndarray, parameters: Sequence[str]) -> dict[str, np.ndarray]:
        """Simulate points (n, d) in this process; return label, status and biomarkers, (n,) each."""
        columns = dict(zip(parameters, points.T, strict=True))
        return cells.pace(
            self.load(),
            {name: column for name, column in columns.items() if name not in self.literals},
            values={name: columns[name] for name in self.literals},
            cycle_length=self.cycle_length,
            beats=self.beats,
            label_beats=self.label_beats,
            tolerance=self.tolerance,
            stimulus_duration=self.stimulus_duration,
            until_steady=self.until_steady,
        )

    def details(self) -> dict[str, dict[str, Any]]:
        """Return meaning and unit of each result."""
        return _details(cells.BIOMARKERS)

    def traces(self, samples: Samples) -> dict[str, Variable]:
        """Pace samples again; return times, potential and, if the model has it, calcium of one beat of each.

        Of the beats that decide on the label it is the one with the longest plateau, as the last may look harmless.
        """
        model = self.load()
        time = np.arange(0.0, self.cycle_length, TRACE_STEP_MS)
        units = "1" if model.kernel.DIMENSIONLESS else "mV"
        details = {"v_mV": {"long_name": "membrane potential", "units": units}}
        if model.kernel.CALCIUM is not None:
            details["cai_mM"] = {"long_name": "cytosolic calcium", "units": "mmol L-1"}
        sampled = {name: np.empty((len(samples), len(time))) for name in details}
        starts = self.cycle_length * np.arange(self.label_beats)
        for index, point in enumerate(samples.points):
            trace = cells.trace(
                model,
                dict(zip(samples.ranges, point, strict=True)),
                cycle_length=self.cycle_length,
                beats=self.beats,
                keep=self.label_beats,
                tolerance=self.tolerance,
                stimulus_duration=self.stimulus_duration,
            )
            potential = np.interp(starts[:, None] + time, trace["time_ms"], trace["v_mV"])
            start = starts[(potential > model.thresholds.ead_potential).sum(axis=1).argmax()]
            for name, values in sampled.items():
                values[index] = np.interp(start + time, trace["time_ms"], trace[name])
        variables = {"time_ms": Variable(("time_ms",), time, SINCE_STIMULUS)}
        return variables | {name: Variable(("trace", "time_ms"), sampled[name], details[name]) for name in details}

    def warm_up(self) -> None:
        """Load the kernel and its machine code, which is compiled here once, or read from the cache on disk."""
        cells.pace(self.load(), {})


@dataclass(frozen=True)
class TissueSimulator:
    """Simulator of a tissue."""

    description: "TissueDescription"  # of the control
    fingerprint: str  # hash of the cell models and the numerical method
    threads: int = 1  # no part of the keys

    points_at_once: ClassVar[int] = 1
    largest_batch: ClassVar[int] = 1
    trace_title: ClassVar[str] = "Pseudo-ECGs on either side of the boundary"

    @classmethod
    def of(cls, config: "Config", fingerprint: str) -> Self:
        """Return the simulator of a configuration's tissue; ``fingerprint`` is that of the tissue."""
        from pointes.campaign.simulation.tissue import describe_tissue

        return cls(describe_tissue(config), fingerprint)

    def with_threads(self, threads: int) -> Self:
        """Return the simulator with this many threads."""
        return replace(self, threads=threads)

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Self:
        """Return the simulator from the values that `to_params` has returned."""
        from pointes.tissue.description import TissueDescription

        return cls(**{**params, "description": TissueDescription.from_params(params["description"])})

    def to_params(self) -> dict[str, Any]:
        """Return plain values from which `make_simulator` makes the simulator again."""
        params = {"fingerprint": self.fingerprint, "threads": self.threads}
        return {"kind": "tissue", "description": self.description.to_params(), **params}

    def keys(self, points: np.ndarray, parameters: Sequence[str]) -> np.ndarray:
        """Return a hash of each point (n, d), the tissue, the models and the protocol: equal keys, equal results."""
        # Not sorted: the order of layers and electrodes matters
        return _keys(json.dumps([self.description.to_params(), self.fingerprint, list(parameters)]), points)

    def run(self, points: np.ndarray, parameters: Sequence[str]) -> dict[str, np.ndarray]:
        """Simulate points (n, d) one by one; return labels and intervals (n,) and each lead's ECG (n, n_times)."""
        from pointes.campaign.simulation.tissue_results import columns
        from pointes.tissue.simulation import simulate

        blocks = [dict(zip(parameters, map(float, point), strict=True)) for point in points]
        blocked = [replace(self.description, blocks=each, threads=self.threads) for each in blocks]
        return columns(self.description, [simulate(each) for each in blocked])

    def details(self) -> dict[str, dict[str, Any]]:
        """Return meaning and unit of each result."""
        from pointes.campaign.simulation.tissue_results import ecg_details
        from pointes.tissue.simulation import OUTPUTS

        return _details(OUTPUTS) | ecg_details(self.description)

    def traces(self, samples: Samples) -> dict[str, Variable]:
        """Return the first lead of samples, which have it from their simulation, and its times."""
        from pointes.campaign.simulation.tissue_results import ecgs

        return ecgs(samples)

    def warm_up(self) -> None:
        """Load kernels and machine code by a run of one step, in one thread: workers are forked from this process."""
        from pointes.tissue.simulation import simulate

        short = replace(self.description, threads=1, cell_beats=1, beats=1, label_beats=1)
        if short.geometry.cheap_to_build:
            simulate(replace(short, rest_ms=short.time_step_ms))


KINDS: dict[str, type[CellSimulator] | type[TissueSimulator]] = {"cell": CellSimulator, "tissue": TissueSimulator}


def make_simulator(params: Mapping[str, Any]) -> Simulator:
    """Return the simulator from the values that its `to_params` has returned."""
    return KINDS[params["kind"]].from_params({name: value for name, value in params.items() if name != "kind"})


def configured_simulator(config: "Config", fingerprint: str) -> Simulator:
    """Return the simulator of a configuration's points; in two-fidelity campaigns that of the high fidelity."""
    kind = KINDS["cell" if config.simulation.scale == "cell" else "tissue"]
    return kind.of(config, fingerprint)


def _keys(context: str, points: np.ndarray) -> np.ndarray:
    hashed = hashlib.sha256(context.encode())

    def digest(point: np.ndarray) -> str:
        whole = hashed.copy()
        whole.update(point.astype("<f8").tobytes())
        return whole.hexdigest()[:32]

    return np.array([digest(point) for point in points], dtype="U32")


def _details(meanings: Mapping[str, tuple[str, str]]) -> dict[str, dict[str, Any]]:
    return {name: {"long_name": long_name, "units": units} for name, (units, long_name) in meanings.items()}
