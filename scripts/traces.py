"""Record the action potentials of cells on either side of the boundary."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files import store
        from pointes.campaign.simulation.simulators import simulation_of
        from pointes.campaign.steps.traces import write_traces

        simulation = simulation_of(snakemake.params.simulation)
        write_traces(snakemake.output[0], store.read(snakemake.input[0]), simulation)
