"""The collector `rpm`: part of the selector `packages`."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from datetime import UTC
from typing import IO, ClassVar

from pydantic import BaseModel

from xrattest.errors import ChangedWhileReadError, CollectError, HostRootError, RpmFormatError
from xrattest.evidence import Model
from xrattest.plugin import Body, Context
from xrattest.rpm import Package, read_database
from xrattest_rpm.options import RpmOptions
from xrattest_rpm.rows import package_row

_ATTEMPTS = 3
_RUN_TIME_REASON = (
    "run-time fingerprints are not calculated by this version; install-time values are up to date"
)
_COMMITTED_REASON = (
    "equal to active: an rpm transaction takes effect at once, no other set waits for a reboot"
)
_OSTREE_REASON = (
    "committed is left out: on an OSTree host it is the pending deployment, which is not read yet"
)


class RpmCollector:
    """Reads the rpm database of the host, never writing in or beside it."""

    name: ClassVar[str] = "rpm"
    selector: ClassVar[str] = "packages"
    part: ClassVar[str] = "rpm"
    evidence_type: ClassVar[str] = "urn:xrattest:evidence:rpm:1"
    model: ClassVar[Model] = Model("Cisco-IOS-XR-spirit-install-instmgr-oper", "2021-12-08")
    options: ClassVar[type[BaseModel]] = RpmOptions

    def collect(self, context: Context, body: Body) -> None:
        """Write `install`; a header whose digest disagrees is a problem. Raises `Unavailable`, `CollectError`."""
        options = context.options
        assert isinstance(options, RpmOptions)
        with tempfile.TemporaryFile() as summary:
            try:
                is_ostree = context.root.exists("/ostree/repo")
                problems = _spool(context, options.dbpath, summary)
            except (RpmFormatError, ChangedWhileReadError, HostRootError, OSError) as error:
                raise CollectError(str(error)) from error
            with body.stream("install") as descriptor, os.fdopen(os.dup(descriptor), "wb") as out:
                _write_install(out, summary, committed=not is_ostree)
        for problem in problems:
            body.problem(problem)
        if is_ostree:
            body.problem(_OSTREE_REASON, "/ostree/repo")


def _spool(context: Context, dbpath: str | None, summary: IO[bytes]) -> list[str]:
    """Write the summary's JSON text; starts anew when rpm wrote the database meanwhile."""
    for attempt in range(1, _ATTEMPTS + 1):
        summary.seek(0)
        summary.truncate()
        try:
            return _write_summary(context, dbpath, summary)
        except ChangedWhileReadError:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError


def _write_summary(context: Context, dbpath: str | None, out: IO[bytes]) -> list[str]:
    packages = read_database(context.root, dbpath)
    head = {
        "rpm-fingerprint-status": "generation-up-to-date",
        "rpm-fingerprint-timestamp": context.clock().astimezone(UTC).ctime(),
        "reason": _RUN_TIME_REASON,
    }
    out.write(json.dumps(head).encode()[:-1] + b', "package": [')
    problems = []
    for number, package in enumerate(packages):
        out.write(
            (b",\n" if number else b"\n") + json.dumps(package_row(package), ensure_ascii=False).encode()
        )
        if package.header_digest == "mismatch":
            problems.append(f"{_shown(package)}: the header is not the one that its digest was made of")
    out.write(b"]}")
    return problems


def _write_install(out: IO[bytes], summary: IO[bytes], *, committed: bool) -> None:
    """Write the container `install`; `committed` repeats `active` so that readers of the model find it."""
    out.write(b'{"packages": {"active": {"summary": ')
    _copy(summary, out)
    out.write(b"}")
    if committed:
        out.write(b', "committed": {"reason": ' + json.dumps(_COMMITTED_REASON).encode() + b', "summary": ')
        _copy(summary, out)
        out.write(b"}")
    out.write(b"}}")


def _copy(summary: IO[bytes], out: IO[bytes]) -> None:
    summary.seek(0)
    shutil.copyfileobj(summary, out)


def _shown(package: Package) -> str:
    text = f"{package.name}-{package.evr}"
    return os.fsencode(text).decode("utf-8", "replace")
