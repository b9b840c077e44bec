"""Vectors that were paid for once are kept, exactly, at once and for each model apart."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from amprenta_core.errors import SinkUnavailable
from amprenta_core.store.database import Database, open_database
from amprenta_core.store.embedding_cache import PostgresEmbeddingCache

if TYPE_CHECKING:
    from conftest import Workspace

HANG_UP = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND datname = current_database()"
)


@pytest.fixture
def database(workspace: "Workspace") -> Iterator[Database]:
    made = open_database(workspace.settings)
    yield made
    made.close()


@pytest.fixture
def cache(database: Database) -> PostgresEmbeddingCache:
    return PostgresEmbeddingCache(database=database)


def test_what_is_put_is_got_to_the_last_bit_of_float32(cache: PostgresEmbeddingCache) -> None:
    numbers = np.random.default_rng(3).normal(size=(300, 1536)).astype(np.float32)
    numbers[0, :4] = [1e-38, 3e38, -0.0, 1 / 3]
    cache.put("m", 1536, {f"h{n}": row.astype(np.float64) for n, row in enumerate(numbers)})
    found = cache.get("m", 1536, [f"h{n}" for n in range(301)])
    assert len(found) == 300
    for n, row in enumerate(numbers):
        assert found[f"h{n}"].dtype == np.float64
        assert np.array_equal(found[f"h{n}"].astype(np.float32), row)


def test_models_and_dimensions_are_kept_apart(cache: PostgresEmbeddingCache) -> None:
    cache.put("m", 2, {"h": np.array([1.0, 0.0])})
    assert cache.get("n", 2, ["h"]) == cache.get("m", 3, ["h"]) == {}


def test_what_is_kept_is_not_changed(cache: PostgresEmbeddingCache) -> None:
    cache.put("m", 2, {"h": np.array([1.0, 0.0])})
    cache.put("m", 2, {"h": np.array([0.0, 1.0]), "i": np.array([0.0, 1.0])})
    assert {key: values.tolist() for key, values in cache.get("m", 2, ["h", "i"]).items()} == {
        "h": [1.0, 0.0],
        "i": [0.0, 1.0],
    }


def test_nothing_asks_nothing(cache: PostgresEmbeddingCache, database: Database) -> None:
    database.close()
    cache.put("m", 2, {})
    assert cache.get("m", 2, []) == {}


def test_writers_of_the_same_texts_do_not_stop_each_other(cache: PostgresEmbeddingCache) -> None:
    names = [f"h{n}" for n in range(100)]

    def write(turn: int) -> None:
        order = names if turn % 2 else names[::-1]
        cache.put("m", 2, {name: np.array([1.0, turn]) for name in order})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(12)))
    assert len(cache.get("m", 2, names)) == 100


def test_a_database_that_went_away_is_said(cache: PostgresEmbeddingCache, workspace: "Workspace") -> None:
    cache.put("m", 1, {"h": np.array([1.0])})
    workspace.query(HANG_UP)
    with pytest.raises(SinkUnavailable):
        cache.get("m", 1, ["h"])
    assert list(cache.get("m", 1, ["h"])) == ["h"]
