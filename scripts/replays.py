"""Put the learning curves of all ways of choosing points together."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.steps.replays import merge_curves

        merge_curves(snakemake.input, snakemake.output[0])
