"""Check every signature of a measurement list, entry by entry, in the order of the list."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol

from xrattest.errors import ImaSignatureError, InputError
from xrattest.ima.signatures.algorithms import BY_NAME
from xrattest.ima.signatures.judging import UNSIGNED, Measured
from xrattest.ima.signatures.kept import Judges
from xrattest.ima.signatures.keys import Keyring, certificate_key
from xrattest.ima.signatures.outcomes import Judgement, Kind, Outcome, Result, Summary
from xrattest.ima.signatures.portable import IMA_ATTRIBUTE, InodeFields, attributes_of
from xrattest.ima.signatures.values import ValueType

NO_FILE = Judgement(Kind.NONE, Result.NO_FILE)

_ONE_VALUE = frozenset({"ima-sig", "ima-sigv2"})
"""Templates whose only signature is that of `security.ima`."""
_NO_VALUE = frozenset({"ima", "ima-ng", "ima-ngv2"})
_BUFFER = "ima-buf"
_BOOT_AGGREGATE = b"boot_aggregate"
_INODE_FIELDS = ("xattrnames", "xattrlengths", "xattrvalues", "iuid", "igid", "imode")


class MeasuredEntry(Protocol):
    """What is read of an entry; `xrattest.ima.Entry` is one."""

    @property
    def number(self) -> int: ...  # noqa: D102 - as in `Entry`
    @property
    def template(self) -> str: ...  # noqa: D102 - as in `Entry`
    @property
    def algorithm(self) -> str | None: ...  # noqa: D102 - as in `Entry`
    @property
    def digest_type(self) -> str | None: ...  # noqa: D102 - as in `Entry`
    @property
    def digest(self) -> bytes | None: ...  # noqa: D102 - as in `Entry`
    @property
    def name(self) -> bytes | None: ...  # noqa: D102 - as in `Entry`
    @property
    def signature(self) -> bytes | None: ...  # noqa: D102 - as in `Entry`
    @property
    def fields(self) -> Mapping[str, bytes]: ...  # noqa: D102 - as in `Entry`
    @property
    def is_violation(self) -> bool: ...  # noqa: D102 - as in `Entry`


class SignatureChecker:
    """Judges entries one by one, and counts.

    `logged_keyrings` are names of kernel keyrings, such as `.ima`: a certificate that the log says was added to one of them
    (an `ima-buf` entry) counts from then on. Nothing but a quote says that the log is true, so this is for a log that a TPM
    vouches for, and is asked for by name.
    """

    def __init__(self, keyring: Keyring, *, logged_keyrings: Collection[str] = ()) -> None:
        """Judge by the keys of `keyring`, which grows by those of `logged_keyrings`."""
        self.summary = Summary()
        self._judges = Judges(keyring)
        self._logged = frozenset(name.encode() for name in logged_keyrings)

    def check_all(self, entries: Iterable[MeasuredEntry]) -> Iterator[Outcome]:
        """Yield every outcome of `entries`."""
        for entry in entries:
            yield from self.check(entry)

    def check(self, entry: MeasuredEntry) -> list[Outcome]:
        """Return the outcome of each signature of `entry`; of an entry without any, one that says so."""
        self.summary.entries += 1
        found = self._judgements(entry)
        signed = [each for each in found if each[1].result is not Result.UNSIGNED]
        if not signed:
            signed = found[:1] if found and found[0][1] is not UNSIGNED else [("", _without(entry))]
        number, name = entry.number, entry.name
        outcomes = [Outcome(number, name, field, judgement) for field, judgement in signed]
        for outcome in outcomes:
            self.summary.add(outcome.judgement)
        return outcomes

    def _judgements(self, entry: MeasuredEntry) -> list[tuple[str, Judgement]]:
        template = entry.template
        if template in _ONE_VALUE:
            value = entry.signature
            return [("sig", self._judges.file(_measured(entry), value))] if value else []
        if template in _NO_VALUE:
            return []
        if template == _BUFFER:
            self._learn(entry)
            return []
        return list(self._of_fields(entry, entry.fields))

    def _of_fields(
        self, entry: MeasuredEntry, fields: Mapping[str, bytes]
    ) -> Iterator[tuple[str, Judgement]]:
        measured = _measured(entry)
        inode = InodeFields(*(fields.get(field) for field in _INODE_FIELDS))
        if value := fields.get("sig"):
            portable = value[0] == ValueType.EVM_PORTABLE
            yield (
                "sig",
                self._judges.portable(measured, value, inode)
                if portable
                else self._judges.file(measured, value),
            )
        elif value := _file_value(inode):
            yield "xattrvalues", self._judges.file(measured, value)
        if value := fields.get("evmsig"):
            yield "evmsig", self._judges.portable(measured, value, inode)
        if value := fields.get("modsig"):
            yield "modsig", self._judges.modsig(_split(fields.get("d-modsig", b"")), value)

    def _learn(self, entry: MeasuredEntry) -> None:
        """Take the certificate of a key measurement, where that was asked for: name is the keyring, buf the certificate."""
        if entry.name not in self._logged:
            return
        content = entry.fields.get("buf", b"")
        algorithm = BY_NAME.get(entry.algorithm or "")
        if algorithm is None or algorithm.digest(content) != entry.digest:
            self.summary.remark(
                f"entry {entry.number}: a key whose digest is not the measured one is not taken"
            )
            return
        try:
            self._judges.add(certificate_key(content, f"entry {entry.number}"))
        except InputError as error:
            self.summary.remark(f"entry {entry.number}: the key is not taken: {error}")


def _measured(entry: MeasuredEntry) -> Measured:
    return Measured(entry.algorithm, entry.digest_type, entry.digest)


def _without(entry: MeasuredEntry) -> Judgement:
    is_file = entry.template != _BUFFER and entry.name != _BOOT_AGGREGATE and not entry.is_violation
    return UNSIGNED if is_file else NO_FILE


def _file_value(inode: InodeFields) -> bytes | None:
    """Return the `security.ima` among the attributes that an entry shows; damage is said with the portable signature."""
    try:
        found = attributes_of(inode)
    except ImaSignatureError:
        return None
    return None if found is None else dict(found[0]).get(IMA_ATTRIBUTE)


def _split(field: bytes) -> Measured:
    """Split `sha256:` NUL digest, the content of a field d-ng or d-modsig."""
    name, separator, digest = field.partition(b":\0")
    if not separator or not name.isascii():
        return Measured(None, None, field)
    return Measured(name.decode("ascii"), None, digest)
