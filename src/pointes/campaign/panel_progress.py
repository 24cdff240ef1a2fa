"""Progress of a panel campaign: lines on the terminal, and its state from the files in its results folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointes.campaign import progress
from pointes.campaign.configuration.panel import PanelConfig
from pointes.campaign.progress import say
from pointes.errors import printable

if TYPE_CHECKING:
    from pointes.campaign.prepare import Campaign
    from pointes.campaign.prepare_panel import PanelCampaign


def introduce_any(campaign: "Campaign | PanelCampaign") -> None:
    """Print lines about a campaign of either kind that begins."""
    if isinstance(campaign.config, PanelConfig):
        introduce(campaign)
    else:
        progress.introduce(campaign.config, campaign.notes)


def conclude_any(campaign: "Campaign | PanelCampaign") -> None:
    """Print how a campaign of either kind has ended, and the place of its results."""
    if isinstance(campaign.config, PanelConfig):
        conclude(campaign.folder)
    else:
        progress.conclude(campaign.folder)


def introduce(campaign: "PanelCampaign") -> None:
    """Print a line about the panel that begins, one for each scenario, and one for each note."""
    panel, n = campaign.config.panel, len(campaign.compounds)
    doses = ", ".join(f"{dose:g}" for dose in panel.doses)
    say(f"panel {campaign.config.name}: {n} compounds at {doses} x Cmax")
    for name, scenario in panel.scenarios.items():
        model = " ".join(filter(None, (scenario.model.name, scenario.model.celltype)))
        cells = n * len(panel.doses) * scenario.samples
        say(f"scenario {name}: {model}, {scenario.binding} hERG, {scenario.samples} samples, {cells} cells")
    for note in campaign.notes:
        say(printable(note))
    if not campaign.is_classified:
        say("the drugs are not classified: that takes two drugs of high and two of low published risk")


def conclude(folder: Path) -> None:
    """Print the place of a panel's results."""
    if (folder / "summary.html").is_file():
        progress.say_places(folder)


def read_status(folder: Path, record: dict[str, Any]) -> dict[str, Any]:
    """Return the state of a panel from its record ``campaign.json`` and its files, as `pointes status` prints it."""
    scenarios = {}
    for name, scenario in record["config"]["panel"]["scenarios"].items():
        finished = (folder / "scenarios" / name / "panel.nc").is_file()
        scenarios[name] = {"samples": scenario["samples"], "finished": finished}
    report = folder / "report.html"
    return {
        "name": record["config"]["name"],
        "state": "finished" if (folder / "SHA256SUMS").is_file() else "simulating",
        "scenarios": scenarios,
        "report": str(report) if report.is_file() else None,
    }


def describe_status(status: dict[str, Any]) -> dict[str, str]:
    """Return the result of `read_status` in words."""
    words = {"campaign": status["name"], "state": status["state"]}
    for name, scenario in status["scenarios"].items():
        state = "simulated" if scenario["finished"] else "not complete"
        words[f"scenario {name}"] = f"{scenario['samples']} samples, {state}"
    return words | {"report": status["report"] or "not made yet"}


def describe_line(status: dict[str, Any]) -> str:
    """Return the result of `read_status` in one line, for a log."""
    finished = [name for name, scenario in status["scenarios"].items() if scenario["finished"]]
    return f"{status['name']}: {status['state']}, {len(finished)} of {len(status['scenarios'])} scenarios simulated"
