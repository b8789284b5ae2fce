"""The small study of the study room's tests."""

from tests.unit.study.conftest import plan, study_file

__all__ = ["plan", "study_file"]
