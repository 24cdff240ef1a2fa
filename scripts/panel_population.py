"""Draw and pace cells until enough of them behave as human ventricular cells do."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes.campaign.panel.population import PopulationPlan

        PopulationPlan.from_params(snakemake.params.plan).make(Path(snakemake.output[0]), workers=snakemake.threads)
