"""Put the simulations of all iterations together, and hand out the last classifier."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        import shutil

        from pointes.campaign import store
        from pointes.campaign.collection import collect

        simulations = collect(snakemake.input.simulations, snakemake.params.meaning, snakemake.params.fingerprint)
        store.write(snakemake.output.simulations, simulations)
        shutil.copyfile(snakemake.input.surrogate, snakemake.output.surrogate)
