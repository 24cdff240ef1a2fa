"""Choose the points on which ways of sampling are compared."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files import store
        from pointes.campaign.space import Space
        from pointes.campaign.steps.replays import replay_points

        params = snakemake.params
        seed = params.sampling["seed"]
        samples = replay_points(Space.of(params.space), seed, params.set_size, params.repeats, params.grid)
        store.write(snakemake.output[0], samples)
