"""One door to Notion: every request waits for its turn, and every failure becomes an error that says who must act."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from hashlib import sha256
from time import time
from typing import Any

import httpx
from attrs import field, frozen
from notion_client import Client
from notion_client.errors import HTTPResponseError, NotionClientErrorBase, RequestTimeoutError

from amprenta_core.errors import SinkRejected, SinkUnavailable
from amprenta_core.outgoing import Throttle
from amprenta_core.settings import NotionSettings

VERSION = "2025-09-03"
SETUP, CREATE = "`amprenta sync setup-notion`", "`amprenta sync setup-notion --create`"
"""What a person runs to check the databases, and to add what they lack."""
_QUIET = logging.getLogger("amprenta_core.sinks.notion")
_FULL = re.compile(r"\bblocks?\b.*(limit|used up)|\blimit\b.*\bblocks?\b|\bquota\b", re.IGNORECASE | re.DOTALL)
_TOO_MANY, _OVERLOADED, _CONFLICT, _NO_SUCH, _NO_KEY = 429, 529, 409, 404, 401
_SHARE = (
    "Open the page or database in Notion, add the integration under its connections, and see that the id in the "
    "settings is the right one"
)


class NotionRefused(SinkRejected):
    """Notion refused one request for good. ``status`` is the HTTP status, ``code`` Notion's word for it."""

    def __init__(self, what: str, *, hint: str | None = None, status: int = 400, code: str = "") -> None:
        super().__init__(what, hint=hint)
        self.status = status
        self.code = code


class NotionUnavailable(SinkUnavailable):
    """Notion did not do one request now.

    ``maybe_done``: it may have been done all the same. ``everywhere``: any other request would fare no better.
    """

    def __init__(
        self,
        what: str,
        *,
        hint: str | None = None,
        retry_after: float | None = None,
        maybe_done: bool = False,
        everywhere: bool = False,
    ) -> None:
        super().__init__(what, hint=hint, retry_after=retry_after)
        self.maybe_done = maybe_done
        self.everywhere = everywhere


@frozen(kw_only=True)
class NotionApi:
    """The client with its throttle. ``credential`` names the key without saying it."""

    client: Client = field(repr=False)
    throttle: Throttle = field(repr=False)
    credential: str
    key: str = field(repr=False)

    def call(self, method: Callable[..., Any], *ids: str, **body: Any) -> dict[str, Any]:
        """Make one request of a method of ``client``, once. Raises ``NotionRefused`` or ``NotionUnavailable``."""
        self.throttle.wait(self.credential)
        try:
            answer = method(*ids, **body)
        except (NotionClientErrorBase, httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            said = translated(error, self.key)
            if isinstance(said, NotionUnavailable) and said.retry_after:
                self.throttle.hold(self.credential, said.retry_after)
            raise said from error
        if not isinstance(answer, dict):
            raise NotionUnavailable("Notion answered with something that is no object", maybe_done=True)
        return answer

    def listed(self, method: Callable[..., Any], *ids: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Everything that a method lists, over all its pages."""
        cursor = None
        while True:
            answer = self.call(method, *ids, page_size=100, start_cursor=cursor, **query)
            yield from answer.get("results", ())
            cursor = answer.get("next_cursor")
            if not answer.get("has_more") or not cursor:
                return

    def children(self, block_id: str) -> Iterator[dict[str, Any]]:
        """The blocks right below a page or block."""
        return self.listed(self.client.blocks.children.list, block_id)


def open_api(settings: NotionSettings, throttle: Throttle) -> NotionApi:
    """A client for these settings; no request is made."""
    options: dict[str, Any] = {
        "auth": settings.key,
        "notion_version": VERSION,
        "timeout_ms": round(settings.timeout * 1000),
        "retry": False,  # the queue tries again, and knows what was in doubt
        "logger": _QUIET,
        "log_level": logging.CRITICAL,  # failures are answers here, and are shown once
    }
    if settings.base_url:
        options["base_url"] = settings.base_url.rstrip("/")
    credential = "notion:" + sha256(settings.key.encode()).hexdigest()[:16]
    return NotionApi(client=Client(**options), throttle=throttle, credential=credential, key=settings.key)


def translated(error: Exception, key: str) -> NotionRefused | NotionUnavailable:
    """What a failed request comes to, in words without the key."""
    if isinstance(error, HTTPResponseError):
        return _answered(error, key)
    if isinstance(error, RequestTimeoutError):
        unsent = isinstance(error.__context__, httpx.ConnectTimeout | httpx.PoolTimeout)
        return NotionUnavailable("Notion did not answer in time", maybe_done=not unsent, everywhere=unsent)
    if isinstance(error, httpx.ConnectError):
        return NotionUnavailable(f"Notion cannot be reached ({_clean(str(error), key)})", everywhere=True)
    if isinstance(error, httpx.InvalidURL | NotionClientErrorBase | UnicodeEncodeError):
        return NotionRefused(f"the request to Notion could not be written ({_clean(str(error), key)})")
    name = type(error).__name__
    return NotionUnavailable(f"the answer of Notion did not arrive whole ({name})", maybe_done=True)


def _answered(error: HTTPResponseError, key: str) -> NotionRefused | NotionUnavailable:
    status, (code, message) = error.status, _said(error)
    text = _clean(message, key)
    if status in (_TOO_MANY, _CONFLICT) or status >= 500:  # noqa: PLR2004  # the server's own failures
        wait = _seconds(error.headers.get("retry-after"))
        return NotionUnavailable(
            f"Notion answered {status}: {text}",
            retry_after=wait,
            maybe_done=status not in (_TOO_MANY, _CONFLICT),
            everywhere=wait is not None and status in (_TOO_MANY, _OVERLOADED),
        )
    what, hint = _refusal(status, code, text)
    return NotionRefused(what, hint=hint, status=status, code=code)


def _refusal(status: int, code: str, text: str) -> tuple[str, str]:
    """(what happened, who must do what) for an answer that will stay the same."""
    if status == _NO_KEY:
        return f"Notion refused the key: {text}", "Set NOTION_API_KEY to the secret of an integration that is in use"
    if _FULL.search(text):
        return f"the Notion workspace is full: {text}", "Its owner must change the plan; then `amprenta sync retry`"
    if status == _NO_SUCH or code == "restricted_resource":
        return f"Notion does not show this to the integration: {text}", _SHARE
    return f"Notion refused the request: {text}", f"{SETUP} says whether the properties of the database fit"


def _said(error: HTTPResponseError) -> tuple[str, str]:
    """(code, message) of the answer's body, whether or not the client knows the code."""
    try:
        body = json.loads(error.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return "", "no explanation"
    message = str(body.get("message") or "no explanation")
    more = body.get("additional_data")
    reason = more.get("rate_limit_reason") if isinstance(more, dict) else None
    return str(body.get("code") or ""), f"{message} ({reason})" if reason else message


def _clean(text: str, key: str) -> str:
    """One line without the key; what an answer says may be long."""
    return " ".join(text.replace(key, "…").split())[:500]


def _seconds(header: str | None) -> float | None:
    """What ``Retry-After`` asks for: seconds or a date."""
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time())
    except ValueError:
        return None
