"""The keys of a configuration that define what results mean: results with other values of them never mix."""

from collections.abc import Mapping
from typing import Any

MEANING = (
    "name",
    "seed",
    "model.name",
    "model.celltype",
    "protocol.cycle_length",
    "protocol.beats",
    "protocol.label_beats",
    "protocol.tolerance",
    "parameters.blocks",
    "learning.start",
    "learning.batch",
    "learning.stream_share",
)
"""Keys that define what results mean in every campaign."""

TISSUE = ("simulation.scale", "simulation.tissue")
"""Keys that also define what results mean in campaigns of tissues."""

YOUNGER: Mapping[str, Any] = {
    "image": None,
    "coarse_spacing": None,
    "fibrosis": {"density": 0.0, "patch": 1.0, "seed": 1},
}
"""Keys of tissues that the oldest campaigns do not have: they are left out where they have the value here."""

NEUTRAL: Mapping[str, Any] = {
    "learning.warm_start": None,
    "learning.fidelities": None,
    "learning.acquisition": "sur",
    "protocol.stimulus_duration": None,
    "protocol.stimulus_level": None,
    "model.constants": {},
    "protocol.until_steady": False,
    "learning.target": "label",
    "learning.low_target": None,
    "sweep": None,
}
"""Keys that also define what results mean, unless they have the value here, with which they add nothing."""

ABSENT: Mapping[str, Any] = {"simulation.scale": "cell", **NEUTRAL}
"""Values that keys stand for when `meaning` does not return them."""

PANEL = (
    "name",
    "seed",
    "protocol.cycle_length",
    "protocol.beats",
    "protocol.until_steady",
    "protocol.label_beats",
    "protocol.tolerance",
)
"""Keys that define what results mean in panel campaigns; each file of a scenario names its drugs, doses and model."""


def is_panel(config: Mapping[str, Any]) -> bool:
    """Return whether a configuration is that of a panel campaign, and not of one that learns."""
    return "panel" in config


def panel_meaning(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the keys that define what the results of a panel campaign mean, by dotted path."""
    return {path: _value(config, path) for path in PANEL}


def meaning(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the keys that define what results mean, by dotted path, from a configuration as JSON."""
    if is_panel(config):
        return panel_meaning(config)
    found = {path: _value(config, path) for path in MEANING}
    if _value(config, "simulation.scale") not in (None, "cell"):
        found |= {path: _value(config, path) for path in TISSUE}
        tissue = found["simulation.tissue"]
        if isinstance(tissue, Mapping):
            found["simulation.tissue"] = {
                key: value for key, value in tissue.items() if key not in YOUNGER or value != YOUNGER[key]
            }
    optional = {path: _value(config, path) for path in NEUTRAL}
    axes = config.get("parameters")
    if isinstance(axes, Mapping):
        found |= {f"parameters.{name}": axis for name, axis in axes.items() if name != "blocks"}
    return found | {path: value for path, value in optional.items() if value not in (None, NEUTRAL[path])}


def _value(config: Mapping[str, Any], path: str) -> Any:
    """Return the value of a key, or None: a configuration that is older than a key does not have it."""
    section, _, name = path.rpartition(".")
    values = config.get(section) if section else config
    return values.get(name) if isinstance(values, Mapping) else None
