"""The evidence of the two-fidelity classifier."""

import numpy as np
import pytest

from pointes.learning.two_fidelity.evidence import TwoFidelityEvidence
from pointes.learning.two_fidelity.kernel import with_fidelity


def test_evidence_gradient():
    points = np.random.default_rng(0).random((24, 2))
    fidelity = np.repeat([0, 1], [16, 8])
    known = points[:, 0] + 0.2 * fidelity > 0.5 * points[:, 1] + 0.3
    evidence = TwoFidelityEvidence(with_fidelity(points, fidelity), np.where(known > 0, 1.0, -1.0))
    at = np.array([-1.1, -0.4, -0.9, -0.7, 0.2, 0.3, -1.0])
    _, gradient, _ = evidence.log_posterior(at, tolerance=1e-10)
    for axis in range(7):
        step = 1e-5 * np.eye(7)[axis]
        ahead, behind = (evidence.log_posterior(at + sign * step, tolerance=1e-10)[0] for sign in (1, -1))
        assert gradient[axis] == pytest.approx((ahead - behind) / 2e-5, rel=1e-3, abs=1e-5)
