"""Two simulators as such: the Sobol sequence of each, where it fails, and what its runs cost."""

from typing import Protocol

import numpy as np

from pointes.learning.acquisition.design import Design
from pointes.learning.classifier.validity import Validity
from pointes.learning.types import Array, Flags, Mask
from pointes.learning.unit_cube import ROUNDING, nearest
from pointes.vocabulary import Fidelity

UNKNOWN_COST = 1.0  # cost of a simulation of a fidelity before the first
LARGEST_RATIO = 100.0  # largest ratio of costs that counts: each batch costs a fit too, however cheap simulations are


class Points(Protocol):
    """Points of a proposal or a history."""

    @property
    def points(self) -> Array:
        """Points in the user's units, (n, d)."""

    @property
    def fidelity(self) -> Flags:
        """Values of `Fidelity`, (n,)."""


class Runs(Points, Protocol):
    """Points that were simulated."""

    @property
    def valid(self) -> Mask:
        """Where the simulation succeeded, (n,)."""

    @property
    def costs(self) -> Array:
        """Cost of each simulation, (n,)."""


class TwoSimulators:
    """Sobol sequences, failures and costs of two simulators within bounds (d, 2).

    Both sequences are the same. ``design`` and ``validity`` are those of the high fidelity.
    """

    def __init__(self, bounds: Array, seed: int, design: Design, validity: Validity) -> None:
        self.bounds = bounds
        self._designs = {Fidelity.LOW: Design(bounds, seed), Fidelity.HIGH: design}
        self._validities = {Fidelity.LOW: Validity(bounds), Fidelity.HIGH: validity}
        self.costs: dict[Fidelity, float | None] = dict.fromkeys(Fidelity)
        """Mean cost of a simulation of each fidelity; None before the first."""

    def tell(self, new: Points, history: Runs) -> None:
        """Take in new points, and the history that ends with them."""
        for one in Fidelity:
            same = history.fidelity == one
            self._designs[one].advance(new.points[new.fidelity == one])
            self._validities[one].tell(history.points[same], history.valid[same])
            self.costs[one] = float(history.costs[same].mean()) if same.any() else None

    def upcoming(self, fidelity: Fidelity, n: int, pending: Points) -> Array:
        """Return the next ``n`` points of a fidelity's Sobol sequence, without those that will probably fail."""
        same = pending.points[pending.fidelity == fidelity]
        return self._designs[fidelity].upcoming(n, same, self._validities[fidelity].likely)

    def are_new(self, candidates: Array, fidelity: Fidelity, n: int, history: Points, pending: Points) -> Mask:
        """Return which candidates, (m,), are not yet known at a fidelity, nor would probably fail there.

        When failures are everywhere, so that fewer than ``n`` are left, any point will do.
        """
        known = np.concatenate([each.points[each.fidelity == fidelity] for each in (history, pending)])
        new = nearest(candidates, known, self.bounds)[0] > ROUNDING
        new &= self._validities[fidelity].likely(candidates)
        return new if new.sum() >= n else np.ones(len(candidates), bool)

    def bounded_costs(self) -> dict[Fidelity, float]:
        """Return the mean cost of each fidelity, the smaller one not below 1 / `LARGEST_RATIO` of the larger one."""
        costs = {one: cost or UNKNOWN_COST for one, cost in self.costs.items()}
        return {one: max(cost, max(costs.values()) / LARGEST_RATIO) for one, cost in costs.items()}

    def costs_by_name(self) -> dict[str, float | None]:
        """Return the mean cost of a simulation of each fidelity by its name, ``low`` or ``high``."""
        return {one.name.lower(): self.costs[one] for one in Fidelity}
