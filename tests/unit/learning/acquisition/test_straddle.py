"""The straddle against numbers by hand."""

import numpy as np
import pytest

from pointes.learning.acquisition.straddle import guarded_straddle


def test_straddle_wants_what_is_uncertain_among_what_is_in_doubt():
    mean, sd = np.array([0.0, 0.0, 1.0, 3.0]), np.array([0.5, 1.0, 1.0, 1.0])
    assert guarded_straddle(mean, sd) == pytest.approx([0.98, 1.96, 0.96, -3.0])
