"""Note what a run of each level has cost in the start, once and for all later choices."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes.campaign.levels import measured_costs
        from pointes.files import write_json

        write_json(snakemake.output[0], measured_costs(Path(snakemake.params.shards), snakemake.params.scales))
