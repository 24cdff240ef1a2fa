"""Uncertainty of what a surrogate predicts, from distributions of its parameters. No files, no cluster: numbers only.

A `Distribution` says how uncertain a parameter is. `propagate` returns the quantiles of quantities, `propagate_risk`
the share of the distribution that is arrhythmic, and `quantity_indices` and `label_indices` how much each parameter
contributes. The surrogate's own uncertainty is kept apart from that of the parameters. `compare_quantiles` and
`compare_share` compare what was propagated with simulations of points drawn from the same distributions.

Examples
--------
Quantiles of the sum of two normal parameters, which a surrogate knows up to a standard deviation of 0.1:

>>> import numpy as np
>>> from pointes.uncertainty import LEVELS, Normal, propagate
>>> def predict(points):
...     total = points.sum(axis=1, keepdims=True)
...     return total, np.full_like(total, 0.1)
>>> found = propagate(predict, [Normal(1.0, 0.3), Normal(2.0, 0.4)])
>>> median = LEVELS.index(0.5)
>>> [round(float(ends[0, median]), 1) for ends in (found.values, found.low, found.high)]
[3.0, 2.8, 3.2]
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
