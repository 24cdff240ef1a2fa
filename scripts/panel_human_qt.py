"""Simulate QT of people under drugs with cables, and compare it with clinical studies."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from functools import partial
        from pathlib import Path

        from pointes import drugs
        from pointes.batches.cluster import LOCAL, ClusterSettings
        from pointes.campaign.panel import human_qt
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
        effects = human_qt.read_effects(Path(given.clinical))
        tables = {
            name: drugs.read_drug_table(path, ["IKr"]) for name, path in zip(params.names, given.tables, strict=True)
        }
        cables = {model: human_qt.cable(Path(given.cable), model) for model in human_qt.MODELS}
        rows = human_qt.simulate_qt(effects, tables, cables, Path(params.shards), run=run)
        write_records(Path(output.simulated), rows)
        write_records(Path(output.effects), human_qt.effects_at_cmax(effects, rows))
