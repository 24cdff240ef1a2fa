"""The largest risk along each axis that a finished campaign of blocks tells: one current is blocked, no other is.

    python benchmarks/axes.py results/ikr-ical-plane results/three-currents results/seven-channels

An axis counts as safe throughout if the predicted class is safe at all of 101 points.
"""

import argparse
from pathlib import Path

import numpy as np

from pointes.campaign.files import surrogate

POINTS = 101


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", nargs="+", type=Path, help="folders of finished campaigns")
    print("| campaign | axis | largest risk | at block | safe throughout |\n| --- | --- | --- | --- | --- |")
    for folder in parser.parse_args().results:
        classifier, ranges = surrogate.read(folder / "surrogate.nc")
        control = classifier.predict_proba(np.zeros((1, len(ranges))))[0]
        print(f"| {folder.name} | control | {control:.1e} | 0 | {'yes' if control < 0.5 else 'no'} |")
        for axis, (name, (_, high)) in enumerate(ranges.items()):
            points = np.zeros((POINTS, len(ranges)))
            points[:, axis] = np.linspace(0, high, POINTS)
            risk = classifier.predict_proba(points)
            worst = risk.argmax()
            safe = "yes" if risk.max() < 0.5 else "no"
            print(f"| {folder.name} | {name} | {risk.max():.4f} | {points[worst, axis]:.2f} | {safe} |")


if __name__ == "__main__":
    main()
