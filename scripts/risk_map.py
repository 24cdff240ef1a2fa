"""Evaluate the learned risk on a grid."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes.campaign.files import surrogate
        from pointes.campaign.steps.risk_map import write_risk_map

        learned, nothing_learned = (read(snakemake.input[0]) for read in (surrogate.read, surrogate.nothing_learned))
        write_risk_map(snakemake.output[0], *learned, nothing_learned)
