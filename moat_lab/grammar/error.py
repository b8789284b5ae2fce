"""The one way in which a text can fail to be a network."""

from moat_lab.errors import UserError, readable

Span = tuple[int, int]


class GrammarError(UserError):
    """What is needed and what was got, with the line, a caret under the place, and one line of help.

    Attributes:
        message: one sentence, without the place.
        help: one line, or empty.
        line, column: counted from 1; 0 where the network was not read from a text.
    """

    def __init__(self, message: str, *, help: str = "", text: str = "", span: Span | None = None) -> None:
        self.message, self.help = readable(message), help
        self.line = self.column = 0
        lines = [self.message]
        if span is not None:
            self.line = text.count("\n", 0, span[0]) + 1
            start = text.rfind("\n", 0, span[0]) + 1
            self.column = span[0] - start + 1
            lines = [f"{self._place(text)}: {self.message}", *_pointed(text, start, span)]
        super().__init__("\n".join([*lines, *([f"  {help}"] if help else [])]))

    def located(self, text: str, span: Span, prefix: str = "") -> "GrammarError":
        """The same error, with the place it comes from."""
        return GrammarError(prefix + self.message, help=self.help, text=text, span=span)

    def _place(self, text: str) -> str:
        return f"line {self.line}, column {self.column}" if "\n" in text else f"column {self.column}"


def _pointed(text: str, start: int, span: Span) -> list[str]:
    line = text[start:].split("\n", 1)[0].rstrip("\r")
    # Character by character, so that the caret stays under what is written as several, such as \xe9.
    written = [readable(char) for char in line]
    at = span[0] - start
    before = "".join("\t" if char == "\t" else " " * len(char) for char in written[:at])
    width = max(1, len("".join(written[at : span[1] - start])))
    return [f"  {''.join(written)}", f"  {before}{'^' * width}"]
