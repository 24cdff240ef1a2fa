"""Hyperparameters of the two-fidelity classifier: the evidence, its prior, and the search for the maximum.

The search is like that for one fidelity (`pointes.learning.classifier.evidence`). The prior of the autoregression is
put on the share of the space where the fidelities disagree, which can be judged, and not on ρ.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from pointes.learning.classifier.evidence import (
    LENGTH_BOUNDS,
    LENGTH_SD,
    SEARCH_TOLERANCE,
    TREND_BOUNDS,
    TREND_SD,
    highest,
    prior_medians,
)
from pointes.learning.classifier.expectation_propagation import Sites, evidence_sensitivity, propagate
from pointes.learning.classifier.kernel import Kernel
from pointes.learning.two_fidelity.kernel import JointKernel
from pointes.learning.types import Array

# ASSUME: fidelities worth combining disagree on about 15 % of the space; the wide standard deviation, of the logit of
# 2q, holds from 4 % to 33 %, so that few high-fidelity labels suffice to show a low fidelity as useless.
DISAGREEMENT_MEDIAN, DISAGREEMENT_SD = 0.15, 1.5
DISAGREEMENT_BOUNDS = (5e-4, 0.4995)
# ASSUME: δ has the length scales and the trend of the low fidelity within a factor of 1.6 (one standard deviation): few
# high-fidelity labels could not tell more.
GAP_SD = 0.5
STARTS = (0.4, 1.4)  # length scales of δ in units of those of the low fidelity; the evidence has several maxima


@dataclass(frozen=True, eq=False)
class TwoFidelityEvidence:
    """Training data of both fidelities, and the log posterior of the hyperparameters given them."""

    inputs: Array  # inputs of the joint kernel, (n, d + 1)
    y: Array  # labels, -1 or +1, (n,)

    def log_posterior(
        self, x: Array, sites: Sites | None = None, tolerance: float = SEARCH_TOLERANCE
    ) -> tuple[float, Array, Sites]:
        """Return log evidence plus log prior of the hyperparameters, its gradient, and the sites reached.

        The hyperparameters, (2 d + 3,), are the logarithms of length scales and trend of the low fidelity, those of δ,
        and the logit of twice the disagreement.
        """
        m = self.inputs.shape[1]
        kernel = _kernel(x)
        posterior = propagate(kernel(self.inputs, self.inputs), self.y, sites, tolerance)
        gradient = kernel.sensitivity(self.inputs, evidence_sensitivity(posterior))
        medians = prior_medians(m - 1)
        sds = np.array([*[LENGTH_SD] * (m - 1), TREND_SD])
        low = (x[:m] - np.log([*medians.length_scales, medians.trend])) / sds
        gap = (x[m:-1] - x[:m]) / GAP_SD
        q = (x[-1] - logit(2.0 * DISAGREEMENT_MEDIAN)) / DISAGREEMENT_SD
        gradient -= np.concatenate([low / sds - gap / GAP_SD, gap / GAP_SD, [q / DISAGREEMENT_SD]])
        value = posterior.evidence - 0.5 * float(low @ low + gap @ gap + q**2)
        return value, gradient, posterior.sites

    def maximise(self, low: Kernel) -> JointKernel:
        """Return the kernel at the highest of the maxima that are reached from fixed starts.

        They lie about the kernel ``low`` of a classifier of the low-fidelity labels alone. Without both classes there
        is nothing to learn, and the kernel is the prior expectation.
        """
        if len(np.unique(self.y)) < 2:
            return JointKernel(low, low, DISAGREEMENT_MEDIAN)
        d = len(low.length_scales)
        # A kernel that was shortened to reproduce labels has no trend.
        of_low = np.array([*low.length_scales, max(low.trend, TREND_BOUNDS[0])])
        of_gap = ([*start * of_low[:d], of_low[d]] for start in STARTS)
        starts = [[*np.log([*of_low, *gap]), logit(2.0 * DISAGREEMENT_MEDIAN)] for gap in of_gap]
        of_kernels = np.log([*[LENGTH_BOUNDS] * d, TREND_BOUNDS] * 2)
        bounds = np.array([*of_kernels, logit(2.0 * np.array(DISAGREEMENT_BOUNDS))])
        return _kernel(highest(self.log_posterior, np.clip(starts, *bounds.T), bounds))


def _kernel(x: Array) -> JointKernel:
    """Return the kernel with the hyperparameters that `TwoFidelityEvidence.log_posterior` takes."""
    low, gap = np.exp(x[:-1]).reshape(2, -1)
    return JointKernel(Kernel(low[:-1], float(low[-1])), Kernel(gap[:-1], float(gap[-1])), 0.5 * float(expit(x[-1])))
