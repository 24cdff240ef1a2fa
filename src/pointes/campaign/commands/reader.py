"""Predictions of a surrogate that `pointes export` wrote, with NumPy and netCDF4 alone: copy this file where needed.

    mean, sd = predict(load("export.nc"), [[0.3, 1000.0]])["apd90_ms"]
    risk = probability(load("export.nc"), [[0.3, 0.1]])["class"]

Points have a column for each of ``surrogate["parameters"]``, in its unit. Quantities are defined where the probability
of ``region``, if it is there, is above 0.5. Of a class, means and standard deviations are those of its latent function.
"""

import math

import netCDF4
import numpy as np


def load(path):
    """Return the arrays of an exported surrogate by name, and the names of its parameters and parts."""
    with netCDF4.Dataset(path) as file:
        arrays = {name: np.asarray(variable[...]) for name, variable in file.variables.items()}
        return {**arrays, **{name: file.getncattr(name).split() for name in ("parameters", "parts")}}


def predict(surrogate, points):
    """Return mean and standard deviation, (m,) each, of every part at points (m, d)."""
    return {name: posterior(part, x)[:2] for name, (part, x) in placed(surrogate, points).items()}


def probability(surrogate, points):
    """Return the probability of class 1, (m,), of every part that is a class, at points (m, d)."""
    return {name: risk(part, x) for name, (part, x) in placed(surrogate, points).items() if "skewness" in part}


def placed(surrogate, points):
    """Return the arrays of every part, and the inputs that it has for points."""
    x, bounds, logarithmic = np.array(points, float), surrogate["bounds"], surrogate["logarithmic"] == 1
    x[:, logarithmic] = np.log10(x[:, logarithmic])
    x = (x - bounds[:, 0]) / (bounds[:, 1] - bounds[:, 0])
    named = [(name, f"{name}.") for name in surrogate["parts"]]
    parts = {name: {k.removeprefix(p): v for k, v in surrogate.items() if k.startswith(p)} for name, p in named}
    return {name: (part, with_fidelity(parts, part, x)) for name, part in parts.items()}


def with_fidelity(parts, p, x):
    """Return points of the unit cube with what a class of two fidelities adds to them: a latent mean, or factors."""
    if "latent_range" in p:
        low, high = p["latent_range"]
        return np.column_stack([x, (posterior(parts["low"], x)[0] - low) / (high - low)])
    return np.column_stack([x, np.tile(p["factors"], (len(x), 1))]) if "factors" in p else x


def posterior(p, x):
    """Return mean and standard deviation of a part at inputs, and covariances before and after they are whitened."""
    covariance = anova if "warps" in p else joint if "factors" in p else trend
    cross, own = covariance(p, p["points"], x), np.array([covariance(p, row[None], row[None])[0, 0] for row in x])
    explained = p["roots"][:, None] * cross
    for k, row in enumerate(p["factor"]):
        explained[k] = (explained[k] - row[:k] @ explained[:k]) / row[k]
    variance = np.maximum(own - (explained**2).sum(axis=0), p["smallest"] + p["rounding"] * own)
    return p["mean"] + p["weights"] @ cross, p["scale"] * np.sqrt(variance + p["nugget"]), cross, explained


def risk(p, x):
    """Return the probabilities that a latent function is positive; the labels that matter most are taken as signs."""
    mean, sd, cross, explained = posterior(p, x)
    before, odds = normal(mean / sd), np.zeros(len(x))
    if len(p["rows"]):
        all_c = cross[p["rows"]].T - explained.T @ posterior(p, p["points"][p["rows"]])[3]
        skew, found = p["skewness"] * all_c**3, [np.argmax(all_c**2 / p["variance"], axis=1)]
        for most in [np.argmax, np.argmin] * 4:
            found.append(most(skew, axis=1))
            skew[np.arange(len(x)), found[-1]] = 0
        which = np.stack(found, axis=1)
        c, m, v = np.take_along_axis(all_c, which, axis=1), mean[:, None], sd[:, None] ** 2
        names = ("sign", "label_mean", "variance", "precision", "cavity_mean", "cavity_variance", "score")
        sign, m_i, v_i, precision, m_c, v_c, score = (p[name][which] for name in names)
        shared = c * v_c / v_i
        wide = np.sqrt(v + precision * c * shared)
        rho = sign * np.clip(shared / wide / np.sqrt(v_c), 1e-12 - 1, 1 - 1e-12)
        given = both_positive(p, (m + c * (m_c - m_i) / v_i) / wide, score, rho) / normal(score)
        shift = (log_odds(given) - log_odds(before[:, None])) * c**2 / (v_i * v)
        odds = np.maximum(shift.max(axis=1), 0) + np.minimum(shift.min(axis=1), 0)
    doubtful = np.abs(mean / sd) < 4
    return np.where(doubtful, 1 / (1 + (1 - before) / np.maximum(before, 1e-300) * np.exp(-odds)), before)


def both_positive(p, h, k, rho):
    """Return the probability that normals of means h and k, unit variance and correlation rho are both positive."""
    h, k = (np.where(z == 0, 1e-100, z) for z in (h, k))
    width = np.sqrt(1 - rho**2)
    owens = owens_t(p, h, (k / h - rho) / width) + owens_t(p, k, (h / k - rho) / width)
    return np.clip((normal(h) + normal(k)) / 2 - owens - ((h < 0) != (k < 0)) / 2, 0, 1)


def owens_t(p, h, a):
    """Return Owen's function by Gauss-Legendre quadrature, for slopes above 1 by reflection."""
    h, steep = np.abs(h), np.abs(a) > 1
    tails = normal(-h), normal(-h * np.abs(a))
    h, slope = (
        np.where(steep, h * np.abs(a), h)[..., None],
        np.where(steep, 1 / np.where(steep, np.abs(a), 1), np.abs(a)),
    )
    square = 1 + (slope[..., None] * p["nodes"]) ** 2
    small = slope / (2 * np.pi) * (np.exp(-0.5 * h**2 * square) / square @ p["node_weights"])
    return np.sign(a) * np.where(steep, (tails[0] + tails[1]) / 2 - tails[0] * tails[1] - small, small)


def normal(z):
    """Return the standard normal distribution function."""
    return 0.5 * np.vectorize(math.erfc, otypes=[float])(-z / math.sqrt(2))


def log_odds(probability):
    """Return log odds, of probabilities within 1e-9 of 0 or 1 those of that distance."""
    probability = np.clip(probability, 1e-9, 1 - 1e-9)
    return np.log(probability / (1 - probability))


def trend(p, a, b):
    """Return the covariances of a class: bends and a trend of lines and parabolas."""
    length, shift = p["length_scales"], 1 / 12 / p["length_scales"] ** 2
    bends = np.exp(-0.5 * (((a[:, None] - b) / length) ** 2).sum(axis=2))
    z = [(points - 0.5) / length for points in (a, b)]
    first, second = (np.column_stack([np.ones(len(t)), t, (t**2 - shift) / np.sqrt(2)]) for t in z)
    whole = 1 + p["trend"] ** 2 * (1 + shift.sum() + (0.5 / 180 / length**4).sum())
    return (bends + p["trend"] ** 2 * first @ second.T) / whole


def joint(p, a, b):
    """Return the covariances of a class of two fidelities, whose factors are the last two inputs."""
    of_low = a[:, -2:-1] * b[:, -2] * trend(p, a[:, :-2], b[:, :-2])
    gap = {"length_scales": p["gap_length_scales"], "trend": p["gap_trend"]}
    return of_low + a[:, -1:] * b[:, -1] * trend(gap, a[:, :-2], b[:, :-2])


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
