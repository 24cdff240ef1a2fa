"""One thread for linear algebra: the matrices are small, and threads that wait for another cost more than they do."""

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def one_thread() -> AbstractContextManager:
    """Return a context in which BLAS uses one thread; results then do not depend on the number of cores either."""
    return _controller().limit(limits=1, user_api="blas")
