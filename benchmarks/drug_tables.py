"""Convert published drug sets with binary labels into the drug tables `config/drugs/*.csv`.

The two sources are repositories without a licence file, of which only measured values and labels are kept:

    git clone https://github.com/CardiacModelling/EadPredict                              (commit 89a8e9d)
    git clone https://github.com/drgrandilab/Fogli-Iseppe-et-al-2021-TdP-prediction       (commit 3502396)
    pip install openpyxl
    python benchmarks/drug_tables.py EadPredict Fogli-Iseppe-et-al-2021-TdP-prediction

`config/drugs/README.md` describes the tables.
"""

import argparse
import re
from pathlib import Path

import pandas as pd

from pointes.files import write_csv

TABLES = Path(__file__).parents[1] / "config/drugs"
CHANNELS = ("hERG", "ICaL", "INaL", "INa", "Ito", "IKs", "IK1")
# Drugs of Mirams 2011 in the union of three sets that Kramer 2013 did not measure; where both did, the name has 1 or 2
MIRAMS_ONLY = (
    *(
        "Ajmaline",
        "Amitriptyline",
        "Cibenzoline",
        "Desipramine",
        "Diphenhydramine",
        "Fluvoxamine",
        "Imipramine",
        "Mexiletine",
    ),
    *("Prenylamine", "Propafenone", "Propranolol", "Quetiapine", "Tedisamil"),
)


def mcmillan(folder: Path) -> list[dict[str, object]]:
    """Rows of McMillan 2017; Redfern categories 1 to 3 are high risk and 4 and 5 low risk, as in its classifiers."""
    columns = ("INa", "ICaL", "hERG", "IKs", "INaL", "Ito", "IK1", "low", "high")
    values = pd.read_csv(folder / "test/curated_dataset.dat", sep="\t", header=None, index_col=0)
    values.columns = pd.Index(columns)
    redfern = pd.read_csv(folder / "matlab/redferns.dat", sep="\t", header=None, index_col=0)[1]
    return [
        {
            "drug": drug,
            "risk": "high" if redfern[drug] <= 3 else "low",
            "redfern": redfern[drug],
            "cmax_nM": f"{row['high']:g}",
            **{f"{channel}_ic50_nM": f"{row[channel]:g}" if row[channel] > 0 else "" for channel in CHANNELS},
        }
        for drug, row in values.sort_index().iterrows()
    ]


def lancaster_sobie(folder: Path) -> list[dict[str, str]]:
    """Rows of the union of Kramer 2013, Mirams 2011 and 12 drugs of CiPA; a blank label is not agreed upon."""
    sheet = pd.read_excel(folder / "create_datasets/all_drugs_epi_july2020.xlsx", sheet_name="LS+CiPA")
    titles = {"ICaL": "IcaL", "INaL": "InaL", "INa": "Ina", "IKs": "Iks"}
    rows = []
    for _, row in sheet[sheet["ID"].between(1, 98)].iterrows():
        name = row["Drug name"].strip()
        measured = {channel: titles.get(channel, channel) for channel in CHANNELS}
        known = {channel: row[f"IC50 {title}"] > 0 for channel, title in measured.items()}
        rows.append(
            {
                "drug": name,
                "compound": re.sub("(_CiPA|[12])$", "", name).lower(),
                "risk": {1: "high", 0: "low"}.get(row["TdP_risk"], ""),
                "cmax_nM": f"{row['Free Cmax (nM)']:g}",
                **{
                    f"{channel}_{quantity}": f"{row[f'{word} {title}']:.7g}" if known[channel] else ""
                    for channel, title in measured.items()
                    for quantity, word in (("ic50_nM", "IC50"), ("hill", "Hill"))
                },
            }
        )
    return rows


def kramer(union: list[dict[str, str]]) -> list[dict[str, str]]:
    """Rows of that union that are neither of Mirams 2011 nor of CiPA: hERG, ICaL and INa of 55 drugs, Hill of 1."""
    columns = ("drug", "risk", "cmax_nM", "hERG_ic50_nM", "ICaL_ic50_nM", "INa_ic50_nM")
    rows = [row for row in union if not re.search("(_CiPA|2)$", row["drug"]) and row["drug"] not in MIRAMS_ONLY]
    return [{column: row[column] for column in columns} | {"drug": row["compound"]} for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ead_predict", type=Path)
    parser.add_argument("fogli_iseppe", type=Path)
    args = parser.parse_args()
    union = lancaster_sobie(args.fogli_iseppe)
    write_csv(TABLES / "mcmillan41.csv", mcmillan(args.ead_predict))
    write_csv(TABLES / "lancaster-sobie98.csv", union)
    write_csv(TABLES / "kramer55.csv", kramer(union))


if __name__ == "__main__":
    main()
