"""Simulate the points of a samples file and write them with their results."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.batch import simulation_of
        from pointes.campaign.cluster import warm_up

        simulation = simulation_of(snakemake.params.simulation)
        warm_up(simulation)
        from pathlib import Path

        from pointes.campaign import progress, store
        from pointes.campaign.execution import simulate, within

        simulation, workers = within(simulation, snakemake.threads, snakemake.resources.simulation_threads)
        simulated = simulate(
            store.read(snakemake.input[0]),
            simulation,
            Path(snakemake.params.shards),
            workers=workers,
            batch_size=snakemake.resources.batch_size,
            progress=progress.ticker(snakemake.params.title),
        )
        store.write(snakemake.output[0], simulated)
