"""Take over the simulations of an earlier campaign."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes.campaign.files import store
        from pointes.campaign.space import Space
        from pointes.campaign.steps import warm_start

        store.write(snakemake.output[0], warm_start.read(Path(snakemake.input[0]), Space.of(snakemake.params.space)))
