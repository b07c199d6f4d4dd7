"""The whole exception tree of xrattest; its root is `XrattestError`.

Rust raises these too: it imports the classes from here, so docs, inheritance and type checks see one tree. Each class
carries the exit status that the command line gives it (`exit_code`), so that a library user and an operator read the
same distinction: 2 is "this is not what the command reads", 1 is "it was, and it failed".
"""

from __future__ import annotations

import os


class XrattestError(Exception):
    """Root of every error that xrattest raises on purpose."""

    exit_code = 1


class InputError(XrattestError):
    """Input that is not what the reader reads: wrong kind, damaged, or over a limit."""

    exit_code = 2


class ImaFormatError(InputError):
    """An IMA measurement list that is damaged or is none; `index` is 0-based, `offset` in bytes."""

    def __init__(self, index: int, offset: int, reason: str) -> None:
        self.index, self.offset, self.reason = index, offset, reason
        super().__init__(f"IMA list: entry {index} at byte {offset}: {reason}")


class AsciiListWarning(UserWarning):
    """An ascii measurement list was read: what its text leaves open. Binary lists never give this warning.

    A reading of an entry is proven when its template hash recomputes; a violation has no hash that could.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the native module gives all of it
        self,
        entries: int,
        lines: int,
        violations: int,
        unproven: int,
        joined: int,
        first_unproven: tuple[int, int] | None,
    ) -> None:
        self.entries, self.lines, self.violations = entries, lines, violations
        self.unproven = unproven
        """Entries, violations aside, whose template hash no reading gives: the text is ambiguous, or the hash is wrong."""
        self.joined = joined
        """Entries that span several lines: their names have line ends."""
        self.first_unproven = first_unproven
        """0-based number and 1-based first line of the first of `unproven`."""
        super().__init__(self._text())

    @property
    def proven(self) -> int:
        """Entries of which the template hash proves how they are to be read."""
        return self.entries - self.violations - self.unproven

    def _text(self) -> str:
        text = f"ascii list: {self.proven} of {self.entries} entries are proven to be read right by their template hashes"
        if self.violations:
            text += f"; {self.violations} violations have none, names with line ends or blanks in them may be misread"
        if self.unproven and self.first_unproven is not None:
            number, line = self.first_unproven
            text += f"; {self.unproven} have a wrong template hash or an ambiguous text, the first is entry {number} in line {line}"
        return text


class BootLogFormatError(InputError):
    """A firmware event log that is damaged or is none; `index` is 0-based, `offset` in bytes."""

    def __init__(self, index: int, offset: int, reason: str) -> None:
        self.index, self.offset, self.reason = index, offset, reason
        super().__init__(f"event log: event {index} at byte {offset}: {reason}")


class BootLogTruncatedError(BootLogFormatError):
    """A firmware event log that just ends inside an event; every event before it is whole."""


class CompactFormatError(InputError):
    """A compact IMA block that is damaged or is none; `block` is 0-based, `offset` in bytes."""

    def __init__(self, block: int, offset: int, reason: str) -> None:
        self.block, self.offset, self.reason = block, offset, reason
        super().__init__(f"compact IMA block {block} at byte {offset}: {reason}")


class ImaSignatureError(InputError):
    """The content of `security.ima` or `security.evm`, or a CMS message, that is damaged; `offset` in bytes inside it."""

    def __init__(self, offset: int, reason: str) -> None:
        self.offset, self.reason = offset, reason
        super().__init__(f"signature: byte {offset}: {reason}")


class RpmFormatError(InputError):
    """An rpm database, header or package that is damaged or is none; `offset` in bytes inside `place`."""

    def __init__(self, place: str, offset: int, reason: str) -> None:
        self.place, self.offset, self.reason = place, offset, reason
        super().__init__(f"{place}: byte {offset}: {reason}")


class TpmFormatError(InputError):
    """A structure of a TPM (quote, signature, public area, PCR file) that is damaged or is none; `offset` in bytes."""

    def __init__(self, structure: str, offset: int, reason: str) -> None:
        self.structure, self.offset, self.reason = structure, offset, reason
        super().__init__(f"{structure}: byte {offset}: {reason}")


class JsonFormatError(InputError):
    """JSON text that the strict reader refuses; `offset` in bytes."""

    def __init__(self, offset: int, reason: str) -> None:
        self.offset, self.reason = offset, reason
        super().__init__(f"JSON: byte {offset}: {reason}")


class NotADossierError(JsonFormatError):
    """Strict JSON that is no dossier."""


class LimitError(InputError):
    """Input over a stated limit, which the caller can raise."""

    def __init__(self, what: str, limit: int) -> None:
        self.what, self.limit = what, limit
        super().__init__(f"{what} is over the limit of {limit}")


class NotAnEnvelopeError(InputError):
    """Bytes that are no signed envelope at all."""


class EnvelopeError(XrattestError):
    """An envelope whose content breaks its format; for `verify` this is a failed check, not a refusal to read."""


class SigningError(XrattestError):
    """Something that cannot be signed, such as text that holds U+0000."""

    exit_code = 2


class ConfigError(XrattestError):
    """A configuration that cannot be read, validated or committed."""

    exit_code = 2


class PluginError(XrattestError):
    """A plugin that cannot be used; names the plugin and, where there is one, the hook and the argument."""


class CollectError(XrattestError):
    """A collector that tried and failed; becomes `"result-code": "Failure"` with this text as its reason."""


class Unavailable(XrattestError):  # noqa: N818 - a collector raises it to report a state of the host, not a fault
    """This host does not have the thing; the text says what is missing and how to turn it on."""


class ChangedWhileReadError(XrattestError):
    """A file whose size, times or identity moved while it was read, so that no digest of it means anything."""

    def __init__(self, path: str | bytes) -> None:
        self.path = os.fsdecode(path)
        super().__init__(f"{self.path}: changed while it was read")


class HostRootError(XrattestError):
    """A path that cannot be opened inside the root that is attested."""


class PkiError(XrattestError):
    """A key, certificate or trustpoint that cannot be made, found or used."""


class QuoteError(XrattestError):
    """A TPM quote that does not prove what it was to prove; `code` names which part of it, in one stable word."""

    def __init__(self, code: str, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(reason)


class KeyPolicyError(PkiError):
    """A key kind, size or passphrase that the key policy refuses; the text gives the range."""

    exit_code = 2


class VerificationError(XrattestError):
    """Verification that could not be carried out (a failed check is no error: it is a verdict)."""
