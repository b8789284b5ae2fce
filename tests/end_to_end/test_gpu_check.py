"""The script that says what only a GPU shows runs on a CPU, as far as it can."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "gpu_check.py"


@pytest.mark.slow
def test_every_section_runs_on_a_cpu_and_nothing_fails():
    sections = ["environment", "determinism", "together", "steps", "waits", "memory", "broken"]
    done = subprocess.run(
        [sys.executable, SCRIPT, "--device", "cpu", "--quick", *sections],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout
    assert "PASS four seeds together, mbconv+attn" in done.stdout
