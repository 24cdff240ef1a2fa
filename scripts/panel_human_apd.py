"""Simulate APD90 of human tissue under drugs, and compare it with the measurements."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from functools import partial
        from pathlib import Path

        from pointes.batches.cluster import LOCAL, ClusterSettings
        from pointes.campaign.panel import human_apd
        from pointes.campaign.panel.measured import write_records
        from pointes.campaign.settings import FailureLimits
        from pointes.campaign.simulation.execution import simulate

        params, given, output, resources = snakemake.params, snakemake.input, snakemake.output, snakemake.resources
        cluster = ClusterSettings.from_json(resources.cluster_settings)
        run = partial(
            simulate,
            workers=snakemake.threads if cluster.kind == LOCAL else resources.cluster_cores,
            cluster=cluster,
            batch_size=resources.batch_size,
            limits=FailureLimits.from_json(resources.failure_limits),
        )
        rows = human_apd.simulate_apd90(human_apd.read_measurements(Path(given.measured)), Path(params.shards), run=run)
        write_records(Path(output.simulated), rows)
        write_records(Path(output.agreement), human_apd.agreements(rows))
