"""Pace the cells of a tissue on their own, on a grid of the risk map."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.simulation.simulators import make_simulator
        from pointes.campaign.space import Space
        from pointes.campaign.steps.cell_maps import write_cell_maps

        simulators = list(map(make_simulator, snakemake.params.simulators))
        write_cell_maps(snakemake.output[0], Space.of(snakemake.params.space), simulators)
