"""YAML -> Optuna study -> many evaluations -> report; `python -m moat_lab.study NAME`."""
