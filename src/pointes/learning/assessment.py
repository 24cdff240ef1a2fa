"""How good the classifier is by honest evidence, and whether to stop.

Four kinds of evidence must agree. The boundary must have come to rest: labels predicted on fixed points change little
from fit to fit (Bloodgood and Vijay-Shanker, CoNLL 2009, arXiv:1409.5165). The classifier itself must expect few
errors. The stream must agree: points drawn without regard to the boundary, each predicted before its label was
known. And the verification must bear the classifier out: points from along the boundary that it believes in
(`pointes.learning.verification`). None is enough alone: a classifier that has missed an island is at rest, one that
overlooks something does not know it, a short stream can be right by luck, and islands may lie where nobody has doubts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pointes.learning.outcomes import NO_OUTCOMES, Outcomes, doubt
from pointes.learning.types import Array
from pointes.learning.verification import missing, objections
from pointes.statistics import clopper_pearson, expected_calibration_error

REFERENCE = 2048  # fixed points on which successive fits are compared
WATCHED = 40  # last boundary points that are looked at
EDGE = 0.01  # of the range of a parameter


@dataclass(frozen=True)
class StoppingRule:
    """When enough is learned; all conditions must hold."""

    largest_drift: float = 0.01
    """Share of the fixed points whose predicted label may change from fit to fit."""
    checks: int = 3
    """Successive fits that must not drift more."""
    largest_expected_error: float = 0.0125
    """Share of the space that the classifier may expect to have wrong."""
    window: int = 8
    """Last stream points that are looked at."""
    errors: int = 0
    """How many of them may have been predicted wrong."""
    verified: bool = True
    """Whether the verification must bear the classifier out; learners ask for it when all else holds by default."""


@dataclass(frozen=True)
class Caps:
    """What may be spent at most, learned or not; infinite by default."""

    runs: float = np.inf
    core_hours: float = np.inf
    wall_hours: float = np.inf


@dataclass(frozen=True)
class Spent:
    """What has been spent so far, in the terms of `Caps`."""

    runs: int
    core_hours: float = 0.0
    wall_hours: float = 0.0


@dataclass(frozen=True)
class Health:
    """How the last boundary points lie: queries that huddle at edges or in one spot teach little."""

    edge_share: float | None = None
    """Share of them within 1 % of the range from an edge of the domain; None without any."""
    nearest_distance: float | None = None
    """Median distance to the nearest other point, in the unit cube."""

    @classmethod
    def of(cls, unit: Array, chosen: NDArray[np.bool_]) -> "Health":
        """Return the health of points (n, d) in the unit cube, of which some were chosen by the acquisition."""
        from scipy.spatial import KDTree

        last = np.flatnonzero(chosen)[-WATCHED:]
        if len(last) == 0:
            return cls()
        at_edge = np.any((unit[last] < EDGE) | (unit[last] > 1 - EDGE), axis=1)
        nearest = KDTree(unit).query(unit[last], k=2)[0][:, 1]
        return cls(float(at_edge.mean()), float(np.median(nearest)))


@dataclass(frozen=True)
class Assessment:
    """What is known of a classifier's quality.

    The stream's accuracy is that of predictions made before labelling, by the classifiers of the time; the present one
    is rather better. Its Clopper-Pearson interval is what may be claimed.
    """

    n_failed: int
    """Simulations without a label."""
    stream_n: int
    stream_correct: int
    stream_accuracy: float | None
    stream_low: float
    """Lower end of the 95 % interval of the stream's accuracy."""
    stream_high: float
    stream_brier: float | None
    """Mean squared error of the predicted risks."""
    stream_ece: float | None
    """Expected calibration error over ten bins of risk."""
    verification_n: int
    verification_wrong: int
    """How many of all verification points were predicted wrong."""
    verification_expected: float
    """How many the predictions expected to be wrong."""
    verification_due: int
    """Verification points to ask for now: all else holds, and they are missing."""
    drift: float | None
    """Share of the fixed points whose predicted label changed since the previous fit; None for the first."""
    kappa: float | None
    """Cohen's agreement of the two, corrected for chance."""
    expected_error: float
    """Share of the space that the classifier itself expects to have wrong: the mean of min(risk, 1 - risk)."""
    training_accuracy: float
    length_scales: tuple[float, ...]
    edge_share: float | None
    """As in `Health`."""
    nearest_distance: float | None
    with_margins: bool
    """Whether the classifier believes margins."""
    converged: bool
    capped: bool
    """Whether a cap is reached: stop even if nothing has converged."""
    reason: str
    """Which conditions are not met, or that all are; and which cap is reached."""


class Assessed(Protocol):
    """What an assessment says of a classifier itself."""

    @property
    def training_accuracy(self) -> float:
        """Share of the training labels that are reproduced."""

    @property
    def length_scales(self) -> Array:
        """Of all its kernels, in units of the parameter ranges."""

    @property
    def with_margins(self) -> bool:
        """Whether it believes margins."""


NO_HEALTH, NO_CAPS, NOTHING_SPENT = Health(), Caps(), Spent(0)


def assess(
    rule: StoppingRule,
    *,
    everywhere: Sequence[Array],
    stream: Outcomes,
    classifier: Assessed,
    n_failed: int,
    verification: Outcomes = NO_OUTCOMES,
    nothing_to_learn: str = "",
    health: Health = NO_HEALTH,
    caps: Caps = NO_CAPS,
    spent: Spent = NOTHING_SPENT,
) -> Assessment:
    """Assess a classifier.

    Parameters
    ----------
    rule
        When to stop.
    everywhere
        Risks on the fixed points by successive fits, the present one last.
    stream
        Of the points of the unbiased stream.
    classifier
        The present fit.
    n_failed
        Simulations without a label.
    verification
        Of the verification points.
    nothing_to_learn
        Why there is no boundary to be learned yet; empty when both labels were met.
    health
        Of the last boundary points.
    caps, spent
        What may be and what was spent.
    """
    n = len(stream.labels)
    low, high = clopper_pearson(n - stream.wrong, n)
    predicted = [risks > 0.5 for risks in everywhere]
    drifts = [float(np.mean(a != b)) for a, b in pairwise(predicted)]
    one_class = np.unique(predicted[-1:]).size < 2
    expected = float(np.mean(doubt(everywhere[-1]))) if everywhere else 0.5
    unmet, unverified = [nothing_to_learn], []
    if not nothing_to_learn:
        unmet = _unmet(rule, drifts, expected, stream, classifier.training_accuracy, one_class)
        unverified = objections(verification) if rule.verified else []
    reason = "; ".join([*unmet, *unverified]) or LEARNED
    reached = _reached(caps, spent)
    return Assessment(
        n_failed=n_failed,
        stream_n=n,
        stream_correct=n - stream.wrong,
        stream_accuracy=1.0 - stream.wrong / n if n else None,
        stream_low=low,
        stream_high=high,
        stream_brier=float(np.mean((stream.risk - stream.labels) ** 2)) if n else None,
        stream_ece=expected_calibration_error(*stream) if n else None,
        verification_n=len(verification.labels),
        verification_wrong=verification.wrong,
        verification_expected=verification.expected_wrong,
        verification_due=missing(verification) if unverified and not unmet else 0,
        drift=drifts[-1] if drifts else None,
        kappa=cohen_kappa(*predicted[-2:]) if drifts else None,
        expected_error=expected,
        training_accuracy=classifier.training_accuracy,
        length_scales=tuple(map(float, classifier.length_scales)),
        edge_share=health.edge_share,
        nearest_distance=health.nearest_distance,
        with_margins=classifier.with_margins,
        converged=not (unmet or unverified),
        capped=bool(reached),
        reason=f"{reached}; {reason}" if reached else reason,
    )


def nothing_to_learn(labels: NDArray[np.int8]) -> str:
    """Say why no boundary can be learned from labels, 0, 1 or -1 where there is none; nothing once both were met."""
    known = labels[labels >= 0]
    if len(np.unique(known)) == 2:
        return ""
    if len(labels) == 0:
        return "nothing was simulated yet"
    if len(known) == 0:
        return f"all {len(labels)} simulations failed"
    return f"no boundary was met: all {len(known)} labels are {known[0]}"


LEARNED = "the boundary is at rest, and what was predicted came true"


def _reached(caps: Caps, spent: Spent) -> str:
    """Say which cap is reached first in the order of `Caps`; nothing if none is."""
    for field in fields(Caps):
        cap, used = getattr(caps, field.name), getattr(spent, field.name)
        if used >= cap:
            return f"{used:g} of at most {cap:g} {field.name.replace('_', ' ')} are spent"
    return ""


def _unmet(
    rule: StoppingRule,
    drifts: Sequence[float],
    expected_error: float,
    stream: Outcomes,
    training_accuracy: float,
    one_class: bool,
) -> list[str]:
    """Say which conditions are not met, but for the verification."""
    last, streamed = drifts[-rule.checks :], stream.last(rule.window)
    unmet = []
    if training_accuracy < 1:
        unmet.append(f"{(1 - training_accuracy) * 100:.1f} % of the training labels are not reproduced")
    if len(last) < rule.checks:
        unmet.append(f"{len(last)} of {rule.checks} fits to compare")
    elif max(last) > rule.largest_drift:
        moved = f"{max(last) * 100:.1f} % of the space in one of the last {rule.checks} fits"
        unmet.append(f"the boundary moved by {moved}, at most {rule.largest_drift * 100:g} % allowed")
    if expected_error > rule.largest_expected_error:
        allowed = f"at most {rule.largest_expected_error * 100:g} % allowed"
        unmet.append(f"the classifier expects {expected_error * 100:.1f} % of the space to be wrong, {allowed}")
    if len(streamed.labels) < rule.window:
        unmet.append(f"the stream has {len(streamed.labels)} of {rule.window} points")
    if streamed.wrong > rule.errors:
        of_last = f"{streamed.wrong} of the last {len(streamed.labels)} stream points"
        unmet.append(f"{of_last} were predicted wrong, at most {rule.errors} allowed")
    if one_class:
        unmet.append("no boundary was found: one class is predicted everywhere")
    return unmet


def cohen_kappa(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Return the agreement of two labellings beyond chance; 1 when they are equal."""
    agree = np.mean(a == b)
    chance = a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean())
    return 1.0 if chance == 1 else float((agree - chance) / (1 - chance))
