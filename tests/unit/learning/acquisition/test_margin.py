"""The smallest margin against numbers by hand."""

from types import SimpleNamespace

import numpy as np

from pointes.learning.acquisition.margin import Margin


def test_margin_ignores_the_standard_deviation():
    batch = SimpleNamespace(mean=np.array([-0.3, 0.2, 0.0]), sd=np.array([9.0, 0.1, 1.0]))
    assert Margin().score(batch, np.array([0, 1])).tolist() == [-0.3, -0.2]
