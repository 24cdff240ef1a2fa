"""Learning a boundary from few simulations: ask for points, tell their labels. Numbers only: no files, no cluster."""

from pointes.learning.active import ActiveLearner, Proposal, Purpose
from pointes.learning.assessment import Assessment, Caps, StoppingRule
from pointes.learning.classifier.gaussian_process import GaussianProcessClassifier

__all__ = [
    "ActiveLearner",
    "Assessment",
    "Caps",
    "GaussianProcessClassifier",
    "Proposal",
    "Purpose",
    "StoppingRule",
]
