"""What all learners of campaigns have in common."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from pointes.campaign.files.samples import Samples
from pointes.campaign.space import Space

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
