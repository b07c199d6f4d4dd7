"""Whether a text that cannot be read strictly would still be taken for a dossier by a reader that is less strict.

Two readers that disagree about a text are two verdicts about it. A signed text that a lenient JSON reader would take for
a dossier and that the strict one refuses (a key given twice, a lone surrogate, something after the end) must not pass as
"some other text"; a text that never says `urn:xrattest:dossier` may be anything at all.
"""

from __future__ import annotations

import mmap
import re
from pathlib import Path

from xrattest.dossier.writer import MODEL

_OPENING = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*\{")
"""How the text of an object begins, a byte order mark forgiven."""

# Each character as itself or as its JSON escape (RFC 8259 section 7), in hexadecimal of either case.
_CLAIM = re.compile(
    b"".join(
        rb"(?:%s|\\u00(?i:%02x))" % (re.escape(bytes([byte])), byte) for byte in MODEL.name.encode("ascii")
    )
)


def claims_to_be_a_dossier(payload: Path) -> bool:
    """Return whether the model name of a dossier stands anywhere in the text of an object in `payload`. Raises `OSError`."""
    with payload.open("rb") as file:
        if not payload.stat().st_size:
            return False
        # Our own private spool: nobody else can shorten it while it is mapped.
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            return _OPENING.match(text) is not None and _CLAIM.search(text) is not None
