"""`ima.continuity`: the list goes on where the envelope before it ended, at a point that a TPM vouched for.

One envelope can prove that a list leads to a quoted value, never that it is all there is: a state to start from is a claim
of the device. Only a point of an earlier envelope that the verifier judged itself, and that a quote covers, makes it more.
Each way in which two envelopes do not fit together is a finding of its own kind.
"""

from __future__ import annotations

from collections.abc import Sequence

from xrattest.verify.ima.accounts import Account, Accounts, Predecessor
from xrattest.verify.ima.links import judge_link
from xrattest.verify.ima.nodes import Measurements, of_all
from xrattest.verify.ima.stated import START
from xrattest.verify.ima.succession import Chain, Succession, order_of
from xrattest.verify.ledger import Ledger
from xrattest.verify.verdict import Result

CONTINUITY = "ima.continuity"


def check_continuity(measured: Measurements, accounts: Accounts, chain: Chain, ledger: Ledger) -> None:
    """Record `ima.continuity`: required where an envelope before this one was given, and where a list is incremental.

    Raises `OSError`.
    """
    if chain.before is None:
        incremental = [node.location for node in measured.nodes if START in node.members]
        ledger.record(CONTINUITY, _alone(measured, incremental, accounts), required=bool(incremental))
    else:
        ledger.record(
            CONTINUITY, _compared(measured, accounts, chain.now, chain.before, ledger), required=True
        )


def _alone(measured: Measurements, incremental: Sequence[str], accounts: Accounts) -> Result:
    if measured.problem is not None:
        return Result.skipped("there is no list that could go on from another")
    if not incremental:
        return Result.skipped("no envelope before this one was given, and each list begins at boot")
    begins = {name: f"after event {accounts[name].before - 1}" for name in incremental if name in accounts}
    told = "; ".join(
        f"{name}: begins {begins.get(name, 'after boot')}, and no envelope before this one was given: "
        "it proves some suffix of a list, and nothing of what came before"
        for name in incremental
    )
    return Result.skipped(told)


def _compared(
    measured: Measurements, accounts: Accounts, now: Succession, before: Predecessor, ledger: Ledger
) -> Result:
    if before.failed:
        ledger.find(CONTINUITY, kind="previous-failed", previous=before.position, reason=before.failed[0])
        return Result.failed(f"{before.label} fails {'; '.join(before.failed)}")
    wrong = order_of(now, before)
    if wrong is not None:
        ledger.find(CONTINUITY, kind=wrong.kind, previous=before.position, reason=wrong.text)
        return Result.failed(f"{before.label}: {wrong.text}")
    if before.unproven:
        return Result.skipped(f"{before.label} is not proven: {'; '.join(before.unproven)}")
    if measured.problem is not None:
        return Result.skipped(f"there is no list to compare with {before.label}: {measured.problem.detail}")
    results = [
        _node(node.location, accounts.get(node.location), before, now, ledger) for node in measured.nodes
    ]
    return of_all(results, measured)


def _node(
    location: str, account: Account | None, before: Predecessor, now: Succession, ledger: Ledger
) -> Result:
    if account is None:
        return Result.skipped(f"{location}: the list does not prove itself")
    earlier = before.accounts.get(location)
    if earlier is None:
        return Result.skipped(f"{location}: {before.label} has no list of this node that proves itself")
    link = judge_link(earlier, account, is_older=now.is_older_than(before))
    ledger.find(CONTINUITY, node=location, kind=link.kind, previous=before.position, **link.members)
    return Result(link.status, f"{location}: {link.text}")
