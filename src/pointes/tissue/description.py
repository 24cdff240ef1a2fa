"""The description of a simulation of a tissue, from which `pointes.tissue.assembly` makes its parts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, Self

from pointes.cells import numerics
from pointes.cells.population import parameters_with_blocks
from pointes.errors import UserError, check_positive
from pointes.tissue.geometry import GEOMETRIES, conductivity
from pointes.tissue.geometry.base import Geometry
from pointes.tissue.geometry.grid import WHOLE
from pointes.tissue.solver import reaction
from pointes.tissue.solver.reaction import ReactionModel
from pointes.vocabulary import MOST_FIBROSIS

LATER = ("image", "fibrosis_density", "fibrosis_patch_mm", "fibrosis_seed")
"""Fields that the oldest descriptions do not have."""


@dataclass(frozen=True)
class Site:
    """A part of the tissue that is stimulated in each beat.

    Attributes
    ----------
    surface
        A face (``x0``, ``x1``, ``y0``, ...) or a surface of the ventricles; None: the site may lie anywhere.
    depth_mm
        Depth of the site beneath a face; 0: the nodes on the face.
    centre_mm, radius_mm
        Point (x, y, z), and largest distance of the nodes of the site from it; None: no such limit.
    delay_ms
        Time from the start of each beat to the stimulus, which must end within the beat.
    """

    surface: str | None = "x0"
    depth_mm: float = 0.0
    centre_mm: tuple[float, float, float] | None = None
    radius_mm: float | None = None
    delay_ms: float = 0.0


@dataclass(frozen=True)
class ImageFile:
    """An image of a tissue, for the scale ``image``.

    Attributes
    ----------
    file
        Path of a file that `pointes.tissue.geometry.image.read_image` reads.
    array
        Name of the array that holds the tags of the voxels.
    tags
        Tags of each cell type. Voxels with other tags are scar or outside. Empty: all voxels but those with the tag 0
        are of the cell type of the description.
    """

    file: str
    array: str = "tags"
    tags: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class TissueDescription:
    """The description of a simulation of a tissue. Equal descriptions and fingerprints give equal results.

    Attributes
    ----------
    scale
        Name of the geometry, one of `pointes.tissue.geometry.GEOMETRIES`.
    model, celltype
        Name or file of the cell model, and the cell type where there are no layers.
    size_mm
        Lengths along x, y and z, as many as the geometry needs.
    spacing_mm
        Distance of neighbouring nodes; images have their own.
    layers
        Thickness of the layer of each cell type, from the endocardium (x = 0) on, in any unit, as only shares count.
        Empty: all cells are of `celltype`; in ventricles without `celltype`, layers endo, mid and epi.
    fibre_angles_deg
        Angles of fibres at the endocardium and the epicardium, for slabs measured from y towards z, for ventricles from
        the circumferential direction towards the base. None: fibres along x, in ventricles +60 and -60 degrees.
    along, across
        Diffusivity along and across fibres [mm²/ms].
    blocks
        Blocked fraction of currents by name, in [0, 1].
    values
        Other parameters by qualified name, in the units of the model file.
    cell_beats
        Number of beats for which a cell of each type is paced on its own to get its initial state; 0: the published
        state.
    tolerance
        Error of an integration step in that pacing, as in `pointes.cells.pace`; None: its default.
    cell_stimulus_duration_ms, cell_stimulus_level
        Duration of each stimulus in that pacing, and value of ``pace`` meanwhile; None: the model's own.
    cycle_length_ms
        Time between beats of cells and tissue.
    beats, label_beats
        Number of beats of the tissue, and of the last of them in which arrhythmias and biomarkers are looked for.
    fibrosis_density, fibrosis_patch_mm, fibrosis_seed
        Share of the nodes that do not conduct, since they are in patches of fibrosis, in [0, 0.9]; length that sets the
        size of patches [mm]; and seed of their places (`pointes.tissue.geometry.fibrosis`). A cable has none.
    rest_ms
        Time from the start of the last beat to the end; None: a cycle length. Nodes that have not repolarised by then
        count as a failure to do so.
    sites
        Sites of the stimuli.
    amplitude
        Depolarising current density of the stimuli, positive [A/F]; None: 80 A/F, or 0.5 per ms for models whose
        potential runs from 0 to 1.
    duration_ms
        Duration of the stimuli.
    electrodes
        Positions (x, y, z) of the electrodes of the pseudo-ECG by name [mm]. Empty: ``ecg``, 20 mm beyond the tissue
        along x.
    time_step_ms
        Time step of the reaction.
    substeps
        Number of parts of a time step in which the potential diffuses; None: as many as stability needs.
    adaptive
        Whether cells whose potential rests are updated less often.
    threads
        Number of threads; results do not depend on it.
    image
        Image of the tissue, for the scale ``image`` only.

    Raises
    ------
    UserError
        For values that are not possible.
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
    image: ImageFile | None = None
    fibrosis_density: float = 0.0
    fibrosis_patch_mm: float = 1.0
    fibrosis_seed: int = 1

    def __post_init__(self) -> None:
        self.geometry.check()
        for length in self.size_mm:
            check_positive("size_mm", length, "mm")
        check_positive("spacing_mm", self.spacing_mm, "mm")
        check_positive("along", self.along, "mm²/ms")
        check_positive("across", self.across, "mm²/ms")
        check_positive("time_step_ms", self.time_step_ms, "ms")
        check_positive("cycle_length_ms", self.cycle_length_ms, "ms")
        if self.rest_ms is not None:
            check_positive("rest_ms", self.rest_ms, "ms")
        check_positive("fibrosis_patch_mm", self.fibrosis_patch_mm, "mm")
        if not 0 <= self.fibrosis_density <= MOST_FIBROSIS:
            raise UserError("fibrosis_density", self.fibrosis_density, f"a share from 0 to {MOST_FIBROSIS:g}")
        if self.fibrosis_density > 0 and self.scale == "cable":
            raise UserError("fibrosis_density", self.fibrosis_density, "0 for a cable, which a patch would cut")
        if not 1 <= self.label_beats <= self.beats:
            raise UserError("label_beats", self.label_beats, f"a number from 1 to that of all beats, {self.beats}")

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Self:
        """Return the description that `to_params` has turned into a dict."""
        image = params.get("image")
        sites = tuple(Site(**site) for site in params["sites"])
        return cls(**{**params, "sites": sites, "image": image and ImageFile(**image)})

    def to_params(self) -> dict[str, Any]:
        """Return the fields in JSON's types. They are part of keys: later fields are left out if unset."""
        defaults = {one.name: one.default for one in fields(self)}
        return {name: value for name, value in asdict(self).items() if name not in LATER or value != defaults[name]}

    @cached_property
    def geometry(self) -> Geometry:
        """The geometry, which builds the grid of nodes."""
        return GEOMETRIES[self.scale](self)

    @property
    def end_ms(self) -> float:
        """End of the run."""
        rest = self.cycle_length_ms if self.rest_ms is None else self.rest_ms
        return (self.beats - 1) * self.cycle_length_ms + rest

    @property
    def label_start_ms(self) -> float:
        """Start of the label beats."""
        return (self.beats - self.label_beats) * self.cycle_length_ms

    @property
    def last_beat_ms(self) -> float:
        """Start of the last beat."""
        return (self.beats - 1) * self.cycle_length_ms

    @property
    def shares(self) -> dict[str, float] | None:
        """Share of the thickness of each layer; None: there are no layers."""
        if not self.layers:
            defaults = self.geometry.default_layers if self.celltype is None else {}
            return dict(defaults) or None
        total = sum(self.layers.values())
        return {name: thickness / total for name, thickness in self.layers.items()}

    @property
    def celltypes(self) -> dict[str, str | None]:
        """Cell type of each region; None stands for the first one of the model."""
        regions = self.geometry.regions
        return {name: name for name in regions} if regions else {WHOLE: self.celltype}

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
        where = f"model {model.name}"
        changed = parameters_with_blocks(model.parameters, model.conductances, self.blocks, self.values, where)
        return {name: value.item() for name, value in changed.items()}


def fingerprint(description: TissueDescription) -> str:
    """Return a hash of all else on which results depend: cell models, methods and image files."""
    models = (description.models[region].fingerprint for region in description.celltypes)
    return numerics.fingerprint(*models, *description.geometry.fingerprint)
