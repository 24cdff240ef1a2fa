"""Simulate the points of a samples file and write them with their results."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.cluster import warm_up

        warm_up(snakemake.params.simulation["model"], snakemake.params.simulation["celltype"])
        from pathlib import Path

        from pointes.campaign import progress, store
        from pointes.campaign.batch import Simulation
        from pointes.campaign.execution import simulate

        simulated = simulate(
            store.read(snakemake.input[0]),
            Simulation(**snakemake.params.simulation),
            Path(snakemake.params.shards),
            workers=snakemake.threads,
            batch_size=snakemake.resources.batch_size,
            progress=progress.ticker(snakemake.params.title),
        )
        store.write(snakemake.output[0], simulated)
