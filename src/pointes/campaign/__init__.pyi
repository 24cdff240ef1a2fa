from .commands.predict_points import predict_points as predict_points
from .commands.run_tissue import run_tissue as run_tissue
from .commands.simulate_points import simulate_points as simulate_points
from .configuration.loading import load as load
from .files.store import open_campaign as open_campaign
from .prepare import check_campaign as check_campaign
from .progress import describe_status as describe_status
from .progress import read_status as read_status
