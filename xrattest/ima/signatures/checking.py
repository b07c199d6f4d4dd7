"""Check every signature of a measurement list, entry by entry, in the order of the list."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from xrattest.errors import ImaSignatureError, InputError
from xrattest.ima.entries import Entry
from xrattest.ima.signatures.algorithms import BY_NAME
from xrattest.ima.signatures.judging import UNSIGNED, Measured
from xrattest.ima.signatures.kept import KEPT_BYTES, Judges
from xrattest.ima.signatures.keys import Keyring, certificate_key
from xrattest.ima.signatures.outcomes import Judgement, Kind, Outcome, Result, Summary
from xrattest.ima.signatures.portable import IMA_ATTRIBUTE, InodeFields, attributes_of
from xrattest.ima.signatures.values import ValueType

NO_FILE = Judgement(Kind.NONE, Result.NO_FILE)

_COMMON = "ima-sig"
_WITHOUT = frozenset({"ima", "ima-ng", "ima-ngv2"})
_BUFFER = "ima-buf"
_FOLDED = 1000
"""Distinct judgements that are counted before the summary takes them over, which keeps no more than it says."""

_BOOT_AGGREGATE = b"boot_aggregate"
_INODE_FIELDS = ("xattrnames", "xattrlengths", "xattrvalues", "iuid", "igid", "imode")


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

    def check_all(
        self, entries: Iterable[Entry], wanted: Collection[Result] = frozenset(Result)
    ) -> Iterator[Outcome]:
        """Yield the outcomes of `entries` that ended as one of `wanted`; the summary counts all, when this has ended."""
        counts: dict[Judgement, int] = {}
        judge = self._judges.kept_file
        for entry in entries:
            self.summary.entries += 1
            if len(counts) > _FOLDED:
                self._fold(counts)
            # Nearly every signature of nearly every list goes this way, which is there for speed alone.
            if (
                entry.template == _COMMON
                and (value := entry.signature)
                and (digest := entry.digest)
                and len(value) + len(digest) <= KEPT_BYTES
            ):
                judgement = judge(entry.algorithm, None, digest, value)
                counts[judgement] = counts.get(judgement, 0) + 1
                if judgement.result in wanted:
                    yield Outcome(entry.number, entry.name, "sig", judgement)
                continue
            for outcome in self._outcomes(entry):
                counts[outcome.judgement] = counts.get(outcome.judgement, 0) + 1
                if outcome.judgement.result in wanted:
                    yield outcome
        self._fold(counts)

    def check(self, entry: Entry) -> list[Outcome]:
        """Return the outcome of each signature of `entry`; of an entry without any, one that says so."""
        return list(self.check_all([entry]))

    def _outcomes(self, entry: Entry) -> list[Outcome]:
        found = self._found(entry, entry.template) or [("", _without(entry))]
        return [Outcome(entry.number, entry.name, field, judgement) for field, judgement in found]

    def _fold(self, counts: dict[Judgement, int]) -> None:
        for judgement, number in counts.items():
            self.summary.add(judgement, number)
        counts.clear()

    def _found(self, entry: Entry, template: str) -> list[tuple[str, Judgement]]:
        """Judge what the entry holds: every signature, else the first thing that is none, else nothing."""
        if template in _WITHOUT:
            return []
        if template == _COMMON:
            value = entry.signature
            return [("sig", self._judges.file(entry.algorithm, None, entry.digest, value))] if value else []
        if template == _BUFFER:
            self._learn(entry)
            return []
        found = list(self._of_fields(entry, entry.fields))
        return [each for each in found if each[1].result is not Result.UNSIGNED] or found[:1]

    def _of_fields(self, entry: Entry, fields: Mapping[str, bytes]) -> Iterator[tuple[str, Judgement]]:
        measured = Measured(entry.algorithm, entry.digest_type, entry.digest)
        inode = InodeFields(*(fields.get(field) for field in _INODE_FIELDS))
        if value := fields.get("sig"):
            portable = value[0] == ValueType.EVM_PORTABLE
            yield (
                "sig",
                self._judges.portable(measured, value, inode)
                if portable
                else self._judges.file(*measured, value),
            )
        else:
            yield from self._of_attributes(measured, inode)
        if value := fields.get("evmsig"):
            yield "evmsig", self._judges.portable(measured, value, inode)
        if value := fields.get("modsig"):
            yield "modsig", self._judges.modsig(_split(fields.get("d-modsig", b"")), value)

    def _of_attributes(self, measured: Measured, inode: InodeFields) -> Iterator[tuple[str, Judgement]]:
        """Judge the `security.ima` among the attributes that the entry shows."""
        try:
            attributes = attributes_of(inode)
        except ImaSignatureError as error:
            yield "xattrvalues", Judgement(Kind.UNKNOWN, Result.INVALID, None, str(error))
            return
        if attributes is not None and (value := dict(attributes[0]).get(IMA_ATTRIBUTE)):
            yield "xattrvalues", self._judges.file(*measured, value)

    def _learn(self, entry: Entry) -> None:
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


def _without(entry: Entry) -> Judgement:
    is_file = entry.template != _BUFFER and entry.name != _BOOT_AGGREGATE and not entry.is_violation
    return UNSIGNED if is_file else NO_FILE


def _split(field: bytes) -> Measured:
    """Split `sha256:` NUL digest, the content of a field d-ng or d-modsig."""
    name, separator, digest = field.partition(b":\0")
    if not separator or not name.isascii():
        return Measured(None, None, field)
    return Measured(name.decode("ascii"), None, digest)
