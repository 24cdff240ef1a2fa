"""The parts of a simulation, made from its description: grid, diffusion, stimuli and electrodes."""

from functools import cached_property

import numpy as np

from pointes.cells.multistep import LANES
from pointes.errors import UserError, unknown
from pointes.tissue.description import Site, TissueDescription
from pointes.tissue.geometry import conductivity, memory, sites
from pointes.tissue.geometry.fibrosis import with_fibrosis
from pointes.tissue.geometry.grid import Grid
from pointes.tissue.observers import ecg
from pointes.tissue.solver import stimuli
from pointes.tissue.solver.box import BoxDiffusion
from pointes.tissue.solver.diffusion import Diffusion
from pointes.tissue.solver.monodomain import check_step, substeps_needed
from pointes.tissue.solver.stimuli import Stimulus
from pointes.tissue.solver.voxels import VoxelDiffusion

# ASSUME: about twice the amplitude that starts a wave from 1.5 mm of cable
AMPLITUDES = {100.0: 80.0, 1.0: 0.5}
"""Default amplitude of stimuli [A/F, or per ms], by the size of an action potential [mV, or 1]."""
ELECTRODE_DISTANCE = 20.0
"""Distance of the default electrode from the tissue [mm], as in Gima and Rudy, Circ. Res. 90, 889 (2002)."""


class Tissue:
    """Grid, diffusion, stimuli and electrodes of a description. Each is made, and checked, when it is first used."""

    def __init__(self, description: TissueDescription) -> None:
        self.description = description

    def validate(self) -> None:
        """Make grid, stimuli and electrodes, to find mistakes in them before any cell is paced."""
        _ = self.stimuli, self.electrodes

    @cached_property
    def grid(self) -> Grid:
        """The nodes of the tissue, which must fit into memory before anything is allocated."""
        geometry, models = self.description.geometry, self.description.models.values()
        rows = max(model.kernel.SIZE // LANES for model in models)  # numbers per cell
        box = geometry.box
        if box is not None:
            memory.check(box, rows)
        grid = geometry.grid()
        if (density := self.description.fibrosis_density) > 0:
            grid = with_fibrosis(grid, density, self.description.fibrosis_patch_mm, self.description.fibrosis_seed)
        if box is None:
            memory.check((1, 1, grid.nodes.size), rows)
        return grid

    @cached_property
    def diffusion(self) -> Diffusion:
        """The diffusion operator: central differences in boxes with fibres along an axis, else between voxels."""
        description, grid = self.description, self.grid
        axis = 0 if grid.fibres is None else _straight(grid.fibres)
        if axis is not None and grid.on_faces and grid.tags.all():
            return BoxDiffusion(grid, np.where(np.arange(3) == axis, description.along, description.across))
        fibres = np.eye(3)[:1] if grid.fibres is None else grid.fibres.reshape(-1, 3)[grid.nodes]
        return VoxelDiffusion(grid, conductivity.tensors(fibres, description.along, description.across))

    @cached_property
    def stimuli(self) -> list[Stimulus]:
        """The stimuli of all beats."""
        description = self.description
        located = [(self._site(site, f"sites.{k}"), site.delay_ms) for k, site in enumerate(description.sites)]
        amplitude = description.amplitude
        if amplitude is None:
            amplitude = AMPLITUDES[next(iter(description.models.values())).span]
        found = stimuli.activation_sites(
            self.grid, located, amplitude, description.duration_ms, description.cycle_length_ms, description.beats
        )
        stimuli.check_connected(self.grid, found)
        return found

    def _site(self, site: Site, key: str) -> sites.Site:
        """Return a site of the description as a part of the grid."""
        if (site.centre_mm is None) != (site.radius_mm is None):
            name = "centre_mm" if site.centre_mm is None else "radius_mm"
            raise UserError(f"{key}.{name}", None, "a centre and a radius, or neither")
        if site.centre_mm is not None and site.radius_mm is not None:
            if site.depth_mm > 0:
                raise UserError(f"{key}.depth_mm", site.depth_mm, "0 for a site with a centre")
            if site.surface is None:
                return sites.Sphere(site.centre_mm, site.radius_mm)
            return sites.Patch(site.surface, site.centre_mm, site.radius_mm)
        if site.surface is None:
            raise UserError(f"{key}.surface", None, "a surface, or a centre and a radius")
        if site.depth_mm == 0:
            return site.surface
        return sites.face_layer(self.grid, site.surface, site.depth_mm, key)

    @cached_property
    def electrodes(self) -> dict[str, tuple[float, float, float]]:
        """Positions (x, y, z) of the electrodes by name [mm]."""
        if self.description.electrodes:
            for name, position in self.description.electrodes.items():
                ecg.distances(self.grid, name, position)  # refuses one that lies in the tissue
            return dict(self.description.electrodes)
        low, high = self.grid.corners
        return {"ecg": (float(high[0] + ELECTRODE_DISTANCE), *((low + high) / 2)[1:].tolist())}

    @property
    def substeps(self) -> int:
        """Number of parts of a time step in which the potential diffuses."""
        if self.description.substeps is not None:
            return self.description.substeps
        return substeps_needed(self.diffusion, self.description.time_step_ms)


def check(description: TissueDescription) -> None:
    """Raise a UserError if a simulation could not run, without pacing any cell.

    Refused are unknown models, cell types, currents and parameters, tissues that do not fit into memory, impossible
    layers, sites and electrodes, stimuli that do not end in time or miss a part of the tissue, and unstable time steps.
    """
    for region in description.celltypes:
        for name in set(description.parameters_of(region)) - set(description.models[region].parameters):
            raise unknown("parameter", name, description.models[region].parameters)
    tissue = Tissue(description)
    tissue.validate()
    # Nodes whose stimulus comes after the end of the run would look arrhythmic
    needed = max(site.delay_ms for site in description.sites) + description.duration_ms
    if description.rest_ms is not None and description.rest_ms <= needed:
        raise UserError("rest_ms", description.rest_ms, f"more than {needed:g}, when the stimuli of the last beat end")
    if description.substeps is not None:
        check_step(tissue.diffusion, description.time_step_ms, description.substeps)


def _straight(fibres: np.ndarray) -> int | None:
    """Return the axis along which all fibres are; None if there is no such axis."""
    for axis in range(3):
        if np.allclose(np.abs(fibres[..., axis]), 1.0, atol=1e-6):
            return axis
    return None
