"""Choose the points that a campaign starts with."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign import store
        from pointes.campaign.learning import first_samples

        store.write(snakemake.output[0], first_samples(snakemake.params.ranges, snakemake.params.sampling))
