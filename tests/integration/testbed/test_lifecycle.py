"""The bed itself: what is missing, what fails to start, and what is left of it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from tests.testbed import go_registry, registry
from tests.testbed.process import log_kept, require_binary
from tests.testbed.token_server import TokenServer

if TYPE_CHECKING:
    from pathlib import Path


def test_a_missing_program_skips_here_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"apt-get install .*docker-registry .*redis-server skopeo"):
        require_binary("no-such-program")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-program is not installed"):
        require_binary("no-such-program")


def test_olareg_skips_with_a_reason_where_it_can_not_be_built(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match="nor a Go toolchain"):
        go_registry.olareg_binary(tmp_path / "cache")


@pytest.mark.parametrize("failed", [True, False])
def test_logs_outlive_a_failure_only(tmp_path: Path, *, failed: bool) -> None:
    folder, kept = tmp_path / "registry", tmp_path / "kept" / "registry.log"
    with log_kept(folder, kept) as outcome, registry.plain(folder):
        outcome.failed = failed
    assert not folder.exists()
    assert kept.exists() == failed
    if failed:
        assert "listening on 127.0.0.1" in kept.read_text()


def test_a_registry_that_can_not_start_says_why(tmp_path: Path) -> None:
    with TokenServer() as server:
        server.key.certificate_pem = b"no certificate"
        with pytest.raises(RuntimeError, match="unable to configure authorization"):
            ExitStack().enter_context(registry.token(tmp_path, server))
