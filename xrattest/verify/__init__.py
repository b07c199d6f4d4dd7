"""Verification: from a signed envelope to a verdict.

    from xrattest.envelope import open_envelope
    from xrattest.verify import verify

    verdict = verify(open_envelope(path, spool_dir), [anchor_der], at=datetime.now(UTC), nonce="1580")
    print(verdict.outcome, verdict.to_json())

`verifier` states the rules, `catalogue` lists the checks, `policy` reads what a verifier demands beyond the defaults.
"""

from xrattest.verify.verdict import Check, Outcome, Status, Verdict
from xrattest.verify.verifier import verify

__all__ = ["Check", "Outcome", "Status", "Verdict", "verify"]
