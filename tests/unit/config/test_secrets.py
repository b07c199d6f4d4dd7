"""Secret references: resolved from files, credentials and the environment; never guessed."""

from __future__ import annotations

import pytest

from xrattest.config.secrets import MAX_SECRET, resolve
from xrattest.errors import ConfigError


@pytest.fixture
def secret_file(tmp_path):
    path = tmp_path / "pass"
    path.write_bytes(b"correct horse\n")
    path.chmod(0o600)
    return path


def test_a_file_loses_one_newline(secret_file):
    assert resolve(f"file:{secret_file}") == b"correct horse"
    secret_file.write_bytes(b"x\n\n")
    assert resolve(f"file:{secret_file}") == b"x\n"


def test_a_file_that_others_may_read_is_refused(secret_file):
    secret_file.chmod(0o640)
    with pytest.raises(ConfigError, match="open to others"):
        resolve(f"file:{secret_file}")


def test_environment_and_credential(monkeypatch, tmp_path):
    monkeypatch.setenv("KEYPASS", "s3cret")
    assert resolve("env:KEYPASS") == b"s3cret"
    (tmp_path / "key").write_bytes(b"s3cret")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert resolve("credential:key") == b"s3cret"
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(ConfigError, match="LoadCredential"):
        resolve("credential:key")


def test_what_is_absent_empty_or_no_secret_is_refused(monkeypatch, tmp_path, secret_file):
    monkeypatch.setenv("EMPTY", "")
    for reference in (
        "env:EMPTY",
        "env:XRATTEST_NOT_SET",
        f"file:{tmp_path}/none",
        f"file:{tmp_path}",
        "hunter2",
        "",
        "credential:../x",
    ):
        with pytest.raises(ConfigError):
            resolve(reference)
    secret_file.write_bytes(b"x" * (MAX_SECRET + 1))
    with pytest.raises(ConfigError, match="longer than"):
        resolve(f"file:{secret_file}")
