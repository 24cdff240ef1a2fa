"""Settings of clusters travel to jobs as text."""

from pathlib import Path

from pointes.batches.cluster import SLURM, ClusterSettings, ExternalSettings, SlurmSettings
from pointes.batches.slurm import job_options


def test_text_holds_all_settings():
    slurm = SlurmSettings("main", "mine", 30.0, 2.5, 8, "8 GB", "ib0", ["--qos=long"], ["module load gcc"])
    external = ExternalSettings("tls://a:1", None, "ca", "cert", "key", 5.0)
    settings = ClusterSettings(SLURM, 2, "2 GB", 8787, Path("results/a/logs"), slurm, external)
    assert ClusterSettings.from_json(settings.to_json()) == settings


def test_jobs_ask_for_what_the_keys_say(tmp_path):
    folder = tmp_path / "a folder"
    slurm = SlurmSettings("main", "mine", 90.0, 5.0, 8, "16 GB", "ib0", ["--qos=long"], ["module load gcc"])
    options = job_options(ClusterSettings(SLURM, threads=4, folder=folder, slurm=slurm), workers=2)
    assert options["walltime"] == "01:30:00"
    assert (options["job_cpu"], options["processes"], options["cores"]) == (8, 2, 2)
    assert options["job_extra_directives"] == [f"--output='{folder}/workers/%j.log'", "--qos=long"]
    drain, *others = options["job_script_prologue"]
    assert drain == "export POINTES_DRAIN_AT=$(($(date +%s) + 5100))"
    assert others == ["export DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE=False", "module load gcc"]
