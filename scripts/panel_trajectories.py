"""Write the block of each channel by the drugs of a panel along their doses."""

from pointes.campaign.job import logged

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        from pointes import drugs
        from pointes.campaign.files.results import write_netcdf
        from pointes.campaign.panel.trajectories import trajectories

        table = drugs.read_drug_table(snakemake.input.table, (), drugs.CHANNELS)
        write_netcdf(snakemake.output[0], trajectories(table), {"title": "Drugs along their doses"})
