"""The fake of Pinecone: what its real client meets there, its limits, its faults and its late visibility."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes.pinecone import PineconeFake
from pinecone import Pinecone, RetryConfig, ServerlessSpec
from pinecone.errors.exceptions import ApiError

Made = dict[str, Any]


@pytest.fixture
def pinecone() -> Iterator[PineconeFake]:
    with PineconeFake(dimension=3) as fake:
        yield fake
        assert fake.own_faults == []


@pytest.fixture
def index(pinecone: PineconeFake) -> Any:
    return index_of(pinecone)


ATTEMPTS = 4
"""The client tries a call on vectors so often where the failure may pass; that cannot be changed (10.2)."""


def client_of(fake: PineconeFake, key: str = "k") -> Any:
    return Pinecone(api_key=key, host=fake.url, retry_config=RetryConfig(max_retries=0), timeout=5)


def index_of(fake: PineconeFake, key: str = "k") -> Any:
    return client_of(fake, key).index(host=fake.url)


def vector(id_: str, *values: float, **metadata: Any) -> Made:
    made: Made = {"id": id_, "values": list(values or (1.0, 0.0, 0.0))}
    return made | ({"metadata": metadata} if metadata else {})


def refused(act: Any, *arguments: Any, **named: Any) -> Any:
    with pytest.raises(ApiError) as caught:
        act(*arguments, **named)
    return caught.value


def listed(index: Any, **wanted: Any) -> list[str]:
    return [item.id for page in index.list(**wanted) for item in page.vectors]


# Writing and reading.


def test_vectors_are_written_fetched_found_and_deleted(pinecone: PineconeFake, index: Any) -> None:
    given = [vector("a", 1, 0, 0, kind="dataset"), vector("b", 0, 1, 0), vector("c", 0.9, 0.1, 0)]
    assert index.upsert(vectors=given, namespace="n").upserted_count == 3
    assert sorted(pinecone.vectors["n"]) == ["a", "b", "c"]
    fetched = index.fetch(ids=["a", "nowhere"], namespace="n").vectors
    assert list(fetched) == ["a"]
    assert fetched["a"].metadata == {"kind": "dataset"}
    assert list(fetched["a"].values) == [1, 0, 0]
    found = index.query(vector=[1, 0, 0], top_k=2, namespace="n", include_metadata=True).matches
    assert [hit.id for hit in found] == ["a", "c"]
    assert found[0].score == pytest.approx(1)
    assert found[0].metadata == {"kind": "dataset"}
    assert index.query(id="b", top_k=1, namespace="n", include_values=True).matches[0].values == [0, 1, 0]
    index.delete(ids=["a", "nowhere"], namespace="n")
    assert listed(index, namespace="n") == ["b", "c"]
    index.delete(delete_all=True, namespace="n")
    assert index.describe_index_stats().total_vector_count == 0


def test_a_second_upsert_replaces_and_an_update_merges(pinecone: PineconeFake, index: Any) -> None:
    index.upsert(vectors=[vector("a", 1, 0, 0, old="x")])
    index.upsert(vectors=[vector("a", 0, 1, 0, new="y")])
    index.update(id="a", set_metadata={"more": "z"})
    index.update(id="nowhere", set_metadata={"more": "z"})
    kept = pinecone.vectors[""]["a"]
    assert (list(kept["values"]), kept["metadata"]) == ([0, 1, 0], {"new": "y", "more": "z"})
    assert index.update(filter={"new": {"$eq": "y"}}, set_metadata={"n": 1}).matched_records == 1
    assert index.fetch(ids=["a"]).vectors["a"].metadata["n"] == 1


def test_namespaces_are_apart(index: Any) -> None:
    index.upsert(vectors=[vector("a")], namespace="one")
    index.upsert(vectors=[vector("a"), vector("b")])
    assert listed(index, namespace="one") == ["a"]
    assert listed(index, namespace="two") == []
    counts = index.describe_index_stats().namespaces
    assert {name: counts[name].vector_count for name in counts} == {"one": 1, "__default__": 2}
    assert refused(index.delete, ids=["a"], namespace="two").status_code == 404


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({"kind": {"$eq": "dataset"}}, "ab"),
        ({"kind": "dataset"}, "ab"),
        ({"kind": {"$ne": "dataset"}}, "c"),
        ({"kind": {"$in": ["signature", "x"]}}, "c"),
        ({"tags": {"$in": ["t2"]}}, "ab"),
        ({"tags": "t1"}, "a"),
        ({"n": {"$gte": 2}}, "bc"),
        ({"$and": [{"kind": "dataset"}, {"n": {"$lt": 2}}]}, "a"),
        ({"$or": [{"n": 1}, {"n": 3}]}, "ac"),
        ({"kind": "dataset", "n": 2}, "b"),
        ({"tags": {"$exists": False}}, "c"),
    ],
)
def test_filters(index: Any, wanted: Made, ids: str) -> None:
    given = [
        vector("a", kind="dataset", n=1, tags=["t1", "t2"]),
        vector("b", kind="dataset", n=2, tags=["t2"]),
        vector("c", kind="signature", n=3),
    ]
    index.upsert(vectors=given)
    found = index.query(vector=[1, 0, 0], top_k=9, filter=wanted).matches
    assert sorted(hit.id for hit in found) == list(ids)


@pytest.mark.parametrize("wanted", [{"$not": []}, {"a": {"$like": "x"}}, {"a": {"$in": "x"}}, {"a": {"$eq": []}}])
def test_what_is_no_filter_is_refused(index: Any, wanted: Made) -> None:
    assert refused(index.query, vector=[1, 0, 0], top_k=1, filter=wanted).status_code == 400


def test_ids_are_listed_in_pages_and_by_prefix(index: Any) -> None:
    index.upsert(vectors=[vector(f"d{n:03}") for n in range(130)] + [vector("s1")])
    assert len(listed(index)) == 131
    assert listed(index, prefix="d12") == [f"d12{n}" for n in range(10)]
    assert listed(index, prefix="d", limit=7) == [f"d{n:03}" for n in range(130)]


def test_deleting_by_filter(pinecone: PineconeFake, index: Any) -> None:
    index.upsert(vectors=[vector("a", of="x"), vector("b", of="y")])
    index.delete(filter={"of": {"$eq": "x"}})
    assert list(pinecone.vectors[""]) == ["b"]


# The control plane.


def test_an_index_is_described_made_and_deleted() -> None:
    with PineconeFake(index=None) as pinecone:
        client = client_of(pinecone)
        assert client.indexes.exists("papers") is False
        place = ServerlessSpec(cloud="aws", region="us-east-1")
        client.indexes.create(name="papers", dimension=4, metric="dotproduct", spec=place)
        described = client.indexes.describe("papers")
        assert (described.dimension, described.metric, described.host) == (4, "dotproduct", pinecone.url)
        assert described.status.ready is True
        client.index(name="papers").upsert(vectors=[vector("a", 1, 2, 3, 4)])
        assert [one.name for one in client.indexes.list()] == ["papers"]
        error = refused(client.indexes.create, name="more", dimension=4, metric="cosine", spec=place)
        assert (error.status_code, error.error_code) == (403, "QUOTA_EXCEEDED")
        assert refused(client.indexes.create, name="papers", dimension=4, spec=place).status_code == 409
        client.indexes.delete("papers")
        assert refused(client.indexes.describe, "papers").status_code == 404
        assert refused(index_of(pinecone).describe_index_stats).status_code == 404
        assert pinecone.vectors == {}
        assert pinecone.own_faults == []


# Limits: past the checks of the client, as a program without them would be met.


def post(fake: PineconeFake, path: str, body: Any) -> Any:
    return httpx.post(fake.url + path, json=body, headers={"Api-Key": "k", "X-Pinecone-Api-Version": "2026-07"})


@pytest.mark.parametrize(
    ("vectors", "said"),
    [
        ([], "must not be empty"),
        ([vector(str(n)) for n in range(1001)], "limit of 1000 vectors"),
        ([vector("a", 1, 2)], "Vector dimension 2 does not match the dimension of the index 3"),
        ([{"id": "a"}], "Vector dimension 0"),
        ([vector("a", 0, 0, 0)], "at least one non-zero value"),
        ([vector("a", x=None)], "got 'null' for field 'x'"),
        ([vector("a", x=[1, 2])], "list of strings"),
        ([vector("a", x={"y": 1})], "list of strings"),
        ([vector("a", x="y" * 40_960)], "exceeds the limit of 40960 bytes"),
        ([vector("")], "1 to 512 characters"),
        ([vector("x" * 513)], "1 to 512 characters"),
        ([vector("é")], "must be ASCII"),
    ],
)
def test_limits_of_an_upsert(pinecone: PineconeFake, vectors: list[Made], said: str) -> None:
    answer = post(pinecone, "/vectors/upsert", {"vectors": vectors})
    assert answer.status_code == 400
    assert sorted(answer.json()) == ["code", "details", "message"]
    assert len(pinecone.invalid) == 1
    assert pinecone.vectors == {}
    with PineconeFake(dimension=3, validate=False) as bare:  # where the specification does not speak first
        assert said in post(bare, "/vectors/upsert", {"vectors": vectors}).json()["message"]


def test_an_upsert_has_at_most_2_mb(pinecone: PineconeFake, index: Any) -> None:
    fat = [vector(str(n), x="y" * 40_000) for n in range(60)]
    assert "message length too large" in str(refused(index.upsert, vectors=fat))
    assert index.upsert(vectors=fat[:50]).upserted_count == 50


def test_limits_of_reading_and_deleting(pinecone: PineconeFake, index: Any) -> None:
    ids = [f"i{n}" for n in range(1001)]
    index.upsert(vectors=[vector("a")])
    assert refused(index.fetch, ids=ids).status_code == 400
    assert post(pinecone, "/vectors/delete", {"ids": ids}).status_code == 400
    assert post(pinecone, "/vectors/delete", {}).status_code == 400
    for count in (0, 10_001):
        assert post(pinecone, "/query", {"vector": [1, 0, 0], "topK": count}).status_code == 400
    assert post(pinecone, "/describe_index_stats", {"filter": {"a": 1}}).status_code == 400
    assert post(pinecone, "/nothing", {}).status_code == 404


def test_a_wrong_body_is_refused_and_recorded(pinecone: PineconeFake) -> None:
    if not pinecone.validating:
        pytest.skip("the specifications are not here")
    assert (
        "required property" in post(pinecone, "/vectors/upsert", {"vectors": [{"values": [1, 2, 3]}]}).json()["message"]
    )
    assert post(pinecone, "/vectors/upsert", {"vectors": [vector("a") | {"values": ["1", 2, 3]}]}).status_code == 400
    assert post(pinecone, "/indexes", {"name": "x"}).json()["status"] == 400
    assert [seen.path for seen, _ in pinecone.invalid] == ["/vectors/upsert", "/vectors/upsert", "/indexes"]


def test_one_number_that_is_none_is_found_among_many(pinecone: PineconeFake) -> None:
    if not pinecone.validating:
        pytest.skip("the specifications are not here")
    values: list[Any] = [0.5] * 1024
    values[777] = "0.5"
    answer = post(pinecone, "/vectors/upsert", {"vectors": [{"id": "a", "values": values}]})
    assert "body.vectors[0].values[777]" in answer.json()["message"]


# Keys and versions.


def test_keys_and_versions() -> None:
    with PineconeFake(keys={"right"}, api_versions=("2026-07",)) as pinecone:
        assert refused(index_of(pinecone, key="wrong").describe_index_stats).status_code == 401
        index_of(pinecone, key="right").describe_index_stats()
        assert pinecone.keys_seen == {"right", "wrong"}
        assert "right" not in repr(pinecone.requests)
        pinecone.api_versions = ("2027-01",)
        assert "Invalid API version 2026-07" in str(refused(index_of(pinecone, key="right").describe_index_stats))


# Visibility.


def test_writes_are_seen_after_a_while() -> None:
    with PineconeFake(dimension=3, visible_after=5) as pinecone:
        clock = [100.0]
        pinecone.now = lambda: clock[0]
        index = index_of(pinecone)
        index.upsert(vectors=[vector("a")])
        assert "a" in pinecone.vectors[""]
        assert (listed(index), index.fetch(ids=["a"]).vectors) == ([], {})
        assert index.query(vector=[1, 0, 0], top_k=1).matches == []
        clock[0] += 5
        assert listed(index) == ["a"]
        index.delete(ids=["a"])
        assert (listed(index), pinecone.vectors[""]) == (["a"], {})
        pinecone.settle()
        assert listed(index) == []


# Faults.


def test_an_id_that_is_refused_fails_its_whole_batch(pinecone: PineconeFake, index: Any) -> None:
    pinecone.refuse("b2")
    answer = index.upsert(vectors=[vector(f"{batch}{n}") for batch in "ab" for n in range(4)], batch_size=4)
    assert answer.has_errors is True
    assert sorted(item["id"] for item in answer.failed_items) == ["b0", "b1", "b2", "b3"]
    assert sorted(pinecone.vectors[""]) == ["a0", "a1", "a2", "a3"]
    assert "b2" in str(refused(index.upsert, vectors=[vector("b2")]))


def test_an_id_that_fails_for_a_while(pinecone: PineconeFake, index: Any) -> None:
    pinecone.refuse("a", status=503, count=1)
    assert post(pinecone, "/vectors/upsert", {"vectors": [vector("a")]}).status_code == 503
    index.upsert(vectors=[vector("a")])
    pinecone.refuse("a")
    pinecone.calm()
    index.upsert(vectors=[vector("a")])


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("429", 429),
        ("409", 409),
        ("500", 500),
        ("502", 502),
        ("503", 503),
        ("504", 504),
        ("529", 529),
        ("quota", 403),
        ("wrong_version", 400),
    ],
)
def test_faults_with_an_answer(pinecone: PineconeFake, index: Any, kind: Any, status: int) -> None:
    pinecone.faults.next(kind, count=None, retry_after=0)
    error = refused(index.upsert, vectors=[vector("a")])
    assert error.status_code == status
    assert pinecone.vectors == {}
    again = status in {429, 500, 502, 503, 504}
    assert len(pinecone.requests) == (ATTEMPTS if again else 1)
    pinecone.calm()
    index.upsert(vectors=[vector("a")])


def test_codes_of_refusals(pinecone: PineconeFake) -> None:
    pinecone.faults.next("quota")
    assert post(pinecone, "/query", {}).json()["error"]["code"] == "QUOTA_EXCEEDED"
    pinecone.faults.next("429", path="/indexes", code="RESOURCE_EXHAUSTED", retry_after=3)
    answer = httpx.get(f"{pinecone.url}/indexes")
    assert (answer.json()["error"]["code"], answer.headers["Retry-After"]) == ("RESOURCE_EXHAUSTED", "3")


@pytest.mark.parametrize(
    ("kind", "written"),
    [("hang", 0), ("reset", 0), ("timeout_after_commit", 1), ("reset_after_commit", 1), ("cut", 1)],
)
def test_faults_without_an_answer(pinecone: PineconeFake, kind: Any, written: int) -> None:
    pinecone.faults.next(kind, seconds=0.02)
    with pytest.raises(httpx.TransportError):
        post(pinecone, "/vectors/upsert", {"vectors": [vector("a")]})
    assert sum(map(len, pinecone.vectors.values())) == written


def test_the_client_tries_again_by_itself(pinecone: PineconeFake, index: Any) -> None:
    pinecone.faults.next("503", count=2, retry_after=0)
    assert index.upsert(vectors=[vector("a")]).upserted_count == 1
    assert [seen.status for seen in pinecone.requests] == [503, 503, 200]


def test_above_the_rate_there_is_429() -> None:
    with PineconeFake(dimension=3, rate=1, burst=1, retry_after=0) as pinecone:
        pinecone.now = lambda: 100.0
        index = index_of(pinecone)
        index.describe_index_stats()
        assert refused(index.describe_index_stats).status_code == 429
        assert pinecone.limited == ATTEMPTS


# Starting and stopping.


def test_an_outage_and_the_way_back(pinecone: PineconeFake, index: Any) -> None:
    index.upsert(vectors=[vector("a")])
    pinecone.stop()
    with pytest.raises(httpx.ConnectError):
        post(pinecone, "/describe_index_stats", {})
    pinecone.start()
    assert listed(index) == ["a"]


def test_as_a_script_it_says_where_it_is_and_ends_at_sigterm() -> None:
    script = Path(__file__).parents[1] / "fakes" / "pinecone.py"
    command = [sys.executable, str(script), "--port", "0", "--dimension", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        index: Any = Pinecone(api_key="k", host=address).index(host=address)
        assert index.upsert(vectors=[vector("a")]).upserted_count == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
