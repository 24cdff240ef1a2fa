"""What the risk is worth: as it is told, by the Gaussian of expectation propagation alone, and by exact sampling.

    python benchmarks/calibration.py [--seeds 30] [--exact 3] [--spaces plane sine2 risk5 …]

Learners choose points as campaigns do, a quarter of them of the Sobol stream. After 24, 40 and 64 points the classifier
tells the risk of points that it has not seen: 2,048 simulated ones in the plane of the default campaign (whose control
is not told here), 2,000 of functions with known boundaries. Log loss is the mean of −log p(label), the risk being kept
1e-6 away from 0 and 1. The exact risk, which takes seconds per fit, is sampled for the first seeds.
"""

import argparse
import os
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from boundaries import FUNCTIONS, OTHERS
from exact import exact_risk
from learning import Run, test_points
from scipy.special import ndtr
from spaces import SPACES, truth

from pointes.learning import ActiveLearner, GaussianProcessClassifier

SIZES = (24, 40, 64)
BATCH = 8
UNSEEN = 2000
SHOWN = ("plane", "sine2", "branin2", "banana2", "saddle3", "stairs4", "ripple4", "risk5", "kink6", "risk7")


def log_loss(risk: np.ndarray, label: np.ndarray) -> float:
    return float(-np.log(np.maximum(np.where(label, risk, 1 - risk), 1e-6)).mean())


def accuracy(risk: np.ndarray, label: np.ndarray) -> float:
    return float(np.mean((risk > 0.5) == label))


def gaussian_risk(classifier: GaussianProcessClassifier, points: np.ndarray) -> np.ndarray:
    mean, sd = classifier.latent(points)
    return ndtr(mean / sd)


def fits(name: str, seed: int) -> Iterator[GaussianProcessClassifier]:
    """Learn a space, and give the classifier at each of the `SIZES`."""
    if name in SPACES:
        space = SPACES[name]()
        learner = ActiveLearner(space.ranges, start=space.learning.start, seed=seed)
    else:
        function, d, _, _ = (FUNCTIONS | OTHERS)[name]
        run = Run(function, d, seed)
        learner = run.learner
    for size in SIZES:
        while (missing := size - len(learner.history.points)) > 0:
            proposal = learner.ask(min(BATCH, missing))
            label = space.simulate(proposal.points)["label"] if name in SPACES else function(proposal.points) > 0
            learner.tell(proposal.points, label, purpose=proposal.purpose, risk=proposal.risk)
        yield learner.classifier


def unseen(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return points and labels with which predictions are compared."""
    if name in SPACES:
        points, label = truth(name, SPACES[name](), 2048, None)
        return points[label >= 0], label[label >= 0] == 1
    function, d, _, _ = (FUNCTIONS | OTHERS)[name]
    points = test_points(d)[:UNSEEN]
    return points, function(points) > 0


def row(name: str, size: int, classifiers: list[GaussianProcessClassifier], n_exact: int) -> str:
    points, label = unseen(name)
    risks = {
        "Gaussian": [gaussian_risk(one, points) for one in classifiers],
        "reported": [one.predict_proba(points) for one in classifiers],
        "exact": [exact_risk(one, points) for one in classifiers[:n_exact]],
    }
    loss = {way: np.array([log_loss(risk, label) for risk in found]) for way, found in risks.items()}
    right = {way: np.array([accuracy(risk, label) for risk in found]) for way, found in risks.items()}
    doubt = {way: np.mean([np.minimum(p, 1 - p).mean() for p in found[:n_exact]]) for way, found in risks.items()}
    columns = [name, str(size)]
    columns += [f"{loss[way].mean():.4f} ({loss[way].max():.4f})" for way in ("Gaussian", "reported")]
    columns.append(f"{np.sum(loss['reported'] > loss['Gaussian'])} of {len(classifiers)}")
    columns += [f"{right[way].mean():.4f} ({right[way].min():.4f})" for way in ("Gaussian", "reported")]
    if n_exact:
        columns.append(" ".join(f"{found[:n_exact].mean():.4f}" for found in loss.values()))
        columns.append(" ".join(f"{share:.2%}" for share in doubt.values()))
    return f"| {' | '.join(columns)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--exact", type=int, default=3, help="seeds whose exact risk is sampled, too")
    parser.add_argument("--spaces", nargs="+", choices=[*SPACES, *FUNCTIONS, *OTHERS], default=list(SHOWN))
    options = parser.parse_args()
    heads = ["space", "points", "log loss: Gaussian", "reported", "worse in", "accuracy: Gaussian", "reported"]
    heads += ["log loss: Gaussian, reported, exact", "expected error: the same"] if options.exact else []
    print(f"| {' | '.join(heads)} |\n{'| --- ' * len(heads)}|")
    for name in options.spaces:
        learned = list(zip(*(fits(name, seed) for seed in range(1, options.seeds + 1)), strict=True))
        for size, classifiers in zip(SIZES, learned, strict=True):
            print(row(name, size, list(classifiers), options.exact), flush=True)


if __name__ == "__main__":
    main()
