"""Points and fidelities by gain per cost, with numbers by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from pointes.learning.acquisition import ACQUISITIONS
from pointes.learning.acquisition.batch import BatchPosterior
from pointes.learning.acquisition.fidelity_choice import FidelityChoice
from pointes.vocabulary import Fidelity

LOW, HIGH = Fidelity
# Two candidates at the high fidelity, then at the low one, which is correlated with the high one by 0.8
COVARIANCE = np.kron(np.array([[1.0, 0.8], [0.8, 1.0]]), np.eye(2))


def choice(acquisition, costs, fidelities=(LOW, HIGH), mean=(0.5, 0.1, 0.5, 0.1)):
    posterior = SimpleNamespace(mean=np.array(mean), variance=np.ones(4), covariance=lambda index: COVARIANCE[index])
    batch = BatchPosterior(posterior, integration=slice(2))
    free = {one: np.arange(2) + (0 if one == HIGH else 2) for one in fidelities}
    return FidelityChoice(ACQUISITIONS[acquisition](), batch, 2, free, dict(zip(Fidelity, costs, strict=True)))


@pytest.mark.parametrize("acquisition", ["sur", "u", "margin", "feasibility", "straddle"])
@pytest.mark.parametrize(("costs", "expected"), [((1.0, 1.0), 1), ((1.0, 10.0), 3)])
def test_the_less_certain_candidate_is_chosen_at_the_fidelity_of_larger_gain_per_cost(acquisition, costs, expected):
    assert choice(acquisition, costs).take() == expected


@pytest.mark.parametrize("acquisition", ["sur", "u"])
def test_values_are_chosen_once(acquisition):
    chosen = choice(acquisition, (1.0, 10.0))
    assert sorted(chosen.take() for _ in range(4)) == [0, 1, 2, 3]


def test_one_fidelity_alone():
    chosen = choice("u", (1.0, 1.0), fidelities=[LOW])
    assert [chosen.take(), chosen.take()] == [3, 2]
