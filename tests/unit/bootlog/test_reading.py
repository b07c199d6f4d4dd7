"""Events as Python sees them: explained, compared with their data, and damage with its place."""

from __future__ import annotations

import gzip
import io
import struct

import pytest

from xrattest import bootlog
from xrattest.errors import BootLogFormatError, BootLogTruncatedError, LimitError


def test_real_logs(vector):
    path, known = vector
    events = list(bootlog.read(path))
    assert len(events) == known["events"]
    assert [event.number for event in events] == list(range(len(events)))
    assert events[0].type_name == "EV_NO_ACTION"
    assert [event for event in events if event.digest_verified is False] == []
    separators = [event for event in events if event.type_name == "EV_SEPARATOR"]
    assert len(separators) == 8
    assert all(event.digest_verified and event.digest_covers == "event data" for event in separators)
    assert all(event.decoded is not None for event in events)


def test_sources(vector):
    path, known = vector
    content = path.read_bytes()
    for source in (content, gzip.compress(content), io.BytesIO(content), str(path)):
        assert len(list(bootlog.read(source))) == known["events"]
    with path.open("rb") as file:
        assert len(list(bootlog.read(file))) == known["events"]


def test_an_event(made):
    (_, event) = bootlog.read(made.agile + made.event(5, 0x80000007, b"Exit Boot Services Invocation"))
    assert (event.number, event.pcr, event.type, event.type_name) == (1, 5, 0x80000007, "EV_EFI_ACTION")
    assert [digest.label for digest in event.digests] == ["sha1", "sha256"]
    assert (event.description, event.digest_verified) == ("Exit Boot Services Invocation", True)
    assert event.decoded == {"text": "Exit Boot Services Invocation"}
    assert event.offset == len(made.agile)


def test_data_that_was_not_hashed(made):
    wrong, unknown = (
        made.event(4, 5, b"Booting", b"something else"),
        made.event(4, 0x80000003, bytes(32), b"image"),
    )
    (_, first, second) = bootlog.read(made.agile + wrong + unknown)
    assert (first.digest_verified, first.digest_covers) == (False, None)
    assert (second.digest_verified, second.digest_covers) == (None, None)


def test_types_and_algorithms_that_nobody_knows(made):
    log = (
        made.header((0x7777, 5))
        + struct.pack("<IIIH", 0, 0x12345678, 1, 0x7777)
        + bytes(5)
        + struct.pack("<I", 0)
    )
    event = list(bootlog.read(log))[1]
    assert (event.type_name, event.digests[0].label, event.digest_verified) == (None, "0x7777", None)


def test_damage_has_a_place(made):
    log = made.agile + made.event(0, 4, bytes(4))
    with pytest.raises(
        BootLogTruncatedError, match="event 1 at byte 69: the log ends inside its data"
    ) as caught:
        list(bootlog.read(log[:-1]))
    assert (caught.value.index, caught.value.offset) == (1, len(made.agile))
    broken = log + struct.pack("<III", 99, 5, 0) + bytes(40)
    with pytest.raises(BootLogFormatError, match="PCR 99 is over 23") as other:
        list(bootlog.read(broken))
    assert not isinstance(other.value, BootLogTruncatedError)
    with pytest.raises(LimitError, match="over the limit of 50"):
        list(bootlog.read(log, max_size=50))


def test_a_damaged_log_is_loaded_up_to_the_damage(made):
    log = made.agile + made.event(0, 4, bytes(4))
    loaded = bootlog.EventLog.load(log + b"\1\2\3")
    assert [event.number for event in loaded.events] == [0, 1]
    assert (str(loaded.defect).startswith("event log: event 2"), loaded.unread) == (True, b"\1\2\3")
    whole = bootlog.EventLog.load(log + bytes(7))
    assert (whole.defect, whole.unread, whole.padding) == (None, b"", 7)


def test_certificates_are_named(made, signers):
    from cryptography.hazmat.primitives.serialization import Encoding

    key = signers.private_key("p256")
    certificate = signers.certificate(key, 7, "Secure Boot Signing", "Vendor", key).public_bytes(Encoding.DER)
    name = "db".encode("utf-16le")
    signature = bytes.fromhex("a159c0a5e494a74a87b5ab155c2bf072")
    each = 16 + len(certificate)
    lists = signature + struct.pack("<III", 28 + each, 0, each) + bytes(16) + certificate
    lists += signature + struct.pack("<III", 28 + 20, 0, 20) + bytes(16) + b"\x30\x82\0\0"
    data = bytes(16) + struct.pack("<QQ", 2, len(lists)) + name + lists
    event = list(bootlog.read(made.agile + made.event(7, 0x80000001, data)))[1]
    assert event.description == "db: 2 x509"
    good, bad = (item["certificate"] for item in event.decoded["certificates"])
    assert "CN=Secure Boot Signing" in good["subject"]
    assert "unreadable" in bad
    assert {len(good["sha256"]), len(bad["sha256"])} == {64}
