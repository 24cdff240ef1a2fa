"""What a results folder offers to programs that speak UM-Bridge: the surrogate and the simulator of its campaign."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pointes import learning
from pointes.batches.cluster import cpu_count
from pointes.batches.requirements import check_library
from pointes.campaign.configuration.loading import parse
from pointes.campaign.configuration.meaning import is_panel
from pointes.campaign.configuration.schema import Config
from pointes.campaign.exploration import explored
from pointes.campaign.files import identity, surrogate
from pointes.campaign.prepare import Campaign, model_fingerprint
from pointes.campaign.space import Space
from pointes.campaign.steps.control import COMPARED
from pointes.campaign.target import Target
from pointes.errors import UserError

MISSING = 9.969209968386869e36
"""Value of a result that is missing: the fill value of netCDF. UM-Bridge sends numbers, and JSON has no NaN."""


@dataclass(frozen=True)
class ServedModel:
    """A function of points with the methods by which umbridge calls a model: one vector in, one vector out.

    Attributes
    ----------
    name
        Name by which clients ask for the model.
    space
        Axes whose values are the inputs, in this order.
    outputs
        Names of the outputs.
    evaluate
        Function from a point (1, d) to the outputs, (k,), NaN where one is missing.
    """

    name: str
    space: Space
    outputs: tuple[str, ...]
    evaluate: Callable[[np.ndarray], np.ndarray]

    def __call__(self, parameters: list[list[float]], config: dict[str, Any]) -> list[list[float]]:
        """Return the vector of the outputs at the vector of the inputs; a UserError if these are not finite numbers."""
        found = self.evaluate(_point(parameters[0], self.space))
        return [np.where(np.isfinite(found), found, MISSING).tolist()]

    def get_input_sizes(self, config: dict[str, Any]) -> list[int]:
        """Return the length of each vector of inputs."""
        return [len(self.space)]

    def get_output_sizes(self, config: dict[str, Any]) -> list[int]:
        """Return the length of each vector of outputs."""
        return [len(self.outputs)]

    def supports_evaluate(self) -> bool:
        """Return that the model can be called."""
        return True

    def supports_gradient(self) -> bool:
        """Return that the model has no derivatives."""
        return False

    supports_apply_jacobian = supports_apply_hessian = supports_gradient

    @property
    def signature(self) -> str:
        """Inputs, with units, and outputs in one line."""
        units = {name: f" [{axis.units}]" if axis.units not in ("1", "") else "" for name, axis in self.space.items()}
        inputs = [name + unit for name, unit in units.items()]
        return f"{self.name}: {', '.join(inputs)} -> {', '.join(self.outputs)}"


@dataclass(frozen=True)
class Offer:
    """Models of a results folder, and remarks on what is not offered or differs from the campaign."""

    models: tuple[ServedModel, ...]
    notes: tuple[str, ...]


def offer(results: Path) -> Offer:
    """Return the models of a results folder: the surrogate, if there is one, and the simulator, which is loaded.

    Raises
    ------
    UserError
        The package umbridge is not installed, or the folder is not that of a campaign that has ended or of a sweep.
    """
    check_library("umbridge", "umbridge", "pointes serve", "serve")
    record = identity.read(results)
    if is_panel(record["config"]):
        expected = "the results folder of a campaign that learns, or of a sweep"
        raise UserError("results of a panel, which have no surrogate and no space of points", expected=expected)
    where = f"{results / 'campaign.json'}: config"
    config = parse(record["config"], where)
    path = results / "surrogate.nc"
    if config.sweep is None and not path.is_file():
        raise UserError("no surrogate.nc yet; let `snakemake` finish this campaign first", where=results)
    fingerprint = model_fingerprint(config, where, settled=True)
    simulator = _simulator(config, fingerprint, results, where)
    notes = []
    if fingerprint != record["fingerprint"]:
        notes.append("the simulator is not that of the campaign: cell model or numerical method have changed since")
    if config.sweep is not None:
        return Offer((simulator,), (*notes, "only the simulator is served, as a sweep learns nothing"))
    if reason := surrogate.nothing_learned(path):
        return Offer((simulator,), (*notes, f"only the simulator is served: nothing was learned, because {reason}"))
    return Offer((_surrogate(path), simulator), tuple(notes))


def _surrogate(path: Path) -> ServedModel:
    learned, space = surrogate.read(path)
    target = surrogate.target_of(path)

    def evaluate(point: np.ndarray) -> np.ndarray:
        _check_within(point, space)
        at = space.coordinates(point)
        if not isinstance(learned, learning.RegressionSurrogate):
            return learned.predict_proba(at)
        mean, sd = learned.predict(at)
        return np.concatenate([mean[0], sd[0], learned.probability_regular(at)])

    if target.is_class:
        return ServedModel("surrogate", space, ("risk",), evaluate)
    outputs = (*target.results, *(f"{name}_sd" for name in target.results), "regular")
    return ServedModel("surrogate", space, outputs, evaluate)


def _simulator(config: Config, fingerprint: str, results: Path, where: str) -> ServedModel:
    space, roles = explored(config, where)
    simulator = Campaign(config, fingerprint, results, space, roles).simulator.with_threads(cpu_count())
    simulator.warm_up()
    target = Target.parse(config.learning.target)
    is_measured = target.sign or not target.is_class
    quantities = target.results if is_measured else tuple(name for name in COMPARED if name in simulator.details())
    outputs = ("label", "status", *quantities)

    def evaluate(point: np.ndarray) -> np.ndarray:
        found = target.learned(simulator.run(point, list(space)))
        return np.array([found[name][0] for name in outputs], float)

    return ServedModel("simulator", space, outputs, evaluate)


def _point(values: Sequence[Any], space: Space) -> np.ndarray:
    """Return the point (1, d) of a vector of inputs; a UserError if it is not one finite number for each axis."""
    try:
        point = np.array(values, float)
    except (TypeError, ValueError, OverflowError):
        point = np.empty(0)
    if point.shape != (len(space),) or not np.isfinite(point).all():
        raise UserError("input", values, f"a finite number for each of {', '.join(space)}")
    return point[None]


def _check_within(point: np.ndarray, space: Space) -> None:
    """Refuse a point (1, d) outside the explored ranges, and say by how much: a surrogate knows nothing there."""
    outside = []
    for (name, axis), value in zip(space.items(), point[0], strict=True):
        if value < axis.low:
            outside.append(f"{name} {value:g} is {axis.low - value:.3g} below {axis.low:g}")
        elif value > axis.high:
            outside.append(f"{name} {value:g} is {value - axis.high:.3g} above {axis.high:g}")
    if outside:
        raise UserError(f"outside the ranges that were explored: {', '.join(outside)}")
