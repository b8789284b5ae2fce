"""`python -m moat_lab.train NETWORK --recipe NAME`: a network trained in full, into a folder of its own."""

from moat_lab.command_line import run
from moat_lab.training.train_command import app

if __name__ == "__main__":
    run(app)
