"""Check of a campaign's configuration, as before its first job."""

from pathlib import Path

from pointes.campaign.configuration import loading
from pointes.campaign.prepare import Campaign, prepare


def check_campaign(config: Path) -> Campaign:
    """Return the campaign of a configuration file.

    Raises
    ------
    UserError
        One line for each mistake, as `pointes.campaign.prepare.prepare` raises it.
    """
    return prepare(loading.read(config), where=str(config), project=Path())
