"""The sections of a campaign's configuration that describe a tissue."""

from math import remainder
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from pointes.campaign.configuration.fields import Count, Name, Section, are_numbers, at_most, key, name_in, numbers
from pointes.tissue.geometry import GEOMETRIES
from pointes.vocabulary import DIFFUSIVITY_ALONG, MOST_FIBROSIS


def _divides_1_ms(value: float) -> float:
    if abs(remainder(1.0, value)) > 1e-6 * value:
        raise ValueError("expected a step of which 1 ms, the interval of the ECG, is a multiple")
    return value


def _thicknesses(value: Any) -> Any:
    if not (isinstance(value, dict) and are_numbers(value.values()) and all(share > 0 for share in value.values())):
        raise ValueError("expected positive numbers by cell type")
    return {str(name): float(share) for name, share in value.items()}


def _tags(value: Any) -> Any:
    expected = "expected an integer or a list of integers by cell type"
    if not isinstance(value, dict):
        raise ValueError(expected)
    lists = {str(name): tuple(tags) if isinstance(tags, list | tuple) else (tags,) for name, tags in value.items()}
    if not all(tags and all(type(tag) is int for tag in tags) for tags in lists.values()):
        raise ValueError(expected)
    return lists


def _sites(value: Any) -> Any:
    if not (isinstance(value, list | tuple) and value):
        raise ValueError("expected a list of sites, each a mapping of surface, depth, centre, radius and delay")
    return tuple(value)


Point = Annotated[tuple[float, float, float], numbers("three numbers, x, y and z", lambda point: len(point) == 3)]
Angles = Annotated[tuple[float, float], numbers("two numbers", lambda angles: len(angles) == 2)]
Lengths = Annotated[
    tuple[float, ...],
    numbers("up to three positive numbers", lambda sizes: len(sizes) <= 3 and all(s > 0 for s in sizes)),
]
Layers = Annotated[dict[str, float], BeforeValidator(_thicknesses)]
Tags = Annotated[dict[str, tuple[int, ...]], BeforeValidator(_tags)]
TimeStep = Annotated[float, Field(gt=0, le=0.1), AfterValidator(_divides_1_ms)]
Scale = Annotated[str, name_in(GEOMETRIES, "cell")]


class Site(Section):
    """The nodes on which a stimulus acts."""

    surface: str | None = key(
        "x0", "Face (x0, x1, y0, y1, z0 or z1) or surface of the ventricles (lv_endocardium); null: any node."
    )
    depth: float = key(0.0, "Depth beneath a face down to which nodes are stimulated.", "mm", ge=0)
    centre: Point | None = key(None, "Point (x, y, z) near which nodes are stimulated; null: anywhere.", "mm")
    radius: float | None = key(None, "Largest distance of a stimulated node from the centre.", "mm", gt=0)
    delay: float = key(
        0.0, "Time from the begin of a beat to the stimulus, which must end within the beat.", "ms", ge=0
    )


class Stimulus(Section):
    """The stimuli that start each beat of the tissue."""

    sites: Annotated[tuple[Site, ...], BeforeValidator(_sites)] = key(
        (Site(depth=1.5),),
        "Sites of the stimuli: surface, depth [mm], centre [mm], radius [mm] and delay [ms] of each.",
    )
    amplitude: float | None = key(
        None, "Depolarising current density; null: 80, or 0.5 per ms for dimensionless models.", "A/F", gt=0, le=1000
    )
    duration: float = key(2.0, "Duration of each stimulus.", "ms", gt=0, le=50)


class Diffusivity(Section):
    """The rate at which differences of potential even out."""

    along: float = key(DIFFUSIVITY_ALONG, "Diffusivity along fibres.", "mm²/ms", gt=0, le=10)
    across: float = key(0.0126, "Diffusivity across fibres.", "mm²/ms", gt=0, le=10)


class Fibrosis(Section):
    """The patches of tissue that do not conduct."""

    density: float = key(0.0, "Share of the tissue in patches; a cable has none.", "1", ge=0, le=MOST_FIBROSIS)
    patch: float = key(1.0, "Length that sets the size of the patches, about half their width.", "mm", gt=0, le=20)
    seed: int = key(1, "Seed of the places of the patches, which do not depend on the spacing.", ge=0)


class Image(Section):
    """The image file of a tissue of scale `image`."""

    file: str = key(..., "Path of a netCDF (.nc) or VTK (.vtk, .vti) image, relative to the working directory.")
    array: str = key("tags", "Name of the array that holds the tag of each voxel, an integer.")
    tags: Tags = key(
        {},
        "Tags of each cell type, an integer or a list; voxels with other tags are scar or outside. Without any, all "
        "voxels with another tag than 0 are cells of model.celltype.",
    )


class Tissue(Section):
    """The tissue that is simulated; without meaning at the scale of the cell."""

    size: Lengths = key(
        (), "Lengths along x, y and z, as many as the tissue has dimensions; none for ventricles and images.", "mm"
    )
    spacing: float = key(0.1, "Distance of neighbouring nodes; an image has its own.", "mm", gt=0, le=5)
    coarse_spacing: float | None = key(
        None, "Distance of neighbouring nodes in the low fidelity `coarse` of learning.fidelities.", "mm", gt=0, le=5
    )
    layers: Layers = key(
        {},
        "Thickness of the layer of each cell type, from the endocardium (x = 0) outwards; only shares count. Without "
        "layers all cells are of model.celltype.",
    )
    fibre_angles: Angles | None = key(
        None, "Fibre angles at endocardium and epicardium; null: along x, or 60 and -60 in ventricles.", "degrees"
    )
    image: Image | None = key(None, "Image file of a tissue of scale `image`; null for other scales.")
    diffusivity: Diffusivity = key(Diffusivity(), "Rate at which differences of potential even out.")
    fibrosis: Fibrosis = key(Fibrosis(), "Patches that do not conduct.")
    beats: Count = key(
        2,
        "Number of beats of the tissue, whose cells have been paced on their own for protocol.beats before. In the "
        "first of them the cells adapt to each other.",
        "beats",
    )
    label_beats: Annotated[Count, at_most("simulation.tissue.beats")] = key(
        1, "Number of last beats of the tissue in which an arrhythmia counts.", "beats", validate_default=True
    )
    rest: float | None = key(
        None,
        "Time from the begin of the last beat to the end, long enough to repolarise; null: protocol.cycle_length.",
        "ms",
        ge=100,
        le=20000,
    )
    stimulus: Stimulus = key(Stimulus(), "Stimuli that start each beat of the tissue.")
    electrodes: dict[Name, Point] = key(
        {},
        "Positions of the electrodes of the pseudo-ECG by name; QT is measured in the first lead. Without any there is "
        "one, 20 mm beyond the end of x.",
        "mm",
    )
    time_step: TimeStep = key(0.02, "Time step of the reaction, of which 1 ms must be a multiple.", "ms")
    substeps: Count | Literal["auto"] = key(
        "auto", "Number of diffusion steps in a time step; `auto`: as many as stability needs.", "steps"
    )
    adaptive: bool = key(True, "Whether cells whose potential rests are updated less often, at least every 0.15 ms.")


class SimulationSection(Section):
    """The scale at which each point is simulated."""

    scale: Scale = key(
        "cell",
        "Scale at which each point is simulated: a cell, or a tissue of one of these geometries or one that another "
        "package adds.",
        examples=["cell", *GEOMETRIES.built_in],
    )
    tissue: Tissue = key(Tissue(), "Tissue that is simulated; without meaning at the scale of the cell.")
