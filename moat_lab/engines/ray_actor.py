"""The process of a slot on a Ray cluster: an actor that carries out one job at a time."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from moat_lab.device import CrowdedError, LostContextError, take_device
from moat_lab.engines.engine import Job
from moat_lab.engines.execution import execute
from moat_lab.engines.remote import Parcel, execute_apart
from moat_lab.errors import UserError
from moat_lab.records import Epoch, ResultsFolder
from moat_lab.train.provenance import failure_text

Message = tuple[int, Epoch | Parcel] | Exception | None
"""(seed, point of its curve or what came of it), a failure, or None at the end of a job."""


class SlotActor:
    """Its job runs in a thread, so that what it says can be asked for meanwhile."""

    def __init__(self, environment: Mapping[str, str], threads: int, device: str, shared: str) -> None:
        """
        Args:
            environment: as of a worker of the local engine.
            shared: the results folder, if this process writes there; else empty.
        """
        os.environ.update(environment)
        self.threads, self.device, self.shared = threads, device, shared
        self.waiting: SimpleQueue[Message] = SimpleQueue()

    def start(self, job: Job, checkpoint: bytes | None) -> int:
        """Gives the process's id."""
        Thread(target=self._carry_out, args=(job, checkpoint), daemon=True).start()
        return os.getpid()

    def messages(self) -> list[Message]:
        """Waits for one, and gives all that are there."""
        messages = [self.waiting.get()]
        with suppress(Empty):
            while True:
                messages.append(self.waiting.get_nowait())
        return messages

    def _carry_out(self, job: Job, checkpoint: bytes | None) -> None:
        import torch

        torch.set_num_threads(self.threads)  # of this thread
        try:
            take_device(self.device)
            for parcel in self._parcels(job, checkpoint):
                self.waiting.put((parcel.seed, parcel))
            self.waiting.put(None)
        except UserError as error:
            self.waiting.put(UserError(str(error)))
        except CrowdedError as error:
            self.waiting.put(CrowdedError(str(error)))
        except Exception as error:  # the node's fault: its disk, its GPU ...
            shared_disk = self.shared and isinstance(error, OSError)
            self.waiting.put(error if shared_disk else LostContextError(failure_text(error)))

    def _parcels(self, job: Job, checkpoint: bytes | None) -> Sequence[Parcel]:
        def tell(seed: int, epoch: Epoch) -> None:
            self.waiting.put((seed, epoch))

        if not self.shared:
            return execute_apart(job, checkpoint, self.device, tell)
        records = execute(job, ResultsFolder(Path(self.shared)), self.device, tell)
        return [Parcel.of(record) for record in records]
