"""Simulators of the points of a campaign, as single cells or as a tissue.

A simulator holds nothing but settings: it is sent to workers as it is, and to jobs as the plain values of `to_params`.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import numpy as np

from pointes import cells
from pointes.campaign.files.samples import Samples
from pointes.campaign.files.store import SINCE_STIMULUS
from pointes.campaign.simulation.roles import NO_ROLES, Arguments, Roles
from pointes.campaign.space import CYCLE_LENGTH
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

    Its parameters are blocks of currents, values of ``literals`` in the units of the model file, and what the ``roles``
    say of others.
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
    roles: Roles = NO_ROLES

    points_at_once: ClassVar[int] = LANES
    largest_batch: ClassVar[int] = 1024
    trace_title: ClassVar[str] = "Action potentials on either side of the boundary"
    threads: ClassVar[int] = 1

    @classmethod
    def of(cls, config: "Config", fingerprint: str, roles: Roles = NO_ROLES) -> Self:
        """Return the simulator of a configuration's cells; ``fingerprint`` is that of their model."""
        protocol = config.protocol.model_dump()
        return cls(config.model.name, config.model.celltype, fingerprint, **protocol, roles=roles)

    def with_threads(self, threads: int) -> Self:
        """Return this simulator: a cell is paced in one thread."""
        return self

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Self:
        """Return the simulator from the values that `to_params` has returned."""
        roles = Roles.from_params(params["roles"]) if "roles" in params else NO_ROLES
        return cls(**{**params, "literals": tuple(params.get("literals", ())), "roles": roles})

    def to_params(self) -> dict[str, Any]:
        """Return plain values from which `make_simulator` makes the simulator again."""
        return {"kind": "cell", **self._settings()}

    def _settings(self) -> dict[str, Any]:
        """Return the fields, without those that are younger than the oldest results and say nothing more."""
        younger = {"literals": self.literals, "until_steady": self.until_steady, "roles": self.roles}
        settings = {name: getattr(self, name) for name in (field.name for field in fields(self))}
        settings["roles"] = self.roles.to_params()
        return {name: value for name, value in settings.items() if younger.get(name, True)}

    def load(self) -> "cells.CellModel":
        """Return the compiled model."""
        vary = tuple(dict.fromkeys([*self.literals, *self.roles.literals]))
        return cells.load(self.model, celltype=self.celltype, stimulus_level=self.stimulus_level, vary=vary)

    def keys(self, points: np.ndarray, parameters: Sequence[str]) -> np.ndarray:
        """Return a hash of each point (n, d), the model and the protocol: equal keys, equal results."""
        return _keys(json.dumps([self._settings(), list(parameters)], sort_keys=True), points)

    def run(self, points: np.ndarray, parameters: Sequence[str]) -> dict[str, np.ndarray]:
        """Simulate points (n, d) in this process; return label, status and biomarkers, (n,) each."""
        model = self.load()
        results: dict[str, np.ndarray] = {}
        for rows, cycle_length in self._rhythms(points, parameters):
            given = self._arguments(model, points[rows], parameters)
            paced = self._pace(model, given, cycle_length, beats=self.beats, label_beats=self.label_beats)
            for name, column in paced.items():
                results.setdefault(name, np.empty(len(points), column.dtype))[rows] = column
        return results

    def _pace(
        self, model: "cells.CellModel", given: Arguments, cycle_length: float, **options: Any
    ) -> dict[str, np.ndarray]:
        """Pace cells at one cycle length by the protocol; ``options`` are further arguments of `pointes.cells.pace`."""
        return cells.pace(
            model,
            given.blocks,
            values=given.values,
            cycle_length=cycle_length,
            tolerance=self.tolerance,
            stimulus_duration=self.stimulus_duration,
            until_steady=self.until_steady,
            **options,
        )

    def _rhythms(self, points: np.ndarray, parameters: Sequence[str]) -> Iterator[tuple[np.ndarray, float]]:
        """Yield the rows of points of each cycle length, and it: a kernel steps cells of one rhythm together."""
        lengths = np.full(len(points), self.cycle_length)
        if CYCLE_LENGTH in parameters:
            lengths = points[:, list(parameters).index(CYCLE_LENGTH)]
        for cycle_length in np.unique(lengths):
            yield np.flatnonzero(lengths == cycle_length), float(cycle_length)

    def _arguments(self, model: "cells.CellModel", points: np.ndarray, parameters: Sequence[str]) -> Arguments:
        """Return what points (n, d) mean for cells of a model."""
        roles = replace(self.roles, values=(*self.literals, *self.roles.values))
        return roles.arguments(dict(zip(parameters, points.T, strict=True)), model.conductances, model.parameters)

    def details(self) -> dict[str, dict[str, Any]]:
        """Return meaning and unit of each result."""
        return _details(cells.BIOMARKERS)

    def traces(self, samples: Samples) -> dict[str, Variable]:
        """Pace samples again; return times, potential and, if the model has it, calcium of one beat of each.

        Of the beats that decide on the label it is the one with the longest plateau, as the last may look harmless.
        """
        model, parameters = self.load(), list(samples.space)
        rhythms = list(self._rhythms(samples.points, parameters))
        time = np.arange(0.0, max((length for _, length in rhythms), default=self.cycle_length), TRACE_STEP_MS)
        units = "1" if model.kernel.DIMENSIONLESS else "mV"
        details = {"v_mV": {"long_name": "membrane potential", "units": units}}
        if model.kernel.CALCIUM is not None:
            details["cai_mM"] = {"long_name": "cytosolic calcium", "units": "mmol L-1"}
        sampled = {name: np.full((len(samples), len(time)), np.nan) for name in details}
        for rows, cycle_length in rhythms:
            starts, beat = cycle_length * np.arange(self.label_beats), time[time < cycle_length]
            for index, state in zip(rows, self._before_label_beats(model, samples, rows, cycle_length), strict=True):
                given = self._arguments(model, samples.points[index : index + 1], parameters)
                trace = cells.trace(
                    model,
                    given.blocks,
                    values=given.values,
                    cycle_length=cycle_length,
                    beats=self.label_beats,
                    keep=self.label_beats,
                    initial_state=state,
                    tolerance=self.tolerance,
                    stimulus_duration=self.stimulus_duration,
                    currents=False,
                )
                potential = np.interp(starts[:, None] + beat, trace["time_ms"], trace["v_mV"])
                start = starts[(potential > model.thresholds.ead_potential).sum(axis=1).argmax()]
                for name, values in sampled.items():
                    values[index, : len(beat)] = np.interp(start + beat, trace["time_ms"], trace[name])
        variables = {"time_ms": Variable(("time_ms",), time, SINCE_STIMULUS)}
        return variables | {name: Variable(("trace", "time_ms"), sampled[name], details[name]) for name in details}

    def _before_label_beats(
        self, model: "cells.CellModel", samples: Samples, rows: np.ndarray, cycle_length: float
    ) -> Sequence[np.ndarray | None]:
        """Return the states of some samples when the label beats begin; None where they begin at once."""
        if self.beats == self.label_beats:
            return [None] * len(rows)
        given = self._arguments(model, samples.points[rows], list(samples.space))
        before = self.beats - self.label_beats
        return list(self._pace(model, given, cycle_length, beats=before, final_state=True)["state"])

    def warm_up(self) -> None:
        """Load the kernel and its machine code, which is compiled here once, or read from the cache on disk."""
        cells.pace(self.load(), {})


@dataclass(frozen=True)
class TissueSimulator:
    """Simulator of a tissue."""

    description: "TissueDescription"  # of the control
    fingerprint: str  # hash of the cell models and the numerical method
    threads: int = 1  # no part of the keys
    roles: Roles = NO_ROLES

    points_at_once: ClassVar[int] = 1
    largest_batch: ClassVar[int] = 1
    trace_title: ClassVar[str] = "Pseudo-ECGs on either side of the boundary"

    @classmethod
    def of(cls, config: "Config", fingerprint: str, roles: Roles = NO_ROLES) -> Self:
        """Return the simulator of a configuration's tissue; ``fingerprint`` is that of the tissue."""
        from pointes.campaign.simulation.tissue import describe_tissue

        return cls(describe_tissue(config), fingerprint, roles=roles)

    def with_threads(self, threads: int) -> Self:
        """Return the simulator with this many threads."""
        return replace(self, threads=threads)

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Self:
        """Return the simulator from the values that `to_params` has returned."""
        from pointes.tissue.description import TissueDescription

        roles = Roles.from_params(params["roles"]) if "roles" in params else NO_ROLES
        return cls(**{**params, "description": TissueDescription.from_params(params["description"]), "roles": roles})

    def to_params(self) -> dict[str, Any]:
        """Return plain values from which `make_simulator` makes the simulator again."""
        params = {"fingerprint": self.fingerprint, "threads": self.threads}
        roles = {"roles": self.roles.to_params()} if self.roles else {}
        return {"kind": "tissue", "description": self.description.to_params(), **params, **roles}

    def keys(self, points: np.ndarray, parameters: Sequence[str]) -> np.ndarray:
        """Return a hash of each point (n, d), the tissue, the models and the protocol: equal keys, equal results."""
        # Not sorted: the order of layers and electrodes matters
        roles = [self.roles.to_params()] if self.roles else []
        return _keys(json.dumps([self.description.to_params(), self.fingerprint, list(parameters), *roles]), points)

    def run(self, points: np.ndarray, parameters: Sequence[str]) -> dict[str, np.ndarray]:
        """Simulate points (n, d) one by one; return labels and intervals (n,) and each lead's ECG (n, n_times)."""
        from pointes.campaign.simulation.tissue_results import columns
        from pointes.tissue.simulation import simulate

        placed = [self._placed(dict(zip(parameters, map(float, point), strict=True))) for point in points]
        return columns(self.description, [simulate(each) for each in placed])

    def _placed(self, point: Mapping[str, float]) -> "TissueDescription":
        """Return the description of the tissue at a point."""
        from pointes.campaign.simulation.tissue import described_at

        # Constants of a model file are the same for all cell types
        celltype = next(iter(self.description.celltypes.values()))
        model = cells.load(self.description.model, celltype=celltype, vary=self.roles.literals)
        columns = {name: np.array([value]) for name, value in point.items()}
        arguments = self.roles.arguments(columns, model.conductances, model.parameters)
        return described_at(self.description, arguments, self.threads)

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


def configured_simulator(config: "Config", fingerprint: str, roles: Roles = NO_ROLES) -> Simulator:
    """Return the simulator of a configuration's points; in two-fidelity campaigns that of the high fidelity."""
    kind = KINDS["cell" if config.simulation.scale == "cell" else "tissue"]
    return kind.of(config, fingerprint, roles)


def coarse_simulator(config: "Config", fingerprint: str, roles: Roles = NO_ROLES) -> TissueSimulator:
    """Return the simulator of a configuration's tissue on its coarse grid."""
    simulator = TissueSimulator.of(config, fingerprint, roles)
    spacing = config.simulation.tissue.coarse_spacing
    assert spacing is not None
    return replace(simulator, description=replace(simulator.description, spacing_mm=spacing))


def _keys(context: str, points: np.ndarray) -> np.ndarray:
    hashed = hashlib.sha256(context.encode())

    def digest(point: np.ndarray) -> str:
        whole = hashed.copy()
        whole.update(point.astype("<f8").tobytes())
        return whole.hexdigest()[:32]

    return np.array([digest(point) for point in points], dtype="U32")


def _details(meanings: Mapping[str, tuple[str, str]]) -> dict[str, dict[str, Any]]:
    return {name: {"long_name": long_name, "units": units} for name, (units, long_name) in meanings.items()}
