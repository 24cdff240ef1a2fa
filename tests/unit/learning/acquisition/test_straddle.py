"""The straddle against numbers by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from pointes.learning.acquisition.straddle import Straddle


def test_straddle_wants_what_is_uncertain_among_what_is_in_doubt():
    mean, sd = np.array([0.0, 0.0, 1.0, 3.0]), np.array([0.5, 1.0, 1.0, 1.0])
    found = Straddle().score(SimpleNamespace(mean=mean, sd=sd), np.arange(4))
    assert found == pytest.approx([0.98, 1.96, 0.96, -3.0])
