"""Attribute the torsade metric of a panel's drugs to the channels that they block."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pathlib import Path

        from pointes import drugs
        from pointes.campaign import progress
        from pointes.campaign.panel.attributions import attribution_rows
        from pointes.campaign.panel.reference import make_reference
        from pointes.files import write_csv

        given = snakemake.input
        rows = attribution_rows(
            drugs.read_drug_table(given.table, (), drugs.CHANNELS),
            make_reference(Path(given.panel), Path(given.samples)),
            seed=snakemake.params.seed,
            workers=snakemake.threads,
            progress=progress.ticker("attribution", Path(snakemake.output[0]).parent),
        )
        write_csv(snakemake.output[0], rows)
