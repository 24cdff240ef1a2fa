"""Simulate the points of a samples file and write them with their results."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.simulation.cluster import warm_up
        from pointes.campaign.simulation.simulators import simulations_of

        params = snakemake.params
        simulations = simulations_of(params.simulation, params.get("low"), params.get("scales", ("",)))
        warm_up(*simulations.values())
        from pathlib import Path

        from pointes.campaign import progress
        from pointes.campaign.files import store
        from pointes.campaign.simulation.fidelities import simulate_levels

        simulated = simulate_levels(
            store.read(snakemake.input[0]),
            simulations,
            Path(snakemake.params.shards),
            cores=snakemake.threads,
            threads=snakemake.resources.simulation_threads,
            batch_size=snakemake.resources.batch_size,
            progress=progress.ticker(snakemake.params.title),
        )
        store.write(snakemake.output[0], simulated)
