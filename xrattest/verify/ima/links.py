"""One node's list in two envelopes: does the later go on where the earlier is vouched for?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from xrattest import ima
from xrattest.tpm import PcrValues
from xrattest.verify.ima.accounts import Account
from xrattest.verify.ima.pcrvalues import Difference, first_difference, unnamed
from xrattest.verify.ima.points import QuotedPoint
from xrattest.verify.verdict import Status

NOT_QUOTED = "no TPM quote vouches for {} there: root could have written both"


@dataclass(frozen=True, slots=True)
class Link:
    """How two lists fit together."""

    status: Status
    kind: str
    text: str
    members: Mapping[str, object] = field(default_factory=dict)


def judge_link(earlier: Account, later: Account, *, is_older: bool) -> Link:
    """Compare `later` with `earlier`; `is_older` says that it was collected before it. Raises `OSError`."""
    boots = (earlier.boot_id, later.boot_id)
    if None not in boots and boots[0] != boots[1]:
        return _other_boot(earlier, later)
    if later.is_incremental:
        link = _goes_on(earlier, later, is_older=is_older)
    else:
        link = _begins_anew(earlier, later, is_older=is_older)
    if link.status is not Status.PASS:
        return link
    if None in boots:
        return Link(Status.SKIP, "boot-unknown", "a list does not say of which boot it is")
    return _of_tpm(earlier, later) or link


def _other_boot(earlier: Account, later: Account) -> Link:
    members = {"expected": earlier.boot_id, "got": later.boot_id}
    if later.is_incremental:
        text = f"events of boot {later.boot_id} after a point of boot {earlier.boot_id}: a reboot takes the whole list"
        return Link(Status.FAIL, "splice", text, members)
    told = f"rebooted: boot {later.boot_id} after {earlier.boot_id}"
    if earlier.quoted is None or later.quoted is None:
        text = f"{told}; without a verified quote in both envelopes nothing says that it was"
        return Link(Status.SKIP, "reboot", text, members)
    if earlier.quoted.key != later.quoted.key:
        text = f"{told}; the quotes are of two keys, whose counters say nothing of each other"
        return Link(Status.SKIP, "reboot", text, members)
    counts = f"reset count {earlier.quoted.reset_count}, then {later.quoted.reset_count}"
    if later.quoted.reset_count <= earlier.quoted.reset_count:
        return Link(
            Status.FAIL, "no-reset", f"{told}, and the TPM was not reset in between: {counts}", members
        )
    text = f"{told}, the whole list, {counts}; what the earlier boot measured after event {earlier.quoted.entries - 1} is not shown"
    return Link(Status.PASS, "reboot", text, members)


def _goes_on(earlier: Account, later: Account, *, is_older: bool) -> Link:
    """Judge an incremental list of the same boot."""
    first, last, known = _reference(earlier)
    begins, state = later.before, later.start or {}
    if later.entries < earlier.entries:
        return _ends_before(later, earlier.entries, is_older=is_older)
    if not first <= begins <= last:
        return _goes_on_elsewhere(earlier, later)
    difference = first_difference(state, known)
    if difference is not None:
        return _rewritten(difference, begins)
    missing = unnamed(state, known)
    if missing is not None:
        bank, pcr = missing
        text = f"ima-start has no value of {bank} PCR {pcr}, which was known"
        return Link(Status.SKIP, "value-missing", text, {"bank": bank, "pcr": pcr})
    return _same_events(earlier, later) or _vouched(earlier, f"goes on after event {begins - 1}", begins)


def _goes_on_elsewhere(earlier: Account, later: Account) -> Link:
    first, last, known = _reference(earlier)
    begins, state = later.before, later.start or {}
    members = {"expected": last - 1, "got": begins - 1}
    if first_difference(state, known) is None and unnamed(state, known) is None:
        text = f"ima-start is event {begins - 1}, and its PCR values are those after event {last - 1}"
        return Link(Status.FAIL, "renumbered", text, members)
    if begins > earlier.entries:
        text = f"events {earlier.entries} to {begins - 1} are in neither envelope"
        return Link(Status.FAIL, "gap", text, members)
    if begins < first:
        text = (
            f"it begins after event {begins - 1}, before event {last - 1} that the previous envelope reached"
        )
        return Link(Status.FAIL, "overlap", text, members)
    text = (
        f"it begins after event {begins - 1}, and the previous quote covers those to {last - 1} alone: "
        f"start_event {last - 1} is what to ask for"
    )
    return _same_events(earlier, later) or Link(Status.SKIP, "not-quoted", text, members)


def _begins_anew(earlier: Account, later: Account, *, is_older: bool) -> Link:
    """Judge a whole list of the same boot: what was known before must be its beginning."""
    _, last, known = _reference(earlier)
    if later.entries < earlier.entries:
        return _ends_before(later, earlier.entries, is_older=is_older)
    difference = first_difference(_state_after(later, last, known), known, whole=True)
    if difference is not None:
        return _rewritten(difference, last)
    told = f"the whole list, which begins with the {last} entries that were known"
    return _same_events(earlier, later) or _vouched(earlier, told, last)


def _same_events(earlier: Account, later: Account) -> Link | None:
    """Say when the events that both envelopes hold are not the same ones, quoted or not."""
    computed = _state_after(later, earlier.entries, earlier.end)
    difference = first_difference(computed, earlier.end, whole=True)
    return None if difference is None else _rewritten(difference, earlier.entries)


def _ends_before(later: Account, known: int, *, is_older: bool) -> Link:
    members = {"expected": known - 1, "got": later.entries - 1}
    told = f"it ends after event {later.entries - 1}, and event {known - 1} was known before"
    if is_older or later.is_incremental:
        return Link(Status.FAIL, "rollback", f"{told}: an older list", members)
    return Link(Status.FAIL, "shrunk", f"{told}: a kernel's list only grows", members)


def _vouched(earlier: Account, told: str, entries: int) -> Link:
    members = {"entry": entries - 1}
    if earlier.quoted is None:
        doubt = NOT_QUOTED.format("the previous envelope")
        return Link(Status.SKIP, "not-quoted", f"{told}; {doubt}", members)
    return Link(Status.PASS, "continued", f"{told}, which a TPM quoted in the previous envelope", members)


def _of_tpm(earlier: Account, later: Account) -> Link | None:
    """Say what the TPM's clock and counters have against two quotes of one boot; None when nothing."""
    first, second = earlier.quoted, later.quoted
    if first is None or second is None:
        return None
    if first.key != second.key:
        return None
    counts = (first.reset_count, first.restart_count), (second.reset_count, second.restart_count)
    members = {"expected": first.reset_count, "got": second.reset_count}
    if second.reset_count != first.reset_count:
        text = f"the boot is the same, and the TPM was reset: counts {counts[0]}, then {counts[1]}"
        return Link(Status.FAIL, "tpm-reset", text, members)
    if (second.restart_count, second.clock_milliseconds) < (first.restart_count, first.clock_milliseconds):
        text = "its quote is older than the previous one, by the TPM's clock"
        return Link(
            Status.FAIL,
            "rollback",
            text,
            {"expected": first.clock_milliseconds, "got": second.clock_milliseconds},
        )
    return None


def _reference(account: Account) -> tuple[int, int, PcrValues]:
    """Return the point to go on from: least and greatest count of entries, and PCR values; quoted where there is a quote."""
    quoted: QuotedPoint | None = account.quoted
    if quoted is None:
        return account.entries, account.entries, account.end
    return quoted.first, quoted.entries, quoted.pcrs


def _state_after(later: Account, count: int, values: PcrValues) -> PcrValues:
    """Return what the first `count` events since boot lead to, in those banks of `values` that the list can tell."""
    stated = later.start
    banks = tuple(bank for bank in values if stated is None or bank in stated)
    start = None if stated is None else {bank: stated[bank] for bank in banks}
    # A kernel may extend a bank in its own way (`xrattest.ima.pcrs`); which way it was is not said beside a quote.
    ways = {bank: [name for name in ima.VARIANTS if name.partition(":")[0] == bank] for bank in banks}
    done = ima.replay(
        later.log, [name for names in ways.values() for name in names],
        start=start, until=count - later.before, max_size=later.max_size,
    )  # fmt: skip
    return {bank: _nearest([done.pcrs[name] for name in names], values[bank]) for bank, names in ways.items()}


def _nearest(computed: Sequence[Mapping[int, bytes]], values: Mapping[int, bytes]) -> Mapping[int, bytes]:
    agreeing = [one for one in computed if first_difference({"": one}, {"": values}, whole=True) is None]
    return (agreeing or computed)[0]


def _rewritten(difference: Difference, count: int) -> Link:
    members = {
        "entry": count - 1, "bank": difference.bank, "pcr": difference.pcr,
        "expected": difference.expected.hex(), "got": difference.got.hex(),
    }  # fmt: skip
    text = (
        f"other events led to event {count - 1} before: "
        f"{difference.bank} PCR {difference.pcr} had another value"
    )
    return Link(Status.FAIL, "rewritten", text, members)
