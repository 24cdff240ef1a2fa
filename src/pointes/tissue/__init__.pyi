from . import cable as cable
from . import niederer as niederer
from .description import Setup as Setup
from .description import Site as Site
from .simulation import simulate as simulate
