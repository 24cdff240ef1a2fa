"""Choose the points of a sweep."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files import store
        from pointes.campaign.space import Space
        from pointes.campaign.steps.sweep import sweep_points, sweep_samples

        params, space = snakemake.params, Space.of(snakemake.params.space)
        file = snakemake.input[0] if snakemake.input else None
        points = sweep_points(space, params.design, params.n, params.seed, file)
        store.write(snakemake.output[0], sweep_samples(space, points, params.design))
