"""Every error of Amprenta, grouped by who must act.

One base; one line that a user can act on; the facts as attributes; the cause kept. Two tables at the end map each
class to the exit code of a command and to the status of an HTTP answer.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


class AmprentaError(Exception):
    """Base of all errors that Amprenta raises on purpose.

    ``what`` says in one line what happened; ``hint`` says what to do about it.
    """

    def __init__(self, what: str, *, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}. {self.hint}" if self.hint else self.what

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors travel between processes with all their facts."""
        return (_rebuilt, (type(self), self.__dict__))


class FileError(AmprentaError):
    """The owner of the file must act: it could not be read as a result table.

    ``path`` is the file, ``line`` the 1-based line where reading stopped (None: the file as a whole), ``plugin`` the
    plugin that was reading, ``seen`` what each plugin said of the file.
    """

    def __init__(
        self,
        what: str,
        *,
        path: Path | str,
        line: int | None = None,
        plugin: str | None = None,
        seen: Mapping[str, str] | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(what, hint=hint)
        self.path = str(path)
        self.line = line
        self.plugin = plugin
        self.seen = dict(seen or {})

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}, line {self.line}"
        reader = f" (read by {self.plugin})" if self.plugin else ""
        return f"{place}: {super().__str__()}{reader}"


class UnrecognisedFile(FileError):
    """No installed plugin claims the file."""


class AmbiguousFile(FileError):
    """Several plugins claim the file with the same confidence."""


class ParseError(FileError):
    """A plugin claimed the file and could not read it."""


class PluginError(AmprentaError):
    """The author of a plugin must act: it broke a promise of its interface.

    ``plugin`` is its name, ``hook`` the hook that failed (None: it could not be loaded).
    """

    def __init__(self, what: str, *, plugin: str, hook: str | None = None, hint: str | None = None) -> None:
        super().__init__(what, hint=hint)
        self.plugin = plugin
        self.hook = hook

    def __str__(self) -> str:
        where = f"plugin {self.plugin}" if self.hook is None else f"plugin {self.plugin}, hook {self.hook}"
        return f"{where}: {super().__str__()}"


class NotFound(AmprentaError):
    """The caller named something that is not there."""


class Conflict(AmprentaError):
    """The caller asked for something that contradicts what is stored."""


class SinkRejected(AmprentaError):
    """An outside system refused for good: trying again would not help."""


class SinkUnavailable(AmprentaError):
    """An outside system, the database included, does not answer now: trying again may help.

    ``retry_after`` is how many seconds it asked to be left alone, None where it did not say.
    """

    def __init__(self, what: str, *, hint: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(what, hint=hint)
        self.retry_after = retry_after


class SettingsError(AmprentaError):
    """Whoever runs Amprenta must act: a setting is wrong or missing."""


EXIT_CODES: Mapping[type[AmprentaError], int] = {
    FileError: 3,
    PluginError: 4,
    NotFound: 5,
    Conflict: 5,
    SinkRejected: 6,
    SinkUnavailable: 6,
    SettingsError: 2,
    AmprentaError: 1,
}
"""Exit code of a command by the class of the error (a subclass has its parent's)."""

HTTP_STATUS: Mapping[type[AmprentaError], int] = {
    FileError: 422,
    PluginError: 500,
    NotFound: 404,
    Conflict: 409,
    SinkRejected: 502,
    SinkUnavailable: 503,
    SettingsError: 500,
    AmprentaError: 500,
}
"""Status of an HTTP answer by the class of the error (a subclass has its parent's)."""


def exit_code(error: AmprentaError) -> int:
    """Exit code of the command that ends with this error.

    >>> exit_code(UnrecognisedFile("nobody reads it", path="a.csv"))
    3
    """
    return _by_class(EXIT_CODES, error)


def http_status(error: AmprentaError) -> int:
    """HTTP status of the answer that reports this error.

    >>> http_status(Conflict("name taken"))
    409
    """
    return _by_class(HTTP_STATUS, error)


def _rebuilt(cls: type[AmprentaError], facts: dict[str, Any]) -> AmprentaError:
    error = cls.__new__(cls, facts["what"])
    error.__dict__.update(facts)
    return error


def _by_class(table: Mapping[type[AmprentaError], int], error: AmprentaError) -> int:
    return next(table[cls] for cls in type(error).__mro__ if cls in table)
