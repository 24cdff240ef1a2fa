"""What a campaign learns of its simulations: a class of two, or quantities."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from pointes.vocabulary import Failure, Status

LABEL, CAPTURE, ALTERNANS = "label", "capture", "alternans"

CLASSES = {
    LABEL: ("safe", "arrhythmic"),
    CAPTURE: ("capture", "no_capture"),
    ALTERNANS: ("no_alternans", "alternans"),
}
"""Targets that are classes by themselves, with the names of both; those of numbers have a threshold."""

ARRHYTHMIC = "arrhythmic"
"""Column with the label of campaigns that learn another class, whose column ``label`` has that class."""

OF_CELLS = "apd90_ms"
"""Result of a cell that informs quantities of a tissue unless another one is named."""

UNDEFINED = -1
"""Class of a sample that has none."""

COMPARISON = re.compile(r"\s*(\w+)\s*([<>])\s*([-+]?\d[\d.eE+-]*)\s*")


@dataclass(frozen=True)
class Target:
    """What a campaign learns.

    Attributes
    ----------
    results
        Names of results of the simulation: quantities, or the one that the class depends on.
    sign
        Comparison of the result with the threshold, which makes the class: ``>`` or ``<``; empty without threshold.
    threshold
        Value with which the result is compared, in its unit.
    """

    results: tuple[str, ...] = (LABEL,)
    sign: str = ""
    threshold: float = 0.0

    @classmethod
    def parse(cls, text: str | Sequence[str]) -> Self:
        """Return the target that a configuration names: a class, a comparison such as ``apd90_ms > 500``, or results.

        Raises
        ------
        ValueError
            The text is neither a name nor a comparison.
        """
        if not isinstance(text, str):
            return cls(tuple(text))
        found = COMPARISON.fullmatch(text)
        if found is not None:
            return cls((found[1],), found[2], float(found[3]))
        if not re.fullmatch(r"\w+", text):
            raise ValueError("expected label, capture, alternans, a result, or a comparison such as apd90_ms > 500")
        return cls((text,))

    @property
    def is_class(self) -> bool:
        """Whether a class is learned, and not quantities."""
        return bool(self.sign) or self.results[0] in CLASSES

    @property
    def is_default(self) -> bool:
        """Whether the label is learned."""
        return self.results == (LABEL,)

    @property
    def classes(self) -> tuple[str, str]:
        """Names of the classes 0 and 1, without spaces."""
        if not self.sign:
            return CLASSES[self.results[0]]
        other = {">": "<=", "<": ">="}[self.sign]
        name, value = self.results[0], f"{self.threshold:g}"
        return f"{name}{other}{value}", f"{name}{self.sign}{value}"

    def informed_by(self, scale: str, named: str | Sequence[str] | None) -> "Target":
        """Return the quantities of a cheap simulator that inform those of the target, one for each.

        Parameters
        ----------
        scale
            Scale of the cheap simulator.
        named
            Results of the cheap simulator, or one for all quantities; None: the same ones, or `OF_CELLS` of cells.
        """
        if named is None:
            return Target((OF_CELLS,) * len(self.results)) if scale == "cell" else self
        return Target((named,) * len(self.results) if isinstance(named, str) else tuple(named))

    def classified(self, results: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return ``label``, ``status`` and ``failure`` for the class that is learned, and ``arrhythmic``.

        A stimulus that does not capture is no failure where capture is learned. A sample without the result has no
        class, and counts as failed for the learner, which avoids such points.
        """
        status, failure = np.array(results["status"]), np.array(results["failure"])
        if self.results[0] == CAPTURE:
            lost_capture = (status == Status.FAILED) & (failure == Failure.NO_CAPTURE)
            status[lost_capture], failure[lost_capture] = Status.OK, Failure.NONE
            known, positive = status == Status.OK, lost_capture
        else:
            value = np.asarray(results[self.results[0]], float)
            known = (status == Status.OK) & np.isfinite(value) & ((value >= 0) | bool(self.sign))
            threshold = self.threshold if self.sign else 0.5
            positive = value < threshold if self.sign == "<" else value > threshold
        label = np.where(known, positive, UNDEFINED).astype(np.int8)
        return {"label": label, "status": status, "failure": failure, ARRHYTHMIC: np.array(results["label"], np.int8)}

    def learned(self, results: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        """Return the results of a simulator with the class that is learned as ``label``."""
        return {**results, **self.classified(results)} if self.is_class and not self.is_default else results

    def values(self, results: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the quantities of samples, (n, q), NaN where they are not defined."""
        return np.column_stack([np.asarray(results[name], float) for name in self.results])

    def regular(self, results: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return where all quantities are defined and the sample is safe, (n,): beyond, they jump."""
        return np.asarray((results["label"] == 0) & np.isfinite(self.values(results)).all(axis=1))


THE_LABEL = Target()
"""Target of campaigns that learn the label of arrhythmia."""
