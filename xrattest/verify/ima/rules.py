"""Rules of a policy, made ready: every entry of a list is judged by exactly one of them.

The order, first match: denied path; violation; denied digest; keys and buffers by their name; boot aggregate; excluded path;
path with digest; digest alone; last what no rule names.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from xrattest.errors import ConfigError
from xrattest.ima import Entry
from xrattest.patterns import Patterns
from xrattest.verify.ima.buffers import BufferRules, buffer_of
from xrattest.verify.ima.digests import digest_of, pack
from xrattest.verify.ima.judgement import Judgement, Known, holds, known, texts_of, vouched, with_more
from xrattest.verify.ima.policy import ImaPolicy, Severity

BOOT_AGGREGATE = b"boot_aggregate"

KEXEC = Judgement("kexecs")
"""A boot_aggregate entry that is not the first, and that the policy expects."""
_BOOT = Judgement("boot-aggregate")
_VIOLATION = Judgement("violations", kind="violation")
_EXCLUDED = Judgement("exclude")
_ALLOWED = Judgement("allow")
_DIGEST = Judgement("digests")


class Rules:
    """A policy made ready. Raises `ConfigError` for a pattern or a digest that cannot be used."""

    def __init__(self, policy: ImaPolicy, known_good: Iterable[tuple[bytes, bytes]] = ()) -> None:
        """Take a policy, and further pairs of path and comparable digest (`digests.pack`)."""
        self._policy = policy
        try:
            self._denied = Patterns(policy.deny.paths, policy.deny.regexes)
            self._excluded = Patterns(policy.exclude.paths, policy.exclude.regexes)
            # The first glob that matches is told, so a policy decides by the order of its lines.
            self._violations_at = Patterns(list(policy.violations_at))
            self._denied_digests = frozenset(map(pack, policy.deny.digests))
            self._digests = frozenset(map(pack, policy.digests))
            self._buffers = BufferRules(policy)
            self._allow = _allowed(policy)
        except (ValueError, binascii.Error) as error:
            raise ConfigError(f"the policy's section ima: {error}") from error
        for path, digest in known_good:
            self._allow[path] = with_more(self._allow.get(path, ()), (digest,))
        self.references = policy.names_references or bool(self._allow)
        # Paths meet the patterns once here, not once per entry: what stays in the table is neither denied nor excluded.
        for path in [path for path in self._allow if self._has_pattern(path)]:
            del self._allow[path]

    def _has_pattern(self, path: bytes) -> bool:
        return self._denied.first(path) is not None or self._excluded.first(path) is not None

    def violation(self, entry: Entry) -> tuple[Severity, str | None]:
        """Return what follows from a violation, and the glob of `violations-at` that says so."""
        glob = self._violations_at.first(entry.name or b"")
        return (self._policy.violations, None) if glob is None else (self._policy.violations_at[glob], glob)

    def judge(self, entry: Entry, number: int, kexecs: int = 0) -> Judgement:
        """Judge an entry, the `number`th since boot; `kexecs` counts the boot aggregates before it that kexec explains."""
        name = entry.name
        listed = None if name is None else self._allow.get(name)
        if listed is None and name is not None and (by := self._denied.first(name)) is not None:
            return Judgement("deny.paths", "fail", "denied-path", by=by)
        if entry.is_violation:
            return _VIOLATION
        digest = digest_of(entry)
        if digest in self._denied_digests:
            return Judgement("deny.digests", "fail", "denied-digest")
        if (buffer := buffer_of(entry)) is not None:
            judgement = self._buffers.judge(name or b"", digest, buffer)
            return judgement or self._by_digest(digest) or self._buffers.refuse(name or b"", buffer)
        if listed is None and name is not None and (judgement := self._by_name(name, number, kexecs)):
            return judgement
        return self._by_value(name, digest, listed)

    def _by_name(self, name: bytes, number: int, kexecs: int) -> Judgement | None:
        """Judge what is judged whatever its digest."""
        if name == BOOT_AGGREGATE:
            # A file may be called so too: the kernel logs the last component of a path that it cannot tell whole.
            if number == 0:
                return _BOOT
            if kexecs < self._policy.kexecs:
                return KEXEC
            return Judgement("kexecs", self._policy.unlisted, "another-boot-aggregate")
        return _EXCLUDED if self._excluded.first(name) is not None else None

    def _by_value(self, name: bytes | None, digest: bytes | None, listed: Known | None) -> Judgement:
        if digest is None:
            return Judgement("opaque", self._policy.opaque, "opaque")
        if listed is not None and holds(listed, digest):
            return vouched(_ALLOWED, digest, self._policy.weak_digests)
        if (judgement := self._by_digest(digest)) is not None:
            return judgement
        if listed is not None:
            return Judgement("allow", "fail", "changed", texts_of(listed))
        if name is None:
            return Judgement("opaque", self._policy.opaque, "opaque")
        return Judgement("unlisted", self._policy.unlisted, "unlisted")

    def _by_digest(self, digest: bytes | None) -> Judgement | None:
        if digest is None or digest not in self._digests:
            return None
        return vouched(_DIGEST, digest, self._policy.weak_digests)


def _allowed(policy: ImaPolicy) -> dict[bytes, Known]:
    table = {path.encode(): known(texts) for path, texts in policy.allow.items()}
    for listed in policy.allow_bytes:
        path = base64.b64decode(listed.path_bytes, validate=True)
        table[path] = with_more(table.get(path, ()), [*map(pack, listed.digests)])
    return table
