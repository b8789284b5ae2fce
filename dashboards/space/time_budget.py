"""How long a calculation that a page starts may go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import StopException, get_script_run_ctx


@dataclass(frozen=True, slots=True)
class TimeBudget:
    """Asked by a calculation for each of its steps; it ends where the session is gone that wanted it."""

    seconds: float
    began: float = field(default_factory=monotonic)

    def is_left(self) -> bool:
        """Whether there is time; does not return where nobody waits any more."""
        if not _is_awaited():
            raise StopException  # as by st.stop: nothing is kept of what was cut for this reason
        return monotonic() - self.began < self.seconds


def _is_awaited() -> bool:
    context = get_script_run_ctx(suppress_warning=True)
    return context is None or not exists() or get_instance().is_active_session(context.session_id)
