"""The goal of a campaign that learns: its target, and the error that is asked for, checked against what runs give."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pointes import cells
from pointes.campaign.configuration.schema import Config
from pointes.campaign.exploration import load_model
from pointes.campaign.settings import DEFAULT_ACQUISITION
from pointes.campaign.simulation.roles import Roles
from pointes.campaign.space import CYCLE_LENGTH
from pointes.campaign.target import ALTERNANS, CAPTURE, CLASSES, LABEL, Target
from pointes.errors import UserError, unknown
from pointes.learning.acquisition import ACQUISITIONS
from pointes.learning.regression.acquisition import REGRESSION_ACQUISITIONS
from pointes.vocabulary import COARSE

KEY = "learning.target"
ERROR_KEY = "learning.stopping.largest_error"
LOW_KEY = "learning.low_target"

NO_QUANTITIES = ("label", "status", "failure", "beats", "period", "alternans", "ead", "arrhythmic")
"""Results that are flags or counts."""

WRITTEN = {"uC uF-1": "uC/uF", "mmol L-1": "mM", "V s-1": "V/s", "A F-1": "A/F", "m s-1": "m/s", "1": ""}
"""Units of results as configurations write them, where they differ."""

LIMITS_MV = (-200.0, 200.0)
"""Values between which a threshold of a membrane potential must lie [mV]."""


@dataclass(frozen=True)
class Goal:
    """What a campaign learns, and how well."""

    target: Target
    units: tuple[str, ...]  # of the results of the target
    largest_error: tuple[float, ...] | None  # asked for, of each quantity in its unit; None: as good as the caps allow

    @property
    def units_by_result(self) -> dict[str, str]:
        """Unit of each result of the target."""
        return dict(zip(self.target.results, self.units, strict=True))

    def rule(self, stopping: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of the stopping rule of the target's kind, from the section of the configuration."""
        if self.target.is_class:
            return {name: value for name, value in stopping.items() if name != "largest_error"}
        return {"largest_error": self.largest_error, "window": stopping["window"]}


THE_GOAL = Goal(Target(), ("1",), None)
"""Goal of campaigns that learn the label of arrhythmia."""


def goal_of(config: Config) -> Goal:
    """Return the goal of a configuration, whose target must be a result of its simulations.

    Raises
    ------
    UserError
        The result is unknown or no quantity, a threshold is out of reach, or an error is of another unit.
    """
    target = Target.parse(config.learning.target)
    _check_acquisition(config, target)
    known = _results(config.simulation.scale)
    if len(set(target.results)) < len(target.results):
        raise UserError(KEY, list(target.results), "each result once")
    for name in target.results:
        if name not in known:
            raise unknown("result", name, known, where=KEY)
    if target.results[0] == ALTERNANS and not config.protocol.until_steady:
        raise UserError(KEY, ALTERNANS, "protocol.until_steady: true with it, so that a steady rhythm is looked for")
    units = tuple(known[name] for name in target.results)
    _check_informed(config, target)
    if target.sign:
        _check_threshold(target, units[0], config)
    return Goal(target, units, _largest_error(config, target, units))


def check_results(config: Config, target: Target, roles: Roles) -> None:
    """Refuse a quantity that the cell model does not have, such as qNet without one of its currents."""
    if config.simulation.scale != "cell" or target.is_default:
        return
    model = load_model(config, roles)
    paced = cells.pace(model, {}, cycle_length=config.protocol.cycle_length)
    for name in target.results:
        if name in paced and np.isnan(np.asarray(paced[name], float)).all():
            expected = ", ".join(one for one in _results("cell") if one in paced and np.isfinite(paced[one]).all())
            raise UserError(KEY, name, f"a result that a beat of {config.model.name} has: {expected}")


def _check_acquisition(config: Config, target: Target) -> None:
    name, kind = config.learning.acquisition, "a class" if target.is_class else "quantities"
    fitting: list[str] = list(ACQUISITIONS) if target.is_class else [DEFAULT_ACQUISITION, *REGRESSION_ACQUISITIONS]
    if config.learning.fidelities is not None and not target.is_class:
        fitting, kind = [DEFAULT_ACQUISITION, "imse"], "quantities of two fidelities"
    if name not in fitting:
        raise UserError("learning.acquisition", name, f"one for {kind}, as learning.target asks: {', '.join(fitting)}")


def _check_informed(config: Config, target: Target) -> None:
    """Refuse a class that the low fidelity does not have, and results of it that cannot inform the quantities."""
    named, scales = config.learning.low_target, config.learning.fidelities
    if named is not None and (scales is None or target.is_class):
        raise UserError(LOW_KEY, str(named), "null, unless quantities are learned with learning.fidelities")
    if scales is None:
        return
    known = _results(config.simulation.scale if scales[0] == COARSE else scales[0])
    if target.is_class:
        if target.results[0] not in known:
            expected = "label, capture, or a comparison of a result that both scales of learning.fidelities have"
            raise UserError(KEY, config.learning.target, expected)
        return
    informing = target.informed_by(scales[0], named).results
    if len(informing) != len(target.results):
        raise UserError(LOW_KEY, str(named), f"one result, or one for each of {', '.join(target.results)}")
    quantities = [name for name in known if name not in CLASSES]
    for name in informing:
        if name not in quantities:
            raise unknown("result", name, quantities, where=LOW_KEY)


def _results(scale: str) -> dict[str, str]:
    """Return the units of the results that can be learned, by name: classes and quantities of the scale."""
    if scale == "cell":
        meanings = dict(cells.BIOMARKERS)
        classes = {LABEL: "1", CAPTURE: "1", ALTERNANS: "1"}
    else:
        from pointes.tissue.simulation import FLAGS, OUTPUTS

        meanings = {name: meaning for name, meaning in OUTPUTS.items() if name not in FLAGS}
        classes = {LABEL: "1", CAPTURE: "1"}
    units = {name: unit for name, (unit, _) in meanings.items() if not _is_flag(name)}
    return classes | units


def _is_flag(name: str) -> bool:
    return name in NO_QUANTITIES or name.endswith("_failure") or name.startswith("failure_")


def _check_threshold(target: Target, unit: str, config: Config) -> None:
    name, value = target.results[0], target.threshold
    axis = config.parameters.axes.get(CYCLE_LENGTH)
    longest = config.protocol.cycle_length if axis is None else axis.range[1]
    low, high = {"ms": (0.0, longest), "mV": LIMITS_MV}.get(unit, (-np.inf, np.inf))
    if not low < value < high:
        raise UserError(KEY, config.learning.target, f"a threshold of {name} between {low:g} and {high:g} {unit}")


def _largest_error(config: Config, target: Target, units: Sequence[str]) -> tuple[float, ...] | None:
    """Return the error that is asked for, of each quantity in its unit."""
    given = config.learning.stopping.largest_error
    if given is None:
        return None
    if target.is_class:
        raise UserError(ERROR_KEY, str(given), "null, as a class is learned: largest_expected_error is for classes")
    texts = given if isinstance(given, tuple) else (given,)
    if len(texts) != len(units):
        raise UserError(ERROR_KEY, str(given), f"{len(units)} errors, one for each of {', '.join(target.results)}")
    return tuple(_error(text, unit) for text, unit in zip(texts, units, strict=True))


def _error(given: float | str, unit: str) -> float:
    """Return an error in the unit of its quantity, which a text must name."""
    written = WRITTEN.get(unit, unit)
    found = re.fullmatch(r"\s*([\d.eE+-]+)\s*(\S*)\s*", str(given))
    try:
        value = float(found[1]) if found else 0.0
    except ValueError:
        value = 0.0
    if not found or not 0 < value < np.inf or found[2] not in ("", written, unit):
        raise UserError(ERROR_KEY, given, f"a positive number{f' of {written}' if written else ''}")
    return value
