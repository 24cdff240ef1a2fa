r"""Attribution of the effect of a compound to the channels that it blocks, by Shapley values.

The value of channel i is the mean change of a metric when its block is added to that of other channels, over all orders
in which the k channels can be added [1]_:

.. math:: \phi_i = \sum_{S \not\ni i} \frac{|S|!\,(k - |S| - 1)!}{k!} \left( v(S \cup i) - v(S) \right)

The values add up to the whole effect, v(all) - v(none), and a channel whose block never changes the metric has 0.

References
----------
.. [1] Shapley, in Contributions to the Theory of Games II, 307 (1953). doi:10.1515/9781400881970-018
"""

from itertools import product
from math import factorial

import numpy as np


def subsets(k: int) -> np.ndarray:
    """Return which of k channels are blocked in each of the subsets, (2^k, k), in the order of binary numbers.

    Examples
    --------
    >>> subsets(2).astype(int).tolist()
    [[0, 0], [0, 1], [1, 0], [1, 1]]
    """
    return np.array(list(product([False, True], repeat=k)), bool).reshape(2**k, k)


def shapley_values(metric: np.ndarray) -> np.ndarray:
    """Return the Shapley value of each channel, (k,), in the unit of the metric.

    Parameters
    ----------
    metric : (2^k,) array
        Metric with the block of each subset of the channels, in the order of `subsets`.

    Examples
    --------
    Two channels that add 1 and 2, and 4 more if both are blocked, which they share:

    >>> shapley_values(np.array([0.0, 2.0, 1.0, 7.0])).tolist()
    [3.0, 4.0]
    """
    k = len(metric).bit_length() - 1
    blocked = subsets(k)
    size = blocked.sum(axis=1)
    weight = np.array([factorial(n) * factorial(k - n - 1) / factorial(k) for n in range(k)])
    values = np.zeros(k)
    for channel in range(k):
        without = np.flatnonzero(~blocked[:, channel])
        added = without + 2 ** (k - 1 - channel)
        values[channel] = weight[size[without]] @ (metric[added] - metric[without])
    return values
