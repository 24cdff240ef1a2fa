"""From a campaign's configuration to the description of its tissue, and from mistakes in this to keys."""

from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from pointes.campaign.configuration.schema import Config
from pointes.campaign.simulation.roles import DIFFUSIVITY, LAYERS, Arguments
from pointes.campaign.space import CYCLE_LENGTH, FIBROSIS
from pointes.errors import UserError

if TYPE_CHECKING:
    from pointes.tissue.description import TissueDescription

KEYS = {
    "scale": "simulation.scale",
    "size_mm": "simulation.tissue.size",
    "spacing_mm": "simulation.tissue.spacing",
    "layers": "simulation.tissue.layers",
    "fibre_angles_deg": "simulation.tissue.fibre_angles",
    "image": "simulation.tissue.image",
    "along": "simulation.tissue.diffusivity.along",
    "across": "simulation.tissue.diffusivity.across",
    "cell_beats": "protocol.beats",
    "tolerance": "protocol.tolerance",
    "cell_stimulus_duration_ms": "protocol.stimulus_duration",
    "cell_stimulus_level": "protocol.stimulus_level",
    "cycle_length_ms": "protocol.cycle_length",
    "beats": "simulation.tissue.beats",
    "label_beats": "simulation.tissue.label_beats",
    "rest_ms": "simulation.tissue.rest",
    "fibrosis_density": "simulation.tissue.fibrosis.density",
    "fibrosis_patch_mm": "simulation.tissue.fibrosis.patch",
    "fibrosis_seed": "simulation.tissue.fibrosis.seed",
    "time_step_ms": "simulation.tissue.time_step",
    "substeps": "simulation.tissue.substeps",
    "sites": "simulation.tissue.stimulus.sites",
    "amplitude": "simulation.tissue.stimulus.amplitude",
    "duration_ms": "simulation.tissue.stimulus.duration",
    "electrodes": "simulation.tissue.electrodes",
    "blocks": "parameters.blocks",
}
"""Key of the configuration for each field of a `pointes.tissue.TissueDescription` that can be wrong."""

SITE_KEYS = {"depth_mm": "depth", "centre_mm": "centre", "radius_mm": "radius", "delay_ms": "delay"}
"""Key of a site for each field of a `pointes.tissue.Site` that has another name."""


def describe_tissue(config: Config) -> "TissueDescription":
    """Return the description of a configuration's tissue without any block."""
    from pointes.tissue.description import ImageFile, Site, TissueDescription

    tissue = config.simulation.tissue
    values = {field: attrgetter(key)(config) for field, key in KEYS.items() if field != "blocks"}
    values["sites"] = tuple(
        Site(site.surface, site.depth, site.centre, site.radius, site.delay) for site in tissue.stimulus.sites
    )
    values["substeps"] = None if tissue.substeps == "auto" else tissue.substeps
    values["image"] = tissue.image and ImageFile(tissue.image.file, tissue.image.array, tissue.image.tags)
    return TissueDescription(
        model=config.model.name, celltype=config.model.celltype, adaptive=tissue.adaptive, **values
    )


def described_at(description: "TissueDescription", arguments: Arguments, threads: int) -> "TissueDescription":
    """Return the description of a tissue at one point, with its blocks, values and axes of the tissue itself."""
    changed: dict[str, Any] = {}
    layers = dict(description.layers)
    for name, column in arguments.others.items():
        value = float(column[0])
        if name == CYCLE_LENGTH:
            changed["cycle_length_ms"] = value
        elif name == DIFFUSIVITY:
            changed |= {"along": description.along * value, "across": description.across * value}
        elif name == FIBROSIS:
            changed["fibrosis_density"] = value
        elif name.startswith(LAYERS):
            layers[name.removeprefix(LAYERS)] = value
        else:
            changed[name.removeprefix(f"{DIFFUSIVITY}.")] = value
    return replace(
        description,
        blocks={name: float(column[0]) for name, column in arguments.blocks.items()},
        values={name: float(column[0]) for name, column in arguments.values.items()},
        layers=layers,
        threads=threads,
        **changed,
    )


def in_keys(error: UserError) -> UserError:
    """Return a mistake in the description of a tissue as one about a configuration.

    Examples
    --------
    >>> print(in_keys(UserError("sites.0.depth_mm", -1, "at least 0")))
    simulation.tissue.stimulus.sites.0.depth: -1; expected at least 0
    >>> print(in_keys(UserError("does not fit into memory")))
    simulation.tissue: does not fit into memory
    """
    field, *rest = error.name.split(".")
    if field not in KEYS:
        return error.within("simulation.tissue")
    return error.renamed({error.name: ".".join([KEYS[field], *(SITE_KEYS.get(part, part) for part in rest)])})
