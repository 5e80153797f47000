"""Two real processes, one store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.core.http.stores.keeping import elsewhere, everything_in
from tests.core.http.stores.questions import KEY, SECRET_BODY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.redis import RedisServer

DIGEST = b"kept elsewhere".decode()


def test_processes_share_redis(redis_server: RedisServer):
    elsewhere("keep", redis_server.url, KEY)
    assert elsewhere("find", redis_server.url, KEY) == {
        "digest": ["redis", DIGEST],
        "tag": ["redis", "of a tag"],
        "ada": ["redis", SECRET_BODY.decode()],
        "bob": None,
        "anybody": None,
    }
    assert not any(b"canary" in key + value for key, value in everything_in(redis_server).items())


def test_processes_share_a_folder(tmp_path: Path):
    url = f"disk://{tmp_path}/cache"
    elsewhere("keep", url, KEY)
    assert elsewhere("find", url, KEY) == {
        "digest": ["disk", DIGEST],
        "tag": None,
        "ada": ["disk", SECRET_BODY.decode()],
        "bob": None,
        "anybody": None,
    }


@pytest.mark.parametrize("key", ["", "another text of an operator"])
def test_process_without_the_key_finds_what_is_public(redis_server: RedisServer, key: str):
    elsewhere("keep", redis_server.url, KEY)
    found = elsewhere("find", redis_server.url, key)
    assert found["digest"]
    assert not found["ada"]
