"""Learners of quantities, from one simulator or from two."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from pointes import learning
from pointes.campaign.files.samples import Samples
from pointes.campaign.files.store import fidelity_details
from pointes.campaign.files.targets import predicted, predicted_sd, prediction_details
from pointes.campaign.settings import DEFAULT_ACQUISITION, Sampling
from pointes.campaign.space import Space
from pointes.campaign.steps.learners.base import Asked, CampaignLearner, Columns
from pointes.campaign.target import Target
from pointes.learning.regression.assessment import LEVELS
from pointes.vocabulary import LOW_PER_HIGH, Fidelity

if TYPE_CHECKING:
    from pointes.campaign.files.surrogate import Surrogate


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
            mean=_predictions(samples, self.target, predicted),
            sd=_predictions(samples, self.target, predicted_sd),
        )

    def ask(self, count: int) -> Asked:
        """Return ``count`` points to simulate next, with the predictions of all quantities."""
        proposal = self.learner.ask(count)
        columns = _columns(self.target, proposal.mean, proposal.sd)
        irregular = 1.0 - self.learner.probability_regular(proposal.points)
        details = prediction_details(self.target.results)
        return Asked(proposal.points, proposal.purpose, irregular, columns, details)

    @property
    def surrogate(self) -> "Surrogate":
        """Regressors, and the classifier of where they hold, that were fitted to all samples told."""
        return self.learner.surrogate

    def assess(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """Return the assessment by the settings of `pointes.learning.RegressionRule`, with an entry by quantity."""
        return _named(asdict(self.learner.assess(learning.RegressionRule(**rule))), self.target)


class TwoFidelityQuantities(CampaignLearner):
    """Learner of the quantities of a campaign with two simulators; ``costs`` are those of a run, the cheap one first.

    The results of the cheap simulator that inform the target may be others than those of the target.
    """

    simulation = "simulation of the expensive scale"

    def __init__(
        self, space: Space, sampling: Sampling, target: Target, scales: tuple[str, str], costs: Mapping[str, float]
    ) -> None:
        self.space, self.target, self.scales = space, target, scales
        self.targets = {Fidelity.LOW: target.informed_by(scales[0], sampling.low_target), Fidelity.HIGH: target}
        self.costs = np.array(list(costs.values()))
        self.learner: learning.FidelityRegressionLearner = learning.FidelityRegressionLearner(
            space.bounds,
            outputs=len(target.results),
            start=(LOW_PER_HIGH * sampling.start, sampling.start),
            stream_share=sampling.stream_share,
            seed=sampling.seed,
        )

    def tell(self, samples: Samples) -> None:
        """Add simulated samples within the space, and their costs, to the learner's history."""
        fidelity, columns = samples["fidelity"], samples.columns
        values, regular = np.full((len(samples), len(self.target.results)), np.nan), np.zeros(len(samples), bool)
        for one, target in self.targets.items():
            rows = fidelity == one
            if rows.any():
                values[rows], regular[rows] = target.values(columns)[rows], target.regular(columns)[rows]
        self.learner.tell(
            samples.coordinates,
            values,
            fidelity,
            self.costs[fidelity],
            status=samples["status"],
            regular=regular,
            purpose=samples["purpose"],
            mean=_predictions(samples, self.target, predicted),
            sd=_predictions(samples, self.target, predicted_sd),
        )

    def ask(self, count: int) -> Asked:
        """Return ``count`` points to simulate next, with fidelities and the predictions of all quantities."""
        proposal = self.learner.ask(count)
        is_high = proposal.fidelity == Fidelity.HIGH
        # Predictions of the cheap simulator may be of other results than the target's, so columns do not have them
        mean, sd = (np.where(is_high[:, None], each, np.nan) for each in (proposal.mean, proposal.sd))
        columns = {"fidelity": proposal.fidelity, **_columns(self.target, mean, sd)}
        details = fidelity_details(self.scales) | prediction_details(self.target.results)
        regular = [self.learner.probability_regular(proposal.points, one) for one in Fidelity]
        return Asked(
            proposal.points, proposal.purpose, 1.0 - np.where(is_high, regular[1], regular[0]), columns, details
        )

    @property
    def surrogate(self) -> "Surrogate":
        """Regressors of the high fidelity, and the classifier of where they hold, fitted to all samples told."""
        return self.learner.surrogate

    def assess(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """Return the assessment by the settings of `pointes.learning.RegressionRule`, with an entry by quantity."""
        found = asdict(self.learner.assess(learning.RegressionRule(**rule)))
        of_quantities = zip(found["quantities"], found.pop("rho"), strict=True)
        found["quantities"] = [{**quantity, "rho": rho} for quantity, rho in of_quantities]
        return _named(found, self.target)


def _predictions(samples: Samples, target: Target, named: Callable[[str], str]) -> np.ndarray:
    """Return the predictions of samples, (n, q); those of a control or of imported samples are unknown."""
    unknown = np.full(len(samples), np.nan)
    return np.column_stack([samples.columns.get(named(name), unknown) for name in target.results])


def _columns(target: Target, mean: np.ndarray, sd: np.ndarray) -> Columns:
    """Return the columns of the predictions of quantities, given their means and standard deviations, (n, q)."""
    columns: Columns = {}
    for k, name in enumerate(target.results):
        columns |= {predicted(name): mean[:, k], predicted_sd(name): sd[:, k]}
    return columns


def _named(assessment: dict[str, Any], target: Target) -> dict[str, Any]:
    """Return an assessment with an entry by the name of each quantity."""
    quantities = dict(zip(target.results, map(_flat, assessment.pop("quantities")), strict=True))
    return {**assessment, "quantities": list(quantities), **quantities}


def _flat(quantity: Mapping[str, Any]) -> dict[str, Any]:
    """Return the assessment of a quantity with the coverage of each interval under names such as ``coverage_90``."""
    found = {name: value for name, value in quantity.items() if name != "coverage"}
    counted = {each["level"]: each for each in quantity["coverage"]}  # empty before there are stream points
    for level in LEVELS:
        name, each = f"coverage_{level * 100:.0f}", counted.get(level, {})
        found |= {name: each.get("share"), f"{name}_low": each.get("low"), f"{name}_high": each.get("high")}
    return found
