"""Pictures of a single simulation of tissue: activation and APD90, pseudo-ECG, snapshots, and an animation."""

from pathlib import Path

from pointes.figures import activation_map, pseudo_ecg, tissue_animation, tissue_snapshots
from pointes.figures.catalogue import FORMATS
from pointes.figures.shared import section, style
from pointes.libraries import xarray


def draw_run(run: Path, snapshots: Path, folder: Path) -> list[Path]:
    """Draw the results and the snapshots of a run, two netCDF files, into a folder, and return the written files.

    A run that failed in the pacing of single cells has no pictures, and a cable has no animation.
    """
    with xarray.open_dataset(run) as results:
        if "activation_ms" not in results:
            return []
        figures = {"activation_map": activation_map.draw(results), "pseudo_ecg": pseudo_ecg.draw(results)}
    with xarray.open_dataset(snapshots) as film:
        figures["snapshots"] = tissue_snapshots.draw(film)
        paths = []
        for name, figure in figures.items():
            files = [folder / f"{name}.{kind}" for kind in FORMATS]
            style.save(figure, *files)
            paths += files
        if not section.is_line(section.middle(film["v_mV"])):
            paths.append(folder / "animation.gif")
            tissue_animation.save(film, paths[-1])
    return paths
