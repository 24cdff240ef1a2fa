"""The description of a simulation of a tissue; `pointes.tissue.assembly` makes what it describes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pointes.cells import numerics
from pointes.errors import UserError, check_positive, unknown
from pointes.tissue.geometry import conductivity
from pointes.tissue.geometry.grid import AXES
from pointes.tissue.geometry.ventricles import LAYERS
from pointes.tissue.solver import reaction
from pointes.tissue.solver.reaction import ReactionModel

SCALES = {"cable": 1, "sheet": 2, "slab": 3, "ventricles": 0}
"""Kinds of tissue, with the number of lengths that give their size."""

WHOLE = "tissue"  # the region of a tissue without layers


@dataclass(frozen=True)
class Site:
    """Where and when in each beat a stimulus acts.

    Attributes
    ----------
    surface
        A face (``x0``, ``x1``, ``y0``, ...) or a surface of the ventricles; None: everywhere.
    depth_mm
        How deep beneath a face; 0: the nodes on it.
    centre_mm, radius_mm
        Only nodes within this distance of this point; None: all.
    delay_ms
        After the begin of each beat, in which the stimulus must also end.
    """

    surface: str | None = "x0"
    depth_mm: float = 0.0
    centre_mm: tuple[float, float, float] | None = None
    radius_mm: float | None = None
    delay_ms: float = 0.0


@dataclass(frozen=True)
class Setup:
    """A simulation of a tissue.

    Attributes
    ----------
    scale
        cable, sheet, slab or ventricles.
    model, celltype
        Name or file of the cell model, and its cell type where there are no layers.
    size_mm
        Lengths along x, y and z, as many as the tissue has dimensions; none for ventricles.
    spacing_mm
        Between nodes.
    layers
        Thickness of the layer of each cell type, from the endocardium (x = 0) on, in any unit: shares count. Empty: all
        cells are of `celltype`; of ventricles, endo, mid and epi.
    fibre_angles_deg
        At the endocardium and the epicardium, as in `pointes.tissue.geometry.grid.slab` and
        `pointes.tissue.geometry.ventricles.ventricles`; None: fibres along x, in ventricles +60 and -60 degrees.
    along, across
        Diffusivity along and across fibres [mm²/ms].
    blocks
        Blocked fraction of currents, by name.
    values
        Other parameters by qualified name, in the units of the model file.
    cell_beats
        Beats in which the cells of each type are paced on their own to get the initial states; 0: published states.
    tolerance
        Of that pacing, as in `pointes.cells.pace`; None: its default.
    cell_stimulus_duration_ms, cell_stimulus_level
        Duration of each stimulus in that pacing, and value of ``pace`` meanwhile; None: the model's own.
    cycle_length_ms
        Between beats of cells and tissue.
    beats, label_beats
        Beats of the tissue, and the last of them that label and biomarkers look at.
    rest_ms
        From the last beat's begin to the end; None: a cycle length. Nodes that have not repolarised by then count as a
        failure to do so.
    sites, amplitude, duration_ms
        Of the stimuli; the amplitude is a depolarising current density, positive [A/F]. None: 80 A/F, or 0.5 per ms
        for models whose potential runs from 0 to 1.
    electrodes
        Of the pseudo-ECG: positions (x, y, z) by name [mm]. Empty: ``ecg``, 20 mm beyond the tissue along x.
    time_step_ms
        Of the reaction.
    substeps
        Parts of a time step in which the potential diffuses; None: as many as stability needs.
    adaptive
        Whether cells whose potential rests are updated less often.
    threads
        That share the work; results do not depend on them.

    Raises
    ------
    UserError
        For numbers that cannot be.
    """

    scale: str
    model: str
    celltype: str | None = None
    size_mm: tuple[float, ...] = ()
    spacing_mm: float = 0.1
    layers: Mapping[str, float] = field(default_factory=dict)
    fibre_angles_deg: tuple[float, float] | None = None
    along: float = conductivity.ALONG
    across: float = conductivity.ACROSS
    blocks: Mapping[str, float] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    cell_beats: int = 30
    tolerance: float | None = None
    cell_stimulus_duration_ms: float | None = None
    cell_stimulus_level: float | None = None
    cycle_length_ms: float = 1000.0
    beats: int = 1
    label_beats: int = 1
    rest_ms: float | None = None
    sites: tuple[Site, ...] = (Site(depth_mm=1.5),)
    amplitude: float | None = None
    duration_ms: float = 2.0
    electrodes: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    time_step_ms: float = 0.02
    substeps: int | None = None
    adaptive: bool = True
    threads: int = 1

    def __post_init__(self) -> None:
        if self.scale not in SCALES:
            raise unknown("scale", self.scale, SCALES)
        if len(self.size_mm) != SCALES[self.scale]:
            needed = SCALES[self.scale]
            lengths = f"{needed} length{'s' * (needed > 1)}, along {', '.join(AXES[:needed])}" if needed else "none"
            raise UserError(f"size_mm {list(self.size_mm)} of a tissue of scale {self.scale}; expected {lengths}")
        for length in self.size_mm:
            check_positive("size_mm", length, "mm")
        check_positive("spacing_mm", self.spacing_mm, "mm")
        check_positive("diffusivity along", self.along, "mm²/ms")
        check_positive("diffusivity across", self.across, "mm²/ms")
        check_positive("time_step_ms", self.time_step_ms, "ms")
        check_positive("cycle_length_ms", self.cycle_length_ms, "ms")
        if self.rest_ms is not None:
            check_positive("rest_ms", self.rest_ms, "ms")
        if not 1 <= self.label_beats <= self.beats:
            raise UserError(
                f"label_beats {self.label_beats}; expected at least 1, at most beats, which is {self.beats}"
            )

    @property
    def end_ms(self) -> float:
        """When the run ends."""
        rest = self.cycle_length_ms if self.rest_ms is None else self.rest_ms
        return (self.beats - 1) * self.cycle_length_ms + rest

    @property
    def label_start_ms(self) -> float:
        """When the label beats begin."""
        return (self.beats - self.label_beats) * self.cycle_length_ms

    @property
    def last_beat_ms(self) -> float:
        """When the last beat begins."""
        return (self.beats - 1) * self.cycle_length_ms

    @property
    def shares(self) -> dict[str, float] | None:
        """Share of the thickness of each layer; None: there are none."""
        if not self.layers:
            return dict(LAYERS) if self.scale == "ventricles" and self.celltype is None else None
        total = sum(self.layers.values())
        return {name: thickness / total for name, thickness in self.layers.items()}

    @property
    def celltypes(self) -> dict[str, str | None]:
        """Cell type of each region; None stands for the model's first one."""
        shares = self.shares
        return {WHOLE: self.celltype} if shares is None else {name: name for name in shares}

    @cached_property
    def models(self) -> dict[str, ReactionModel]:
        """The compiled model of each region."""
        vary = tuple(self.values)
        return {region: reaction.load(self.model, celltype, vary) for region, celltype in self.celltypes.items()}

    def parameters_of(self, region: str) -> dict[str, float]:
        """Return the parameters of a region that differ from the published ones.

        Raises
        ------
        UserError
            For a current that cannot be blocked or a block outside [0, 1].
        """
        model = self.models[region]
        parameters = dict(self.values)
        for current, block in self.blocks.items():
            if current not in model.conductances:
                raise unknown("current", current, model.conductances, f"model {model.name}")
            if not 0 <= block <= 1:
                raise UserError(f"block of {current} is {block:g}; expected a fraction in [0, 1]")
            name = model.conductances[current]
            parameters[name] = parameters.get(name, model.parameters[name]) * (1.0 - block)
        return parameters


def fingerprint(setup: Setup) -> str:
    """Return a hash of the fingerprints of the cell models: equal setups and fingerprints give equal results."""
    return numerics.fingerprint(*(setup.models[region].fingerprint for region in setup.celltypes))
