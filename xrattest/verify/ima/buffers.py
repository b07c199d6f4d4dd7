"""Rules for measured buffers (field `buf`): keys that were loaded onto a keyring, kernel parameters, critical data.

The kernel names an entry of a key after its keyring (`.ima`), any other after its event: `kexec-cmdline`, `kernel_version`,
`dm_table_load`, `init_module`, … Nothing but the content tells a key from the rest, so both tables are asked.
"""

from __future__ import annotations

from collections.abc import Mapping

from cryptography import x509

from xrattest.ima import Entry
from xrattest.patterns import Patterns
from xrattest.pki.chain import MAX_CERTIFICATE, PARSE_ERRORS
from xrattest.verify.ima.judgement import Judgement, Known, holds, known, texts_of, vouched
from xrattest.verify.ima.policy import ImaPolicy

FILE_TEMPLATES = frozenset({"ima", "ima-ng", "ima-sig", "ima-ngv2", "ima-sigv2", "ima-modsig", "evm-sig"})
"""Templates that never hold a buffer."""

_KEY = Judgement("keyrings")
_BUFFER = Judgement("buffers")
_TEXT = Judgement("buffer-text")
_IGNORED = Judgement("ignored-keyrings")


class BufferRules:
    """The part of a policy that is about buffers. Raises `ValueError` for a pattern or a digest that cannot be used."""

    def __init__(self, policy: ImaPolicy) -> None:
        self._policy = policy
        self._keyrings = _table(policy.keyrings)
        self._buffers = _table(policy.buffers)
        self._texts = {name.encode(): Patterns(regexes=texts) for name, texts in policy.buffer_text.items()}
        self._ignored = frozenset(name.encode() for name in policy.ignored_keyrings)

    def judge(self, name: bytes, digest: bytes | None, buffer: bytes) -> Judgement | None:
        """Judge a buffer by its name; None where no rule names it, or none of those that do accepts it."""
        if digest is not None:
            for rule, table in ((_KEY, self._keyrings), (_BUFFER, self._buffers)):
                if holds(table.get(name, ()), digest):
                    return vouched(rule, digest, self._policy.weak_digests)
        if name in self._texts and self._texts[name].first(buffer) is not None:
            return _TEXT
        if name in self._ignored or (b"*" in self._ignored and is_certificate(buffer)):
            return _IGNORED
        return None

    def refuse(self, name: bytes, buffer: bytes) -> Judgement:
        """Say why a buffer that nothing accepts is refused."""
        if name in self._keyrings:
            return Judgement("keyrings", "fail", "unknown-key", texts_of(self._keyrings[name]))
        if name in self._buffers or name in self._texts:
            return Judgement("buffers", "fail", "unknown-buffer", texts_of(self._buffers.get(name, ())))
        kind = "unlisted-key" if is_certificate(buffer) else "unlisted-buffer"
        return Judgement("unlisted", self._policy.unlisted, kind)


def buffer_of(entry: Entry) -> bytes | None:
    """Return the measured buffer of an entry; None when its template has no such field."""
    if entry.template in FILE_TEMPLATES:
        return None
    return (entry.fields or {}).get("buf")


def is_certificate(buffer: bytes) -> bool:
    """Tell whether a measured buffer is one X.509 certificate, which is what the kernel measures of a key."""
    # A DER sequence with a two-byte length, as any certificate has.
    if not buffer.startswith(b"\x30\x82") or len(buffer) > MAX_CERTIFICATE:
        return False
    try:
        x509.load_der_x509_certificate(buffer)
    except PARSE_ERRORS:
        return False
    return True


def _table(listed: Mapping[str, list[str]]) -> dict[bytes, Known]:
    return {name.encode(): known(texts) for name, texts in listed.items()}
