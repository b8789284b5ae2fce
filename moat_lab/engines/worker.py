"""A worker process of the local engine: it carries out one job at a time."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from multiprocessing import connection, parent_process
from multiprocessing.connection import Connection
from threading import Thread

from moat_lab.device import CrowdedError, LostContextError, take_device
from moat_lab.engines.execution import execute
from moat_lab.errors import UserError
from moat_lab.records import Epoch, ResultsFolder
from moat_lab.train.provenance import failure_text


def serve(
    pipe: Connection, threads: int, device: str, results: ResultsFolder, environment: Mapping[str, str]
) -> None:
    """Takes jobs until the parent ends, also where that is killed; every message begins with the seed."""
    os.environ.clear()  # it may be that of the time when a first worker was started
    os.environ.update(environment)
    import torch

    Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(threads)
    with suppress(EOFError, ConnectionError):
        while True:
            job = pipe.recv()
            try:
                take_device(device)
                for record in execute(job, results, device, partial(_tell, pipe)):
                    pipe.send((record.seed, record))
            except UserError as error:
                pipe.send((job.run.seed, UserError(str(error))))
            except OSError as error:  # of what is written down: no space, no folder
                pipe.send((job.run.seed, error))
            except CrowdedError as error:
                pipe.send((job.run.seed, CrowdedError(str(error))))
            except LostContextError as error:
                pipe.send((job.run.seed, LostContextError(failure_text(error))))
                return


def _end_with_parent() -> None:
    """Ends this process, whatever it does, when its parent does."""
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)


def _tell(pipe: Connection, seed: int, epoch: Epoch) -> None:
    """A point of the curve to the parent; that there is none any more is no failure of the training."""
    try:
        pipe.send((seed, epoch))
    except ConnectionError:
        raise SystemExit(0) from None
