"""Jobs on an existing Dask cluster, through dask.distributed."""

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from rnnhw.errors import RnnhwError

from .store import Store
from .work import Outcome, Prepare, attempt, describe, find_key

CONNECT_SECONDS = 5
POLL_SECONDS = 0.05
COUNT_SECONDS = 2  # between looks at how many workers there are
INSTALL = 'pip install "rnnhw[dask]"'


class Cluster:
    """Does jobs once. Every job's key is asked for first, so that nothing runs that is in the store here.

    No more jobs are given out than there are threads: Dask blames a worker's death on all that it had been given, also
    on what it had not begun.

    Parameters
    ----------
    prepare : callable
    jobs : list
    store : Store
        The client's; the workers keep what they make in their own default ones, too.
    address : str
        The scheduler's.
    """

    def __init__(self, prepare: Prepare, jobs: list, store: Store, address: str):
        self.prepare, self.jobs, self.store, self.address = prepare, jobs, store, address
        self.waiting = deque((number, find_key) for number in range(len(jobs)))
        self.running = {}
        self.name = f"rnnhw-{uuid4().hex}"

    def run(self) -> Iterator[tuple[int, Outcome]]:
        """Gives the number of each job and its outcome as they come.

        Closing the iterator, or an exception such as KeyboardInterrupt, takes back what was not begun; what a worker
        has begun it ends, and keeps.

        Raises
        ------
        RnnhwError
            If there is no scheduler at the address, or the connection is lost.
        """
        with _connected(self.address) as client:
            from distributed import as_completed

            done, threads, looked = as_completed(loop=client.loop, with_results=True, raise_errors=False), 1, -math.inf
            while self.waiting or self.running:
                if time.monotonic() - looked > COUNT_SECONDS:
                    threads, looked = self._threads(client), time.monotonic()
                while self.waiting and len(self.running) < threads:
                    done.add(self._submit(client, *self.waiting.popleft()))
                batch = done.next_batch(block=False)
                for future, answer in batch:
                    yield from self._hear(future, answer)
                if not batch:
                    time.sleep(POLL_SECONDS)

    def _threads(self, client) -> int:
        try:
            return max(1, sum(client.nthreads().values()))
        except OSError:
            raise self._lost() from None

    def _submit(self, client, number: int, call):
        arguments = (self.prepare, self.jobs[number]) + ((None,) if call is attempt else ())
        future = client.submit(call, *arguments, key=f"{self.name}-{number}-{call.__name__}", pure=False)
        self.running[future.key] = (number, call)
        return future

    def _hear(self, future, answer):
        number, call = self.running.pop(future.key)
        if future.cancelled():
            raise self._lost()
        future.release()  # or Dask would compute it anew if its worker died now
        if not isinstance(answer, Outcome):  # type, exception, traceback
            yield number, Outcome(error=_reason(answer[1]))
            return
        if call is find_key and answer.error is None:
            found = self.store.get(answer.key)
            if found is None:
                self.waiting.append((number, attempt))
                return
            answer = Outcome(answer.key, found, found=True)
        yield number, answer

    def _lost(self) -> RnnhwError:
        return RnnhwError(f"{self.address}: the connection to the Dask scheduler is lost; what was finished is kept")


def _reason(error: Exception) -> str:
    """Why Dask gives no outcome: no worker survived, or the workers cannot import the job's function."""
    from distributed import KilledWorker

    return f"its worker died {error.allowed_failures + 1} times" if isinstance(error, KilledWorker) else describe(error)


@contextmanager
def _connected(address: str):
    try:
        from distributed import Client
    except ImportError:
        raise RnnhwError(f"--scheduler needs Dask: {INSTALL}") from None
    with _hushed():
        asyncio.run(_knock(address))
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        try:
            yield client
        finally:
            client.close(timeout=1)


@contextmanager
def _hushed():
    """Dask logs tracebacks; what goes wrong is said in one line, here."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


async def _knock(address: str) -> None:
    """See that a scheduler is at an address: a `Client` that finds none would hang when it is collected."""
    try:
        kind = await asyncio.wait_for(_kind(address), CONNECT_SECONDS)
    except OSError:  # which a timeout is, too
        raise RnnhwError(f"{address}: no Dask scheduler answers there within {CONNECT_SECONDS} seconds") from None
    except Exception as error:  # not an address, no certificate, somebody else there
        raise RnnhwError(f"{address}: cannot be connected to as a Dask scheduler ({describe(error)})") from None
    if kind != "Scheduler":
        raise RnnhwError(f"{address}: is a Dask {kind}, not a scheduler")


async def _kind(address: str) -> str:
    from distributed.comm import connect
    from distributed.security import Security

    connection = await connect(address, 2 * CONNECT_SECONDS, **Security().get_connection_args("client"))
    try:
        await connection.write({"op": "identity", "reply": True})
        return (await connection.read())["type"]
    finally:
        await connection.close()
