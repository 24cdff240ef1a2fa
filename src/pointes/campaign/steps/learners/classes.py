"""Learners of a class, from one simulator or from two."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from pointes import learning
from pointes.campaign.files.samples import Samples
from pointes.campaign.files.store import fidelity_details, method_details, predicted_by
from pointes.campaign.settings import Sampling
from pointes.campaign.space import Space
from pointes.campaign.steps.learners.base import Asked, CampaignLearner, Columns
from pointes.vocabulary import LOW_PER_HIGH, METHODS

if TYPE_CHECKING:
    from pointes.campaign.files.surrogate import Surrogate


class OneFidelity(CampaignLearner):
    """Learner of the boundary of a campaign with one simulator."""

    def __init__(self, space: Space, sampling: Sampling) -> None:
        self.space = space
        self.learner: learning.ActiveLearner = learning.ActiveLearner(
            space.bounds,
            start=sampling.start,
            stream_share=sampling.stream_share,
            seed=sampling.seed,
            acquisition=sampling.acquisition,
            landmarks=space.coordinates(single_blocks(space)),
        )

    def tell(self, samples: Samples) -> None:
        """Add labelled samples within the space to the learner's history."""
        self.learner.tell(
            samples.coordinates,
            samples["label"],
            status=samples["status"],
            purpose=samples["purpose"],
            risk=samples["predicted_risk"],
        )

    def ask(self, count: int) -> Asked:
        """Return ``count`` points to simulate next, without further columns."""
        proposal = self.learner.ask(count)
        return Asked(proposal.points, proposal.purpose, proposal.risk, {}, {})

    @property
    def surrogate(self) -> "Surrogate":
        """Classifier that was fitted to all samples told."""
        return self.learner.classifier

    def assess(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """Return the learner's assessment by the settings of `pointes.learning.StoppingRule`, as plain values."""
        return asdict(self.learner.assess(learning.StoppingRule(**rule)))


class TwoFidelities(CampaignLearner):
    """Learner of a campaign with two simulators; ``costs`` are those of a run by scale, the low fidelity first."""

    simulation = "simulation of the expensive scale"

    def __init__(self, space: Space, sampling: Sampling, scales: tuple[str, str], costs: Mapping[str, float]) -> None:
        self.space, self.scales, self.costs = space, scales, np.array(list(costs.values()))
        self.learner: learning.FidelityLearner = learning.FidelityLearner(
            space.bounds,
            start=(LOW_PER_HIGH * sampling.start, sampling.start),
            stream_share=sampling.stream_share,
            seed=sampling.seed,
            acquisition=sampling.acquisition,
        )

    def tell(self, samples: Samples) -> None:
        """Add labelled samples within the space, and their costs, to the learner's history."""
        fidelity = samples["fidelity"]
        self.learner.tell(
            samples.coordinates,
            samples["label"],
            fidelity=fidelity,
            costs=self.costs[fidelity],
            status=samples["status"],
            purpose=samples["purpose"],
            predicted=np.column_stack([samples[predicted_by(method)] for method in METHODS]),
        )

    def ask(self, count: int) -> Asked:
        """Return ``count`` points to simulate next, with fidelities and the predictions of all methods."""
        proposal = self.learner.ask(count)
        risks = {predicted_by(method): proposal.predicted[:, k] for k, method in enumerate(METHODS)}
        columns: Columns = {"fidelity": proposal.fidelity, **risks}
        details = fidelity_details(self.scales) | method_details()
        return Asked(proposal.points, proposal.purpose, proposal.risk, columns, details)

    @property
    def surrogate(self) -> "Surrogate":
        """Classifier of the high fidelity that was fitted to all samples told."""
        return self.learner.classifier

    def assess(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """Return the learner's assessment by the settings of `pointes.learning.StoppingRule`, as plain values."""
        return asdict(self.learner.assess(learning.StoppingRule(**rule)))


def single_blocks(space: Space) -> np.ndarray:
    """Return the points (n, d) at which one of n currents is blocked as far as its range goes, and all others least.

    Selective blockers lie between these points and the control, at the rim of the space, where labels are few. Axes
    that are no blocks have their value in the control.
    """
    least, high = space.reference, np.array([axis.high for axis in space.values()])
    rows = [place for place, name in enumerate(space) if name in space.blocks]
    return np.asarray((least + np.diag(high - least))[rows])
