"""`python -m moat_lab.evaluate CHECKPOINT --data NAME`: top-1 and top-5 of trained weights.

Only to be run: the function `moat_lab.evaluate` has the same name, and importing this file would hide it.
"""

from moat_lab.command_line import run
from moat_lab.training.evaluate_command import app

if __name__ == "__main__":
    run(app)
