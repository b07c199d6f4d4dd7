"""The signed envelope, signature version 01: `{"cli-output": text, "signature-envelop": {…}}`.

`seal` makes one, `open_envelope` takes one apart without judging it, `signature_is_genuine` checks its signature with a key. The
key comes from whoever satisfies `Signer`.
"""

from xrattest.envelope.open import MAX_SIZE, OpenedEnvelope, open_envelope, signature_is_genuine
from xrattest.envelope.protocols import Signer
from xrattest.envelope.seal import seal

__all__ = ["MAX_SIZE", "OpenedEnvelope", "Signer", "open_envelope", "seal", "signature_is_genuine"]
