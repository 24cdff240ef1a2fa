"""One thread for linear algebra: the matrices are small, and waiting costs threads more than they gain."""

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """Return a context in which BLAS uses one thread; results then do not depend on the number of cores either."""
    limited: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limited
