"""What a failed request comes to: who must act, whether it may have been done, and never the key."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from notion_client.errors import RequestTimeoutError, build_request_error

from amprenta_core.errors import SinkRejected, SinkUnavailable
from amprenta_core.sinks.notion_requests import NotionUnavailable, translated

KEY = "secret_abc"


def answer(status: int, code: str, message: str, **headers: str) -> Any:
    body = json.dumps({"object": "error", "status": status, "code": code, "message": message})
    return translated(build_request_error(httpx.Response(status, headers=headers, text=body), body), KEY)


@pytest.mark.parametrize(("status", "code"), [(429, "rate_limited"), (529, "service_overload")])
def test_retry_after_is_handed_on_and_everybody_waits(status: int, code: str) -> None:
    error = answer(status, code, "slow down", **{"Retry-After": "17"})
    assert isinstance(error, NotionUnavailable)
    assert (error.retry_after, error.everywhere) == (17.0, True)


def test_retry_after_may_be_a_date() -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 80 < answer(429, "rate_limited", "wait", **{"Retry-After": when}).retry_after <= 90
    assert answer(429, "rate_limited", "wait", **{"Retry-After": "soon"}).retry_after is None


@pytest.mark.parametrize("status", [500, 502, 503, 504, 529])
def test_a_server_error_may_have_done_the_request_and_names_no_time(status: int) -> None:
    error = answer(status, "internal_server_error", "oops")
    assert isinstance(error, NotionUnavailable)
    assert (error.retry_after, error.maybe_done, error.everywhere) == (None, True, False)


def test_a_gateways_page_is_a_server_error_too() -> None:
    page = "<html>502 Bad Gateway</html>"
    error = translated(build_request_error(httpx.Response(502, text=page), page), KEY)
    assert isinstance(error, SinkUnavailable)


def test_a_conflict_and_a_full_budget_were_not_done() -> None:
    for status in (409, 429):
        error = answer(status, "conflict_error", "again")
        assert isinstance(error, NotionUnavailable)
        assert not error.maybe_done


@pytest.mark.parametrize(
    ("status", "code", "message", "what", "hint"),
    [
        (401, "unauthorized", "API token is invalid.", "refused the key", "NOTION_API_KEY"),
        (403, "restricted_resource", "Insufficient permissions", "does not show", "integration"),
        (404, "object_not_found", "shared with your integration", "does not show", "integration"),
        (403, "restricted_resource", "reached its limit of blocks", "workspace is full", "plan"),
        (400, "validation_error", "Block limit exceeded", "workspace is full", "plan"),
        (400, "validation_error", "X is not a property that exists.", "X is not a property", "setup-notion"),
    ],
)
def test_a_refusal_says_who_must_do_what(status: int, code: str, message: str, what: str, hint: str) -> None:
    error = answer(status, code, message)
    assert isinstance(error, SinkRejected)
    assert what in error.what
    assert hint in str(error.hint)


def test_the_key_is_in_no_message() -> None:
    for error in (
        answer(400, "validation_error", f"Bearer {KEY} is wrong"),
        translated(httpx.ConnectError(f"cannot reach {KEY}"), KEY),
    ):
        assert KEY not in f"{error} {error!r}"


def test_what_was_not_sent_was_not_done() -> None:
    refused = translated(httpx.ConnectError("refused"), KEY)
    cut = translated(httpx.RemoteProtocolError("cut"), KEY)
    late = translated(RequestTimeoutError(), KEY)
    assert [error.maybe_done for error in (refused, cut, late) if isinstance(error, NotionUnavailable)] == [
        False,
        True,
        True,
    ]
