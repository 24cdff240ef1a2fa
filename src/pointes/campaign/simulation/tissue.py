"""From a campaign's configuration to the description of its tissue, and back from mistakes to its keys."""

import re
from typing import TYPE_CHECKING

from pointes.campaign.configuration.schema import Config

if TYPE_CHECKING:
    from pointes.tissue.description import Setup


def describe_tissue(config: Config) -> "Setup":
    """Return the description of a configuration's tissue without any block."""
    from pointes.tissue.description import Setup, Site

    tissue = config.simulation.tissue
    return Setup(
        scale=config.simulation.scale,
        model=config.model.name,
        celltype=config.model.celltype,
        size_mm=tissue.size,
        spacing_mm=tissue.spacing,
        layers=tissue.layers,
        fibre_angles_deg=tissue.fibre_angles,
        along=tissue.diffusivity.along,
        across=tissue.diffusivity.across,
        cell_beats=config.protocol.beats,
        tolerance=config.protocol.tolerance,
        cell_stimulus_duration_ms=config.protocol.stimulus_duration,
        cell_stimulus_level=config.protocol.stimulus_level,
        cycle_length_ms=config.protocol.cycle_length,
        beats=tissue.beats,
        label_beats=tissue.label_beats,
        rest_ms=tissue.rest,
        sites=tuple(
            Site(site.surface, site.depth, site.centre, site.radius, site.delay) for site in tissue.stimulus.sites
        ),
        amplitude=tissue.stimulus.amplitude,
        duration_ms=tissue.stimulus.duration,
        electrodes=tissue.electrodes,
        time_step_ms=tissue.time_step,
        substeps=None if tissue.substeps == "auto" else tissue.substeps,
        adaptive=tissue.adaptive,
    )


# The tissue package knows no configuration: its messages name its own arguments, users know these keys
_KEYS = {
    r"\bstimulus site (\d+)": r"simulation.tissue.stimulus.sites.\1",
    r"\belectrode (\S+)": r"simulation.tissue.electrodes.\1",
    r"\b(?:size|length)_mm\b": "simulation.tissue.size",
    r"\b(spacing|time_step|rest)_m[ms]\b": r"simulation.tissue.\1",
    r"^layers\b": "simulation.tissue.layers",
    r"\bduration_ms\b": "simulation.tissue.stimulus.duration",
    r"\bcycle_length_ms\b": "protocol.cycle_length",
    r"\bcell_stimulus_duration_ms\b": "protocol.stimulus_duration",
    r"\b(depth|centre|radius|delay)_m[ms]\b": r"\1",  # of a site, which the message has named
}


def in_keys(message: str) -> str:
    """Return a message of the tissue package as one about this part of a configuration, by the keys in it.

    Examples
    --------
    >>> in_keys("size_mm 1.1 is not a multiple of spacing_mm 0.25; expected 1 or 1.25")
    'simulation.tissue.size 1.1 is not a multiple of simulation.tissue.spacing 0.25; expected 1 or 1.25'
    >>> in_keys("unknown cell type 'apex'; expected endo")
    "simulation.tissue: unknown cell type 'apex'; expected endo"
    """
    for name, key_path in _KEYS.items():
        message = re.sub(name, key_path, message)
    return message if message.startswith("simulation.tissue.") else f"simulation.tissue: {message}"
