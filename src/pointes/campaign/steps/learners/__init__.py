"""Learners of campaigns, which take tables of simulated samples and propose the columns of new ones."""

from collections.abc import Mapping

from pointes.campaign.settings import Sampling
from pointes.campaign.space import Space
from pointes.campaign.steps.learners.base import CampaignLearner
from pointes.campaign.steps.learners.classes import OneFidelity, TwoFidelities
from pointes.campaign.steps.learners.quantities import Quantities, TwoFidelityQuantities
from pointes.campaign.target import Target


def new_learner(space: Space, sampling: Sampling, costs: Mapping[str, float] | None = None) -> CampaignLearner:
    """Return a learner without any simulation; ``costs`` of a run by scale are used in two-fidelity campaigns."""
    target, scales = Target.parse(sampling.target), sampling.fidelities
    if target.is_class:
        if scales is None:
            return OneFidelity(space, sampling)
        return TwoFidelities(space, sampling, scales, costs or {})
    if scales is None:
        return Quantities(space, sampling, target)
    return TwoFidelityQuantities(space, sampling, target, scales, costs or {})
