"""Choose the points that a campaign starts with."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign import store
        from pointes.campaign.learning import next_samples, taught

        ranges, sampling = snakemake.params.ranges, snakemake.params.sampling
        told = [store.read(path) for path in snakemake.input]
        samples = next_samples(taught(told, ranges, sampling), told, ranges, sampling["start"])
        store.write(snakemake.output[0], samples)
