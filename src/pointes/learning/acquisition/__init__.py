"""Acquisition: which points are worth labelling next.

An acquisition is a subclass of `pointes.learning.acquisition.base.Acquisition` in a module of its own. Packages outside
pointes add theirs by an entry point in the group ``pointes.acquisitions``.
"""

from typing import TYPE_CHECKING

from pointes.registry import Registry

if TYPE_CHECKING:
    from pointes.learning.acquisition.base import Acquisition

ACQUISITIONS: Registry[type["Acquisition"]] = Registry(
    "acquisition",
    "pointes.acquisitions",
    {
        "sur": "pointes.learning.acquisition.sur:StepwiseUncertaintyReduction",
        "u": "pointes.learning.acquisition.u:U",
        "margin": "pointes.learning.acquisition.margin:Margin",
        "feasibility": "pointes.learning.acquisition.feasibility:ExpectedFeasibility",
        "straddle": "pointes.learning.acquisition.straddle:Straddle",
        "random": "pointes.learning.acquisition.random:Random",
        "sobol": "pointes.learning.acquisition.sobol:Sobol",
    },
)
"""Classes of acquisitions by the name that a configuration gives them. Looking one up imports its module."""
