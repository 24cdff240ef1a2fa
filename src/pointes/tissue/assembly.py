"""From the description of a tissue to its geometry, diffusion, stimuli and electrodes."""

from functools import cached_property

import numpy as np

from pointes.cells.multistep import LANES
from pointes.errors import UserError, unknown
from pointes.tissue.description import WHOLE, Setup, Site
from pointes.tissue.geometry import conductivity, memory, sites
from pointes.tissue.geometry import grid as geometry
from pointes.tissue.geometry.grid import Geometry
from pointes.tissue.geometry.ventricles import ventricles
from pointes.tissue.observers import ecg
from pointes.tissue.solver import stimuli
from pointes.tissue.solver.box import BoxDiffusion
from pointes.tissue.solver.monodomain import Diffusion, check_step, substeps_needed
from pointes.tissue.solver.stimuli import Stimulus
from pointes.tissue.solver.voxels import VoxelDiffusion

# ASSUME: about twice what starts a wave from 1.5 mm of cable
STIMULI = {100.0: 80.0, 1.0: 0.5}  # A/F, or per ms, by the size of an action potential [mV, or 1]
ELECTRODE = 20.0  # mm from the tissue, as in Gima and Rudy, Circ. Res. 90, 889 (2002)


class Tissue:
    """The geometry, diffusion and stimuli that a setup describes, made when first asked for.

    Raises
    ------
    UserError
        When the tissue does not fit into memory (asked before anything is allocated), a length, layer, site or
        electrode is not possible, or stimuli cannot reach all of it.
    """

    def __init__(self, setup: Setup) -> None:
        self.setup = setup

    @cached_property
    def geometry(self) -> Geometry:
        """Where which cells are."""
        setup = self.setup
        self._check_memory()
        match setup.scale:
            case "cable":
                return geometry.cable(setup.size_mm[0], setup.spacing_mm, setup.shares)
            case "sheet":
                return geometry.sheet(setup.size_mm, setup.spacing_mm, setup.shares)
            case "slab":
                angles = setup.fibre_angles_deg
                return geometry.slab(setup.size_mm, setup.spacing_mm, setup.shares, fibre_angles_deg=angles)
        options = {} if setup.fibre_angles_deg is None else {"fibre_angles_deg": setup.fibre_angles_deg}
        return ventricles(setup.spacing_mm, layers=setup.shares or {WHOLE: 1.0}, **options)

    def _check_memory(self) -> None:
        """Refuse a box whose cells do not fit into memory; of ventricles only a part of the box is cells."""
        if self.setup.scale != "ventricles":
            counts = [round(length / self.setup.spacing_mm) + 1 for length in self.setup.size_mm]
            memory.check(tuple([1, 1, 1, *counts[::-1]][-3:]), self._rows())

    def _rows(self) -> int:
        """Return how many numbers are kept for each cell."""
        return max(model.kernel.SIZE // LANES for model in self.setup.models.values())

    @cached_property
    def diffusion(self) -> Diffusion:
        """How potentials spread: by differences of sixth order where fibres are along an axis of a box."""
        setup, tissue = self.setup, self.geometry
        if setup.scale == "ventricles":
            memory.check((1, 1, tissue.nodes.size), self._rows())
        along = 0 if tissue.fibres is None else _straight(tissue.fibres)
        if along is not None and tissue.on_faces and tissue.tags.all():
            return BoxDiffusion(tissue, np.where(np.arange(3) == along, setup.along, setup.across))
        fibres = np.eye(3)[[along]] if along is not None else tissue.fibres.reshape(-1, 3)[tissue.nodes]
        return VoxelDiffusion(tissue, conductivity.tensors(fibres, setup.along, setup.across))

    @cached_property
    def stimuli(self) -> list[Stimulus]:
        """The stimuli of all beats."""
        setup = self.setup
        placed = [(self._site(site, f"stimulus site {k}"), site.delay_ms) for k, site in enumerate(setup.sites)]
        amplitude = setup.amplitude
        if amplitude is None:
            amplitude = STIMULI[next(iter(setup.models.values())).span]
        found = stimuli.activation_sites(
            self.geometry, placed, amplitude, setup.duration_ms, setup.cycle_length_ms, setup.beats
        )
        stimuli.check_connected(self.geometry, found)
        return found

    def _site(self, site: Site, key: str) -> sites.Site:
        """Return a site as the geometry understands it."""
        if (site.centre_mm is None) != (site.radius_mm is None):
            raise UserError(f"{key}: centre_mm {site.centre_mm}, radius_mm {site.radius_mm}; expected both or neither")
        if site.centre_mm is not None and site.radius_mm is not None:
            if site.depth_mm > 0:
                raise UserError(f"{key}: depth_mm {site.depth_mm:g}; expected 0 where there is a centre_mm")
            if site.surface is None:
                return sites.Sphere(site.centre_mm, site.radius_mm)
            return sites.Patch(site.surface, site.centre_mm, site.radius_mm)
        if site.surface is None:
            raise UserError(f"{key}: expected a surface, or a centre_mm and a radius_mm")
        if site.depth_mm == 0:
            return site.surface
        return sites.beneath(self.geometry, site.surface, site.depth_mm, key)

    @cached_property
    def electrodes(self) -> dict[str, tuple[float, float, float]]:
        """Positions of the electrodes by name [mm]."""
        if self.setup.electrodes:
            for name, position in self.setup.electrodes.items():
                ecg.distances(self.geometry, name, position)  # refuses one that lies in the tissue
            return dict(self.setup.electrodes)
        low, high = self.geometry.corners
        return {"ecg": (float(high[0] + ELECTRODE), *((low + high) / 2)[1:].tolist())}

    @property
    def substeps(self) -> int:
        """Parts of a time step in which the potential diffuses."""
        if self.setup.substeps is not None:
            return self.setup.substeps
        return substeps_needed(self.diffusion, self.setup.time_step_ms)


def check(setup: Setup) -> None:
    """Refuse a simulation that could not run, before any of its cells is paced.

    Raises
    ------
    UserError
        For an unknown model, cell type, current or parameter, a tissue that does not fit into memory, layers, sites or
        electrodes that are not possible, stimuli that do not end within their beat, or an unstable time step.
    """
    for region in setup.celltypes:
        for name in set(setup.parameters_of(region)) - set(setup.models[region].parameters):
            raise unknown("parameter", name, setup.models[region].parameters)
    tissue = Tissue(setup)
    _ = tissue.stimuli, tissue.electrodes
    _check_rest(setup)
    if setup.substeps is not None:
        check_step(tissue.diffusion, setup.time_step_ms, setup.substeps)


def _check_rest(setup: Setup) -> None:
    """Refuse a run that ends before the last beat's stimuli do: a tissue that they cannot reach looks arrhythmic."""
    needed = max(site.delay_ms for site in setup.sites) + setup.duration_ms
    if setup.rest_ms is not None and setup.rest_ms <= needed:
        raise UserError(
            f"rest_ms {setup.rest_ms:g}; expected more than {needed:g} ms, when the stimuli of the last beat have ended"
        )


def _straight(fibres: np.ndarray) -> int | None:
    """Return the axis along which all fibres are; None if there is no such axis."""
    for axis in range(3):
        if np.allclose(np.abs(fibres[..., axis]), 1.0, atol=1e-6):
            return axis
    return None
