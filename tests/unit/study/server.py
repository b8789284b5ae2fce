"""A PostgreSQL server of the test's own, as Debian installs it."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
USER = {"user": "nobody", "group": "nogroup", "extra_groups": []} if ROOT else {}
"""PostgreSQL does not run as root."""


def programs() -> Path | None:
    """The folder of initdb and pg_ctl; None where PostgreSQL is not installed."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), Path(shutil.which("initdb") or "/").parent]
    return next((folder for folder in sorted(folders, reverse=True) if (folder / "initdb").exists()), None)


class Server:
    """Stopped when it is made; its database `postgres` belongs to `lab`, whose password is `pa:ss@x`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="moat_lab_postgres_"))
        if ROOT:
            shutil.chown(self.folder, USER["user"], USER["group"])
        password = self.folder / "password"
        password.write_text("pa:ss@x")
        password.chmod(0o644)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"postgresql://lab:pa%3Ass%40x@127.0.0.1:{self.port}/postgres"
        words = ["--username=lab", f"--pwfile={password}", "--auth=scram-sha-256", "--no-sync", "--no-locale"]
        self._run("initdb", *words, "--encoding=UTF8")

    def start(self) -> None:
        options = f"-F -p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder}"
        self._run("pg_ctl", "start", "--wait", f"--options={options}", f"--log={self.folder / 'log'}")

    def stop(self) -> None:
        """As a power cut does."""
        self._run("pg_ctl", "stop", "--wait", "--mode=immediate")

    def freeze(self, on: bool) -> None:
        """All of its processes stand still, or go on."""
        for pid in self._pids():
            os.kill(pid, signal.SIGSTOP if on else signal.SIGCONT)

    def remove(self) -> None:
        if (self.folder / "data" / "postmaster.pid").exists():
            self.freeze(False)
            self.stop()
        shutil.rmtree(self.folder)

    def _pids(self) -> list[int]:
        first = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def _run(self, program: str, *words: str) -> None:
        command = [programs() / program, f"--pgdata={self.folder / 'data'}", *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, **USER)
        assert done.returncode == 0, done.stdout + done.stderr
