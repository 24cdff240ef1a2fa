"""The sections of a campaign's configuration that describe a tissue."""

from math import remainder
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from pointes.campaign.configuration.fields import Count, Name, Section, at_most, key, numbers


def _point(value: Any) -> Any:
    if not (numbers(value) and len(value) == 3):
        raise ValueError("expected three numbers, x, y and z")
    return tuple(map(float, value))


def _pair(value: Any) -> Any:
    if not (numbers(value) and len(value) == 2):
        raise ValueError("expected two numbers")
    return tuple(map(float, value))


def _lengths(value: Any) -> Any:
    if not (numbers(value) and len(value) <= 3 and all(length > 0 for length in value)):
        raise ValueError("expected up to three positive numbers")
    return tuple(map(float, value))


def _divides_1_ms(value: float) -> float:
    if abs(remainder(1.0, value)) > 1e-6 * value:
        raise ValueError("expected a step of which 1 ms, the interval of the ECG, is a multiple")
    return value


def _thicknesses(value: Any) -> Any:
    if not (isinstance(value, dict) and numbers(list(value.values())) and all(share > 0 for share in value.values())):
        raise ValueError("expected positive numbers by cell type")
    return {str(name): float(share) for name, share in value.items()}


TissueScale = Literal["cable", "sheet", "slab", "ventricles"]
Point = Annotated[tuple[float, float, float], BeforeValidator(_point)]
Angles = Annotated[tuple[float, float], BeforeValidator(_pair)]
Lengths = Annotated[tuple[float, ...], BeforeValidator(_lengths)]
Layers = Annotated[dict[str, float], BeforeValidator(_thicknesses)]
TimeStep = Annotated[float, Field(gt=0, le=0.1), AfterValidator(_divides_1_ms)]


class Site(Section):
    """Where a stimulus acts."""

    surface: str | None = key("x0", "A face (x0, x1, y0, y1, z0, z1) or a surface of the ventricles (lv_endocardium).")
    depth: float = key(0.0, "How deep beneath a face.", "mm", ge=0)
    centre: Point | None = key(None, "Only nodes near this point (x, y, z).", "mm")
    radius: float | None = key(None, "How near.", "mm", gt=0)
    delay: float = key(0.0, "After the begin of each beat, in which the stimulus must end.", "ms", ge=0)


def _listed(value: Any) -> Any:
    if not (isinstance(value, list | tuple) and value):
        raise ValueError("expected a list of sites, each a mapping of surface, depth, centre, radius and delay")
    return tuple(value)


class Stimulus(Section):
    """What starts each beat of the tissue."""

    sites: Annotated[tuple[Site, ...], BeforeValidator(_listed)] = key(
        (Site(depth=1.5),), "Where and when: surface, depth [mm], centre [mm], radius [mm] and delay [ms] of each site."
    )
    amplitude: float | None = key(
        None, "Depolarising current density; null: 80, or 0.5 per ms for dimensionless models.", "A/F", gt=0, le=1000
    )
    duration: float = key(2.0, "How long it lasts.", "ms", gt=0, le=50)


class Diffusivity(Section):
    """How fast potential differences even out."""

    along: float = key(0.0953, "Along fibres.", "mm²/ms", gt=0, le=10)
    across: float = key(0.0126, "Across fibres.", "mm²/ms", gt=0, le=10)


class Tissue(Section):
    """The tissue; without meaning at the scale of the cell."""

    size: Lengths = key((), "Lengths along x, y and z, as many as the tissue has dimensions; ventricles: none.", "mm")
    spacing: float = key(0.1, "Distance of neighbouring nodes.", "mm", gt=0, le=5)
    layers: Layers = key(
        {},
        "Thickness of the layer of each cell type, from the endocardium (x = 0) outwards; only shares count. Without: "
        "model.celltype everywhere.",
    )
    fibre_angles: Angles | None = key(
        None, "Fibre angles at endocardium and epicardium; null: along x, in ventricles 60 and -60.", "degrees"
    )
    diffusivity: Diffusivity = key(Diffusivity(), "How fast potential differences even out.")
    beats: Count = key(
        2,
        "Beats of the tissue, after its cells were paced for protocol.beats on their own; in the first they get used "
        "to each other.",
        "beats",
    )
    label_beats: Annotated[Count, at_most("simulation.tissue.beats")] = key(
        1, "Last beats of the tissue in which an arrhythmia counts.", "beats", validate_default=True
    )
    rest: float | None = key(
        None,
        "From the begin of the last beat to the end, long enough to repolarise; null: protocol.cycle_length.",
        "ms",
        ge=100,
        le=20000,
    )
    stimulus: Stimulus = key(Stimulus(), "What starts each beat of the tissue.")
    electrodes: dict[Name, Point] = key(
        {},
        "Electrodes of the pseudo-ECG by name; QT is that of the first. Without: one 20 mm beyond the end of x.",
        "mm",
    )
    time_step: TimeStep = key(0.02, "Step of the reaction; 1 ms must be a multiple of it.", "ms")
    substeps: Count | Literal["auto"] = key(
        "auto", "Parts of a step in which the potential diffuses; `auto`: what stability needs.", "parts"
    )
    adaptive: bool = key(True, "Whether cells whose potential rests are updated less often, at least every 0.15 ms.")


class SimulationSection(Section):
    """At which scale each point is simulated."""

    scale: Literal["cell", TissueScale] = key("cell", "What is simulated at each point.")
    tissue: Tissue = key(Tissue(), "The tissue; without meaning at the scale of the cell.")
