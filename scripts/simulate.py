"""Simulate the points of a samples file and write them with their results."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.batches.cluster import LOCAL, ClusterSettings
        from pointes.campaign.simulation.warming import warm_up

        params, resources = snakemake.params, snakemake.resources
        cluster = ClusterSettings.from_json(resources.cluster_settings)
        warm_up(cluster.kind, params.simulators.values())
        from pathlib import Path

        from pointes.campaign import progress
        from pointes.campaign.files import store
        from pointes.campaign.files.targets import with_classes
        from pointes.campaign.settings import FailureLimits
        from pointes.campaign.simulation.fidelities import simulate_fidelities
        from pointes.campaign.simulation.simulators import make_simulator
        from pointes.campaign.target import Target

        simulated = simulate_fidelities(
            store.read(snakemake.input[0]),
            {scale: make_simulator(values) for scale, values in params.simulators.items()},
            Path(params.shards),
            cores=snakemake.threads if cluster.kind == LOCAL else resources.cluster_cores,
            threads=cluster.threads,
            cluster=cluster,
            batch_size=resources.batch_size,
            limits=FailureLimits.from_json(resources.failure_limits),
            progress=progress.ticker(params.title, Path(params.shards).parents[1]),
        )
        store.write(snakemake.output[0], with_classes(simulated, Target.parse(params.target)))
