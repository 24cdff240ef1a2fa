"""Cluster drugs and cells by their simulated biomarkers, and find what sets failing cells apart."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes.campaign.files.results import write_netcdf
        from pointes.campaign.panel import effects

        made = getattr(effects, snakemake.params.effect)(*map(Path, snakemake.input))
        write_netcdf(snakemake.output[0], made, {"title": snakemake.params.title})
