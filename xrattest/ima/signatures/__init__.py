"""Signatures inside measurement lists: who vouches for the files that were measured.

    from xrattest import ima
    from xrattest.ima import signatures

    checker = signatures.SignatureChecker(signatures.Keyring(signatures.read_keys(Path("ima.der"))))
    for outcome in checker.check_all(ima.read("binary_runtime_measurements")):
        print(outcome.entry, outcome.path, outcome.judgement.kind, outcome.judgement.result)

A signature says that its signer vouched for a content. It does not say that the list is true: template hashes and a quote do.
"""

from xrattest.ima.signatures.certificates import parse_keys, read_keys
from xrattest.ima.signatures.checking import SignatureChecker
from xrattest.ima.signatures.keys import Key, Keyring, certificate_key
from xrattest.ima.signatures.outcomes import Judgement, Kind, Outcome, Result, Summary
from xrattest.ima.signatures.values import parse_value

__all__ = [
    "Judgement",
    "Key",
    "Keyring",
    "Kind",
    "Outcome",
    "Result",
    "SignatureChecker",
    "Summary",
    "certificate_key",
    "parse_keys",
    "parse_value",
    "read_keys",
]
