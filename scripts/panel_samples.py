"""Write the joint samples of a scenario of a panel."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes import drugs
        from pointes.campaign.panel import samples_file

        given, scenario = snakemake.input, snakemake.params.scenario
        table = drugs.read_drug_table(given.table, (), drugs.CHANNELS)
        spread = scenario["laboratory_sd"]
        if given.spread:
            spread = samples_file.read_laboratory_spread(Path(given.spread[0]), table.names)
        if given.population:
            samples = samples_file.point_estimates(table, scenario["population"]["cells"])
        else:
            samples = samples_file.scenario_samples(
                table,
                Path(given.joint[0]) if given.joint else None,
                count=scenario["samples"],
                laboratory_sd=spread,
                channels=scenario["channels"],
                seed=snakemake.params.seed,
                where=f"panel.scenarios.{snakemake.wildcards.scenario}",
            )
        samples_file.write_joint_samples(snakemake.output[0], samples)
