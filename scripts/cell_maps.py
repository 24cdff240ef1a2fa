"""Pace the cells of a tissue on their own, on a grid of the risk map."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.steps.cell_maps import write_cell_maps

        cells = snakemake.params.cells
        path = snakemake.output[0]
        write_cell_maps(path, cells["ranges"], cells["model"], cells["celltypes"], cells["protocol"])
