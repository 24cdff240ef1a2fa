"""Learners of campaigns, which take tables of labelled samples and propose the columns of new ones."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from pointes import learning
from pointes.campaign.files.samples import Samples
from pointes.campaign.files.store import fidelity_details, predicted_by
from pointes.campaign.files.targets import predicted, predicted_sd, prediction_details
from pointes.campaign.settings import DEFAULT_ACQUISITION, Sampling
from pointes.campaign.space import Space
from pointes.campaign.target import Target
from pointes.learning.regression.assessment import LEVELS
from pointes.vocabulary import LOW_PER_HIGH, METHODS

if TYPE_CHECKING:
    from pointes.campaign.files.surrogate import Surrogate

Columns = dict[str, np.ndarray]
Details = dict[str, dict[str, Any]]


class Asked(NamedTuple):
    """Points to simulate next, with what their samples file holds of them."""

    points: np.ndarray  # coordinates, (n, d)
    purpose: np.ndarray  # values of `pointes.vocabulary.Purpose`, (n,)
    risk: np.ndarray  # probability of class 1, or that quantities are not regular, before the simulation, (n,)
    columns: Columns  # further columns, (n,) each
    details: Details  # attributes of these columns


class CampaignLearner(ABC):
    """Learner from samples; its class depends on the number of fidelities and on the target."""

    space: Space
    simulation: ClassVar[str] = "simulation"
    """Words for a simulation from which is learned."""

    # Margins are left out. That of a cell jumps from about -0.06 to 1 V/s at the boundary, and gains nothing
    # (docs/benchmarks.md). In a tissue a node may have an early afterdepolarisation that does not spread.
    @abstractmethod
    def tell(self, samples: Samples) -> None:
        """Add labelled samples within the space to the learner's history."""

    @abstractmethod
    def ask(self, count: int) -> Asked:
        """Return ``count`` points to simulate next."""

    @property
    @abstractmethod
    def surrogate(self) -> "Surrogate":
        """What was fitted to all samples told."""

    @abstractmethod
    def assess(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """Return the learner's assessment by the settings of a stopping rule, as plain values."""


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
        return Asked(proposal.points, proposal.purpose, proposal.risk, columns, fidelity_details(self.scales))

    @property
    def surrogate(self) -> "Surrogate":
        """Classifier of the high fidelity that was fitted to all samples told."""
        return self.learner.classifier

    def assess(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """Return the learner's assessment by the settings of `pointes.learning.StoppingRule`, as plain values."""
        return asdict(self.learner.assess(learning.StoppingRule(**rule)))


class Quantities(CampaignLearner):
    """Learner of the quantities of a campaign with one simulator."""

    def __init__(self, space: Space, sampling: Sampling, target: Target) -> None:
        self.space, self.target = space, target
        self.learner: learning.RegressionLearner = learning.RegressionLearner(
            space.bounds,
            outputs=len(target.results),
            start=sampling.start,
            stream_share=sampling.stream_share,
            seed=sampling.seed,
            acquisition="imse" if sampling.acquisition == DEFAULT_ACQUISITION else sampling.acquisition,
        )

    def tell(self, samples: Samples) -> None:
        """Add simulated samples within the space to the learner's history."""
        self.learner.tell(
            samples.coordinates,
            self.target.values(samples.columns),
            status=samples["status"],
            regular=self.target.regular(samples.columns),
            purpose=samples["purpose"],
            mean=self._predictions(samples, predicted),
            sd=self._predictions(samples, predicted_sd),
        )

    def ask(self, count: int) -> Asked:
        """Return ``count`` points to simulate next, with the predictions of all quantities."""
        proposal = self.learner.ask(count)
        columns: Columns = {}
        for k, name in enumerate(self.target.results):
            columns |= {predicted(name): proposal.mean[:, k], predicted_sd(name): proposal.sd[:, k]}
        irregular = 1.0 - self.learner.probability_regular(proposal.points)
        details = prediction_details(self.target.results)
        return Asked(proposal.points, proposal.purpose, irregular, columns, details)

    @property
    def surrogate(self) -> "Surrogate":
        """Regressors, and the classifier of where they hold, that were fitted to all samples told."""
        return self.learner.surrogate

    def assess(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """Return the assessment by the settings of `pointes.learning.RegressionRule`, with an entry by quantity."""
        found = asdict(self.learner.assess(learning.RegressionRule(**rule)))
        quantities = dict(zip(self.target.results, map(_flat, found.pop("quantities")), strict=True))
        return {**found, "quantities": list(quantities), **quantities}

    def _predictions(self, samples: Samples, named: Callable[[str], str]) -> np.ndarray:
        """Return the predictions of samples, (n, q); those of a control or of imported samples are unknown."""
        unknown = np.full(len(samples), np.nan)
        return np.column_stack([samples.columns.get(named(name), unknown) for name in self.target.results])


def _flat(quantity: Mapping[str, Any]) -> dict[str, Any]:
    """Return the assessment of a quantity with the coverage of each interval under names such as ``coverage_90``."""
    found = {name: value for name, value in quantity.items() if name != "coverage"}
    counted = {each["level"]: each for each in quantity["coverage"]}  # empty before there are stream points
    for level in LEVELS:
        name, each = f"coverage_{level * 100:.0f}", counted.get(level, {})
        found |= {name: each.get("share"), f"{name}_low": each.get("low"), f"{name}_high": each.get("high")}
    return found


def new_learner(space: Space, sampling: Sampling, costs: Mapping[str, float] | None = None) -> CampaignLearner:
    """Return a learner without any simulation; ``costs`` of a run by scale are used in two-fidelity campaigns."""
    target = Target.parse(sampling.target)
    if not target.is_class:
        return Quantities(space, sampling, target)
    if sampling.fidelities is None:
        return OneFidelity(space, sampling)
    return TwoFidelities(space, sampling, sampling.fidelities, costs or {})


def single_blocks(space: Space) -> np.ndarray:
    """Return the points (n, d) at which one of n currents is blocked as far as its range goes, and all others least.

    Selective blockers lie between these points and the control, at the rim of the space, where labels are few. Axes
    that are no blocks have their value in the control.
    """
    least, high = space.reference, np.array([axis.high for axis in space.values()])
    rows = [place for place, name in enumerate(space) if name in space.blocks]
    return np.asarray((least + np.diag(high - least))[rows])
