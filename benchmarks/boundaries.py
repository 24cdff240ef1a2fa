"""Functions with known boundaries, on which learners are measured: each maps the unit cube to a margin.

The label is 1 where the margin is positive.
"""

from collections.abc import Callable

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]


def hill(block: np.ndarray, half: float, exponent: float) -> np.ndarray:
    return (1 + half**exponent) * block**exponent / (block**exponent + half**exponent)


def sine2(x: np.ndarray) -> np.ndarray:
    """Sahli Costabal et al., Comput. Methods Appl. Mech. Eng. 357, 112602 (2019), doi:10.1016/j.cma.2019.112602."""
    return 0.5 + np.sin(2.5 * np.pi * x[:, 0]) / 3 - x[:, 1]


def branin2(x: np.ndarray) -> np.ndarray:
    """Three islands: Branin's function below 20."""
    u, v = 15 * x[:, 0] - 5, 15 * x[:, 1]
    valley = v - 5.1 * u**2 / (4 * np.pi**2) + 5 * u / np.pi - 6
    return 20 - (valley**2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(u) + 10)


def risk5(x: np.ndarray) -> np.ndarray:
    """A smooth stand-in for arrhythmic risk over the blocks of IKr, ICaL, INaL, IKs and IK1."""
    kr, cal, nal, ks, k1 = x[:, :5].T
    drive = 1.5 * hill(kr, 0.5, 2) + 0.45 * ks + 0.9 * kr * ks + 0.35 * k1
    return drive - 1.25 * cal * (1 - 0.3 * cal) - 0.75 * nal * (0.4 + 0.6 * kr) - 0.35


def risk7(x: np.ndarray) -> np.ndarray:
    """The same with INa, which brings a kink, and Ito, whose effect is not monotone."""
    na, to = x[:, 5], x[:, 6]
    return risk5(x) - 0.3 * na + 0.25 * np.sin(np.pi * to) + 0.35 * np.maximum(na - 0.6, 0) * x[:, 0] - 0.1


def hart6(x: np.ndarray) -> np.ndarray:
    """Curved islands: Hartmann's function in six dimensions above 0.3."""
    a = np.array(
        [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
    )
    p = [[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991]]
    p = 1e-4 * np.array([*p, [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381]])
    peaks = (np.exp(-((x - centre) ** 2 * width).sum(axis=1)) for centre, width in zip(p, a, strict=True))
    return sum(height * peak for height, peak in zip((1, 1.2, 3, 3.2), peaks, strict=True)) - 0.3


FUNCTIONS = {  # dimensions, points at most, batch
    "sine2": (sine2, 2, 64, 4),
    "branin2": (branin2, 2, 96, 4),
    "risk5": (risk5, 5, 160, 8),
    "risk7": (risk7, 7, 256, 8),
    "hart6": (hart6, 6, 384, 16),
}


def circle2(x: np.ndarray) -> np.ndarray:
    return 0.09 - (x[:, 0] - 0.45) ** 2 - (x[:, 1] - 0.55) ** 2


def banana2(x: np.ndarray) -> np.ndarray:
    """A thin bent island."""
    u, v = 4 * x[:, 0] - 2, 4 * x[:, 1] - 1
    return 1 - 0.5 * (u**2 / 1.2 + (v - u**2) ** 2 / 0.25)


def islands3(x: np.ndarray) -> np.ndarray:
    """Three balls, far from each other."""
    centres = np.array([[0.25, 0.3, 0.3], [0.75, 0.7, 0.35], [0.5, 0.25, 0.8]])
    return 0.26 - np.min([np.linalg.norm((x - centre) / [1, 1.2, 0.9], axis=1) for centre in centres], axis=0)


def saddle3(x: np.ndarray) -> np.ndarray:
    """Regions that meet at corners."""
    return 4 * (x[:, 0] - 0.5) * (x[:, 1] - 0.4) + 0.5 * np.sin(3 * x[:, 2]) - 0.35


def smooth4(x: np.ndarray) -> np.ndarray:
    return hill(x[:, 0], 0.4, 3) + 0.8 * x[:, 1] * x[:, 2] - 0.7 * np.sqrt(x[:, 3] + 0.01) - 0.25


def corner4(x: np.ndarray) -> np.ndarray:
    """A right angle along the axes; the last parameter does nothing."""
    return np.minimum(x[:, 0] - 0.35, 0.8 - x[:, 1]) + 0.1 * (x[:, 2] - 0.5)


def stairs4(x: np.ndarray) -> np.ndarray:
    """Three steps."""
    return x[:, 3] + 0.15 * x[:, 2] - 0.25 - np.floor(3 * (x[:, 0] + 0.5 * x[:, 1])) / 5


def ripple4(x: np.ndarray) -> np.ndarray:
    """A plane with ripples that are finer than the points can lie apart."""
    return x[:, 0] + 0.3 * x[:, 1] - 0.2 * x[:, 2] - 0.5 + 0.07 * np.sin(30 * x[:, 1] + 12 * x[:, 3])


def kink6(x: np.ndarray) -> np.ndarray:
    """Two kinks; the last two parameters do nothing."""
    return x[:, 0] + np.maximum(x[:, 1] - 0.5, 0) - 0.8 * np.maximum(x[:, 2], 0.4) - 0.4 * x[:, 3] + 0.2


def linear12(x: np.ndarray) -> np.ndarray:
    """Nearly a plane; the last four parameters do nothing."""
    slope = np.array([1.3, -1.1, 0.8, -0.7, 0.5, -0.4, 0.3, -0.2, 0, 0, 0, 0])
    return x @ slope + 0.25 * np.sin(np.pi * x[:, 0]) + 0.2 * np.maximum(x[:, 1] - 0.6, 0) - 0.35


OTHERS = {
    "circle2": (circle2, 2, 48, 4),
    "banana2": (banana2, 2, 96, 4),
    "islands3": (islands3, 3, 160, 8),
    "saddle3": (saddle3, 3, 128, 8),
    "smooth4": (smooth4, 4, 96, 8),
    "corner4": (corner4, 4, 96, 8),
    "stairs4": (stairs4, 4, 160, 8),
    "ripple4": (ripple4, 4, 160, 8),
    "kink6": (kink6, 6, 160, 8),
    "linear12": (linear12, 12, 160, 8),
}
