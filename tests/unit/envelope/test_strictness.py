"""What `open_envelope` refuses, and how: no envelope (exit 2) or an envelope that breaks its format (a failed check)."""

from __future__ import annotations

import base64
import json
import os
import threading

import pytest

from xrattest.envelope import open_envelope
from xrattest.errors import EnvelopeError, InputError, JsonFormatError, LimitError, NotAnEnvelopeError

GOOD = {
    "nonce": "1580",
    "signature-version": "01",
    "digest-algorithm": "ED25519",
    "pub-key-id": "4278",
    "signature": base64.b64encode(bytes(64)).decode(),
}


def write(directory, text):
    path = directory / "envelope.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def envelope(**changes):
    members = {**GOOD, **{name.replace("_", "-"): value for name, value in changes.items()}}
    members = {name: value for name, value in members.items() if value is not ...}
    return json.dumps({"cli-output": "text\n", "signature-envelop": members})


def test_the_good_one_opens(tmp_path, spool):
    opened = open_envelope(write(tmp_path, envelope()), spool)
    assert (opened.nonce, opened.signature, opened.sudi_signature) == ("1580", bytes(64), None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nonce": "158"}, "nonce is 2 to 128"),
        ({"nonce": ""}, "nonce is 2 to 128"),
        ({"nonce": "AB"}, "nonce is 2 to 128"),
        ({"nonce": None}, "nonce is not a string"),
        ({"nonce": 1580}, "nonce is not a string"),
        ({"signature_version": "1"}, "signature-version '1' is none of 01"),
        ({"signature_version": 1}, "signature-version is not a string"),
        ({"signature_version": ...}, "signature-version missing"),
        ({"digest_algorithm": "RSA-MD5"}, "digest-algorithm 'RSA-MD5' is none of"),
        ({"digest_algorithm": "ed25519"}, "digest-algorithm 'ed25519' is none of"),
        ({"digest_algorithm": ["ED25519"]}, "digest-algorithm is not a string"),
        ({"pub_key_id": "04278"}, "pub-key-id"),
        ({"pub_key_id": "-1"}, "pub-key-id"),
        ({"pub_key_id": "9" * 50}, "pub-key-id"),
        ({"pub_key_id": "٣"}, "pub-key-id"),
        ({"pub_key_id": 4278}, "pub-key-id is not a string"),
        ({"signature": ...}, "signature missing"),
        ({"signature": ""}, "signature has 0 bytes"),
        ({"signature": None}, "signature is not a string"),
        ({"signature": "AB=="}, "signature is not canonical base64"),
        ({"signature": "AA"}, "signature is not canonical base64"),
        ({"signature": "AA==\n"}, "signature is not canonical base64"),
        ({"signature": "A A="}, "signature is not canonical base64"),
        ({"signature": "-_8="}, "signature is not canonical base64"),
        ({"signature": "ÄA=="}, "signature is not canonical base64"),
        ({"signature": "AA==AA=="}, "signature is not canonical base64"),
        ({"signature": "A" * 4096}, "signature is over the limit of 2048"),
        ({"sudi_signature": None}, "sudi-signature is not a string"),
        ({"sudi_signature": "!"}, "sudi-signature is not canonical base64"),
        ({"signing_certificate": []}, "signing-certificate is not an array of 1 to 16"),
        ({"signing_certificate": "AA=="}, "signing-certificate is not an array"),
        ({"signing_certificate": ["AA=="] * 17}, "signing-certificate is not an array of 1 to 16"),
        ({"signing_certificate": ["AA==", None]}, "signing-certificate 1 is not a string"),
        ({"signing_certificate": ["AA==", "AB=="]}, "signing-certificate 1 is not canonical"),
        ({"signing_certificate": ["A" * 87400]}, "signing-certificate 0 is over the limit of 65536"),
        ({"Nonce": "00"}, "unknown members 'Nonce'"),
        ({"x" * 10: {}}, "unknown members"),
    ],
)
def test_defects_of_the_signature_object(tmp_path, spool, change, message):
    with pytest.raises(EnvelopeError) as caught:
        open_envelope(write(tmp_path, envelope(**change)), spool)
    assert message in str(caught.value)
    assert not isinstance(caught.value, InputError)
    assert list(spool.iterdir()) == []


def text(output='"text\\n"', signature=None, tail=""):
    return f'{{"cli-output": {output}, "signature-envelop": {signature or json.dumps(GOOD)}}}{tail}'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (text(r'"a\u0000b"'), "U+0000 at byte 1 of the decoded cli-output"),
        (text("[1]"), "cli-output at byte 15 is an array"),
        (text("null"), "cli-output at byte 15 is a null"),
        (text(signature='"x"'), "is a string, not an object"),
        (text(signature='{"nonce": "15", "nonce": "16"}'), 'duplicate member name "nonce"'),
        (text(signature='{"nonce": "15", "\\u006eonce": "16"}'), 'duplicate member name "nonce"'),
        (text(signature='{"x": {"a": 1, "a": 2}}'), "duplicate member name"),
        (text(tail=" {}"), "after the end of the text"),
        (text(tail="x"), "after the end of the text"),
        (text(tail="\0"), "after the end of the text"),
        ('{"cli-output": "a", ' + text()[1:], "second cli-output"),
        (text()[:-1] + ', "signature-envelop": {}}', "second signature-envelop"),
        (text()[:-1] + ', "extra": [{"a": 1}]}', 'unknown member "extra"'),
        (text(signature='{"x": "' + "y" * (2 << 20) + '"}'), "over the limit of 2097152 bytes"),
    ],
)
def test_defects_of_the_envelope(tmp_path, spool, content, message):
    with pytest.raises(EnvelopeError) as caught:
        open_envelope(write(tmp_path, content), spool)
    assert message in str(caught.value)
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", JsonFormatError),
        (b"no envelope\n", JsonFormatError),
        (b"[1, 2]", JsonFormatError),
        (b"\xff\xfe", JsonFormatError),
        (b"{}", NotAnEnvelopeError),
        (b'{"cli-output": "a"}', NotAnEnvelopeError),
        (b'{"signature-envelop": {}}', NotAnEnvelopeError),
        (b'{"verdict": "pass"}', NotAnEnvelopeError),
        (text(r'"\ud800"').encode(), JsonFormatError),
        (text(r'"\ud800\ud800"').encode(), JsonFormatError),
        (text(r'"\udc00"').encode(), JsonFormatError),
        (text('"\\x"').encode(), JsonFormatError),
        (text('"\n"').encode(), JsonFormatError),
        (text().replace("text", "\udc80").encode("utf-8", "surrogateescape"), JsonFormatError),
        (text("NaN").encode(), JsonFormatError),
        (text().encode()[:-1], JsonFormatError),
        (text().encode()[:30], JsonFormatError),
        (b" " * 70_000 + text().encode(), JsonFormatError),
        (text("[" * 100 + "]" * 100).encode(), JsonFormatError),
    ],
)
def test_what_is_no_envelope(tmp_path, spool, content, error):
    with pytest.raises(error) as caught:
        open_envelope(write(tmp_path, content), spool)
    assert caught.value.exit_code == 2
    assert list(spool.iterdir()) == []


def test_defects_are_told_together(tmp_path, spool):
    with pytest.raises(EnvelopeError) as caught:
        open_envelope(write(tmp_path, text(r'"\u0000"', json.dumps({"nonce": "x", "extra": 1}), "y")), spool)
    for part in ("U+0000", "after the end", "nonce", "signature missing", "unknown members 'extra'"):
        assert part in str(caught.value)


def test_text_before_the_envelope(tmp_path, spool):
    lead = b"Mon Nov 23 20:31:00.123 UTC\r\n\xff\0"
    assert open_envelope(write(tmp_path, lead + envelope().encode()), spool).payload.read_bytes() == b"text\n"


def test_size_limit(tmp_path, spool):
    path = write(tmp_path, envelope())
    size = path.stat().st_size
    open_envelope(path, spool, size)
    with pytest.raises(LimitError):
        open_envelope(path, spool, size - 1)


@pytest.mark.parametrize("room", [0, -1])
def test_pipes(tmp_path, spool, room):
    content = envelope().encode()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    try:
        if room == 0:
            assert open_envelope(pipe, spool, len(content)).payload.read_bytes() == b"text\n"
        else:
            with pytest.raises(LimitError):
                open_envelope(pipe, spool, len(content) + room)
    finally:
        writer.join()


def test_a_missing_file(tmp_path, spool):
    with pytest.raises(FileNotFoundError):
        open_envelope(tmp_path / "absent", spool)
