"""Draw points that follow the distributions of the axes, to be simulated as a check."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes.campaign.distributions import distributions_of
        from pointes.campaign.files import store
        from pointes.campaign.space import Space
        from pointes.campaign.steps.uncertainty import direct_samples

        params, space = snakemake.params, Space.of(snakemake.params.space)
        files = dict(zip(params.axes_with_files, map(Path, snakemake.input), strict=True))
        distributions = distributions_of(params.distributions, files, space)
        store.write(snakemake.output[0], direct_samples(space, distributions, params.n, params.seed))
