import numpy as np
import pytest

from pointes.learning.acquisition.candidates import NEAREST, SAME_POINT, SCREENED, SPREAD, Candidates
from pointes.learning.classifier.validity import Validity
from pointes.learning.unit_cube import nearest

BOUNDS = np.array([[0.0, 1.0], [10.0, 20.0]])
NOTHING = np.empty((0, 2))


def candidates(counter: int = 0, taken: np.ndarray = NOTHING, validity: Validity | None = None) -> Candidates:
    return Candidates(BOUNDS, 1, counter, taken, validity or Validity(BOUNDS))


def latent(points):
    """Positive right of 0.3, everywhere known as well."""
    return points[:, 0] - 0.3, np.full(len(points), 0.1)


@pytest.mark.parametrize("kind", ["spread", "random"])
def test_enough_candidates_within_the_bounds(kind):
    points = getattr(candidates(), kind)(8)
    assert points.shape == (SPREAD, 2)
    assert np.all((points >= BOUNDS[:, 0]) & (points <= BOUNDS[:, 1]))
    assert len(getattr(candidates(), kind)(1000)) == 8000


def test_candidates_near_the_boundary_are_others_than_those_all_over_the_space():
    spread, near = candidates().spread(8), candidates().near_boundary(8, latent)
    assert near.shape == (NEAREST, 2)
    assert nearest(near, spread, BOUNDS)[0].min() > SAME_POINT
    # The boundary runs through the whole of a band with as many points as are taken.
    assert np.abs(latent(near)[0]).max() == pytest.approx(0.5 * NEAREST / SCREENED, rel=0.05)
    assert np.ptp(near[:, 1]) > 9.9


@pytest.mark.parametrize("kind", ["spread", "random"])
def test_candidates_are_a_function_of_seed_and_counter(kind):
    first, again, other = (getattr(candidates(counter), kind)(8) for counter in (16, 16, 24))
    assert np.array_equal(first, again)
    assert nearest(first, other, BOUNDS)[0].min() > SAME_POINT


def test_taken_points_are_no_candidates():
    spread, near = candidates().spread(8), candidates().near_boundary(8, latent)
    taken = np.concatenate([spread[:100], near[:100]])
    left = candidates(taken=taken)
    assert np.array_equal(left.spread(8), spread[100:])
    assert nearest(left.near_boundary(8, latent), taken, BOUNDS)[0].min() > SAME_POINT


def test_points_that_will_probably_fail_are_no_candidates_unless_too_few_are_left():
    right = candidates().spread(8)[:64]
    validity = Validity(BOUNDS)
    validity.tell(right, right[:, 0] < 0.5)
    spread, near = candidates(validity=validity).spread(8), candidates(validity=validity).near_boundary(8, latent)
    assert np.mean(spread[:, 0] > 0.5) < 0.05
    assert np.mean(near[:, 0] > 0.5) < 0.05
    validity.tell(right, right[:, 0] < 0.0)
    assert len(candidates(validity=validity).spread(8)) == SPREAD // 8
