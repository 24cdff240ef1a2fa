"""Statistics that more than one part of pointes reports."""


def clopper_pearson(hits: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact confidence interval of a share of which ``hits`` of ``total`` were seen; (0, 1) for none seen.

    References
    ----------
    .. [1] Clopper and Pearson, Biometrika 26, 404 (1934). doi:10.1093/biomet/26.4.404

    Examples
    --------
    >>> [round(bound, 3) for bound in clopper_pearson(20, 20)]  # 0.025 ** (1 / 20)
    [0.832, 1.0]
    """
    # Not scipy.stats.binomtest, whose import takes a second
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = float(betaincinv(hits, total - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, total - hits, 1 - tail)) if hits < total else 1.0
    return low, high
