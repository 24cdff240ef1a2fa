"""Predictions of a surrogate that `pointes export` wrote, with NumPy and netCDF4 alone: copy this file where needed.

    mean, sd = predict(load("export.nc"), [[0.3, 1000.0]])["apd90_ms"]

Points have a column for each of ``surrogate["parameters"]``, in its unit. Quantities are defined where the mean of
``region``, if it is there, is positive. Of a class, class 1 is predicted where the mean of ``class`` is positive.
"""

import netCDF4
import numpy as np


def load(path):
    """Return the arrays of an exported surrogate by name, and the names of its parameters and parts."""
    with netCDF4.Dataset(path) as file:
        arrays = {name: np.asarray(variable[...]) for name, variable in file.variables.items()}
        return {**arrays, **{name: file.getncattr(name).split() for name in ("parameters", "parts")}}


def predict(surrogate, points):
    """Return mean and standard deviation, (m,) each, of every part at points (m, d)."""
    x, bounds, logarithmic = np.array(points, float), surrogate["bounds"], surrogate["logarithmic"] == 1
    x[:, logarithmic] = np.log10(x[:, logarithmic])
    x = (x - bounds[:, 0]) / (bounds[:, 1] - bounds[:, 0])
    named = [(name, f"{name}.") for name in surrogate["parts"]]
    parts = {name: {k.removeprefix(p): v for k, v in surrogate.items() if k.startswith(p)} for name, p in named}
    return {name: moments(part, x) for name, part in parts.items()}


def moments(p, x):
    """Return mean and standard deviation of a part at points of the unit cube."""
    covariance = anova if "warps" in p else trend
    cross, own = covariance(p, p["points"], x), np.array([covariance(p, row[None], row[None])[0, 0] for row in x])
    explained = p["roots"][:, None] * cross
    for k, row in enumerate(p["factor"]):
        explained[k] = (explained[k] - row[:k] @ explained[:k]) / row[k]
    variance = np.maximum(own - (explained**2).sum(axis=0), p["smallest"] + p["rounding"] * own)
    return p["mean"] + p["weights"] @ cross, p["scale"] * np.sqrt(variance + p["nugget"])


def trend(p, a, b):
    """Return the covariances of a class: bends and a trend of lines and parabolas."""
    length, shift = p["length_scales"], 1 / 12 / p["length_scales"] ** 2
    bends = np.exp(-0.5 * (((a[:, None] - b) / length) ** 2).sum(axis=2))
    z = [(points - 0.5) / length for points in (a, b)]
    first, second = (np.column_stack([np.ones(len(t)), t, (t**2 - shift) / np.sqrt(2)]) for t in z)
    whole = 1 + p["trend"] ** 2 * (1 + shift.sum() + (0.5 / 180 / length**4).sum())
    return (bends + p["trend"] ** 2 * first @ second.T) / whole


def anova(p, a, b):
    """Return the covariances of a quantity: effects of single inputs, of pairs, triples and so on."""
    c, length = np.where(p["warps"] == 0, 1, p["warps"]), p["length_scales"][:, None, None]
    u, v = (np.where(p["warps"] == 0, t, -np.log1p(np.expm1(-c) * t) / c).T for t in (a, b))
    to_nodes = (base(np.abs(t[:, :, None] - p["nodes"]), length, p["smooth"]) @ p["node_weights"] for t in (u, v))
    at_u, at_v = (projection / np.sqrt(p["total"])[:, None] for projection in to_nodes)
    effects = base(np.abs(u[:, :, None] - v[:, None]), length, p["smooth"]) - at_u[:, :, None] * at_v[:, None]
    e = (effects / p["centred"][:, None, None]).reshape(len(c), -1)
    covariance = np.einsum("ip,ip->p", 0.5 * (p["pairs"] @ e) + p["effects"][:, None], e) + 1
    sums = [np.ones_like(covariance), *np.zeros((len(p["interactions"]) + 2, e.shape[1]))]
    for share, effect in zip(p["shares"], e, strict=True):
        for order in range(len(sums) - 1, 0, -1):
            sums[order] = sums[order] + share * effect * sums[order - 1]
    for strength, each in zip(p["interactions"], sums[3:], strict=True):
        covariance += strength * each
    return covariance.reshape(len(a), -1) * p["amplitude"] ** 2


def base(distance, length, smooth):
    """Return the RBF or the Matérn 5/2 kernel."""
    z = distance / length
    return np.exp(-0.5 * (z * z)) if smooth else matern(np.sqrt(5.0) * distance / length)


def matern(z):
    """Return the Matérn 5/2 kernel."""
    return (1.0 + z + z * z / 3.0) * np.exp(-z)
