from .description import Setup as Setup
from .description import Site as Site
from .simulation import simulate as simulate
