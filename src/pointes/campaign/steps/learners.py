"""Learners of campaigns, which take tables of labelled samples and propose the columns of new ones."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from pointes import learning
from pointes.campaign.files.samples import Ranges, Samples
from pointes.campaign.files.store import fidelity_details, predicted_by
from pointes.campaign.settings import Sampling
from pointes.vocabulary import LOW_PER_HIGH, METHODS

Columns = dict[str, np.ndarray]
Details = dict[str, dict[str, Any]]


class CampaignLearner(ABC):
    """Learner of the boundary from samples; its class depends on the number of fidelities."""

    ranges: Ranges
    learner: "learning.ActiveLearner | learning.FidelityLearner"
    simulation: ClassVar[str]
    """Words for a simulation whose boundary is learned."""

    # Margins are left out. That of a cell jumps from about -0.06 to 1 V/s at the boundary, and gains nothing
    # (docs/benchmarks.md). In a tissue a node may have an early afterdepolarisation that does not spread.
    @abstractmethod
    def tell(self, samples: Samples) -> None:
        """Add labelled samples within the ranges to the learner's history."""

    @abstractmethod
    def ask(self, count: int) -> "tuple[learning.Proposal | learning.FidelityProposal, Columns, Details]":
        """Return ``count`` points to simulate next, the columns that only this class has, and their attributes."""


class OneFidelity(CampaignLearner):
    """Learner of a campaign with one simulator."""

    simulation = "simulation"

    def __init__(self, ranges: Ranges, sampling: Sampling) -> None:
        self.ranges = ranges
        self.learner: learning.ActiveLearner = learning.ActiveLearner(
            np.array(list(ranges.values())),
            start=sampling.start,
            stream_share=sampling.stream_share,
            seed=sampling.seed,
            acquisition=sampling.acquisition,
            landmarks=single_blocks(ranges),
        )

    def tell(self, samples: Samples) -> None:
        """Add labelled samples within the ranges to the learner's history."""
        self.learner.tell(
            samples.points,
            samples["label"],
            status=samples["status"],
            purpose=samples["purpose"],
            risk=samples["predicted_risk"],
        )

    def ask(self, count: int) -> "tuple[learning.Proposal, Columns, Details]":
        """Return ``count`` points to simulate next, without further columns."""
        return self.learner.ask(count), {}, {}


class TwoFidelities(CampaignLearner):
    """Learner of a campaign with two simulators; ``costs`` are those of a run by scale, the low fidelity first."""

    simulation = "simulation of the expensive scale"

    def __init__(self, ranges: Ranges, sampling: Sampling, scales: tuple[str, str], costs: Mapping[str, float]) -> None:
        self.ranges, self.scales, self.costs = ranges, scales, np.array(list(costs.values()))
        self.learner: learning.FidelityLearner = learning.FidelityLearner(
            np.array(list(ranges.values())),
            start=(LOW_PER_HIGH * sampling.start, sampling.start),
            stream_share=sampling.stream_share,
            seed=sampling.seed,
            acquisition=sampling.acquisition,
        )

    def tell(self, samples: Samples) -> None:
        """Add labelled samples within the ranges, and their costs, to the learner's history."""
        fidelity = samples["fidelity"]
        self.learner.tell(
            samples.points,
            samples["label"],
            fidelity=fidelity,
            costs=self.costs[fidelity],
            status=samples["status"],
            purpose=samples["purpose"],
            predicted=np.column_stack([samples[predicted_by(method)] for method in METHODS]),
        )

    def ask(self, count: int) -> "tuple[learning.FidelityProposal, Columns, Details]":
        """Return ``count`` points to simulate next, with fidelities and the predictions of all methods."""
        proposal = self.learner.ask(count)
        predicted = {predicted_by(method): proposal.predicted[:, k] for k, method in enumerate(METHODS)}
        return proposal, {"fidelity": proposal.fidelity, **predicted}, fidelity_details(self.scales)


def new_learner(ranges: Ranges, sampling: Sampling, costs: Mapping[str, float] | None = None) -> CampaignLearner:
    """Return a learner without any simulation; ``costs`` of a run by scale are used in two-fidelity campaigns."""
    if sampling.fidelities is None:
        return OneFidelity(ranges, sampling)
    return TwoFidelities(ranges, sampling, sampling.fidelities, costs or {})


def single_blocks(ranges: Ranges) -> np.ndarray:
    """Return the points (d, d) at which one current is blocked as far as its range goes, and all others least.

    Selective blockers lie between these points and the control, at the rim of the space, where labels are few.
    """
    low, high = np.array(list(ranges.values())).T
    return np.asarray(low + np.diag(high - low))
