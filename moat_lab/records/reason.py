"""Why a training failed, in one line of its record."""

RETRY = "--retry-failed"
"""The option of a study's command that trains failed ones again."""
_WAY = ("  ", "Traceback ")
"""What begins a line of the way through the code; the first line without it names the exception's type."""


def reason_of(error: str | None) -> str:
    """The line that begins with the exception's type; where it ends in a colon, the next one too.

    What follows is often a hint, such as torch's `Compile with TORCH_USE_CUDA_DSA ...`.
    """
    lines = [line for line in (error or "").splitlines() if line.strip()]
    at = next((i for i, line in enumerate(lines) if not line.startswith(_WAY)), 0)
    said = " ".join(line.strip() for line in lines[at : at + 2])
    first = lines[at].strip() if lines else "no error text"
    return said if first.endswith(":") else first
