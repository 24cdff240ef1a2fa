"""Simulate all compounds of a scenario at all doses and samples, and put the results into one file."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.batches.cluster import LOCAL, ClusterSettings
        from pointes.campaign.simulation.warming import warm_up

        params, resources, given = snakemake.params, snakemake.resources, snakemake.input
        cluster = ClusterSettings.from_json(resources.cluster_settings)
        warm_up(cluster.kind, [params.simulator])
        from pathlib import Path

        from pointes.campaign import progress
        from pointes.campaign.files.results import write_netcdf
        from pointes.campaign.panel.collect import panel_attributes, panel_variables
        from pointes.campaign.panel.points import Compound, panel_points
        from pointes.campaign.panel.population import accepted_factors, conductance_values
        from pointes.campaign.panel.samples_file import read_joint_samples
        from pointes.campaign.settings import FailureLimits
        from pointes.campaign.simulation.execution import simulate_parts
        from pointes.campaign.simulation.simulators import make_simulator

        simulator, samples = make_simulator(params.simulator), read_joint_samples(Path(given.samples))
        model = simulator.load()
        compounds = {name: Compound.from_params(values) for name, values in params.compounds.items()}
        factors = accepted_factors(Path(given.population[0])) if given.population else {}
        points = [
            panel_points(
                compound,
                samples,
                model.currents,
                params.doses,
                dynamic=params.scenario["binding"] == "dynamic",
                cell_values=conductance_values(model, factors),
            )
            for compound in compounds.values()
        ]
        shards = Path(params.shards)
        simulated = simulate_parts(
            points,
            simulator,
            shards,
            names=list(compounds),
            workers=snakemake.threads if cluster.kind == LOCAL else resources.cluster_cores,
            cluster=cluster,
            batch_size=resources.batch_size,
            limits=FailureLimits.from_json(resources.failure_limits),
            progress=progress.ticker(f"scenario {snakemake.wildcards.scenario}", shards.parents[2]),
        )
        results, described = list(simulated), list(compounds.values())
        attributes = panel_attributes(params.scenario, described, results)
        attributes |= {"fingerprint": simulator.fingerprint}
        write_netcdf(snakemake.output[0], panel_variables(described, params.doses, results, factors), attributes)
