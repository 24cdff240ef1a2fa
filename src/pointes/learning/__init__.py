"""Learning a boundary, or quantities, from few simulations. No files, no cluster: numbers only.

`ActiveLearner` proposes points, and takes in their labels, 0 or 1. Its classifier predicts the probability of label 1
everywhere, and `assess` says what may be claimed and whether to stop. `FidelityLearner` learns the boundary of an
expensive simulator with the help of a cheap one. An `Acquisition` is the rule by which either chooses points.
`RegressionLearner` and `FidelityRegressionLearner` learn quantities in the same way.

Examples
--------
Learn where a point lies outside of a quarter of a disc:

>>> import numpy as np
>>> from pointes.learning import ActiveLearner
>>> learner = ActiveLearner([[0.0, 1.0], [0.0, 1.0]], start=8, seed=1)
>>> for _ in range(5):
...     proposal = learner.ask(8)
...     labels = np.hypot(*proposal.points.T) > 0.7
...     learner.tell(proposal.points, labels, purpose=proposal.purpose, risk=proposal.risk)
>>> (learner.predict_proba([[0.45, 0.45], [0.55, 0.55]]) > 0.5).tolist()
[False, True]
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
