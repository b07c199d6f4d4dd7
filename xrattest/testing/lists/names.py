"""File names for generated lists: like those of a Linux system, and such as only an attacker would make."""

from __future__ import annotations

from xrattest.testing.lists.noise import Noise

_DIRECTORIES = (
    "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib/systemd", "/usr/lib/modules", "/usr/libexec", "/usr/share",
    "/usr/lib64/python3.11", "/usr/lib/x86_64-linux-gnu", "/usr/share/perl5", "/usr/local/bin", "/etc", "/opt",
    "/var/lib/containers", "/var/lib/dpkg/info", "/boot",
)  # fmt: skip
_SYLLABLES = (
    "ba",
    "co",
    "den",
    "fir",
    "go",
    "hal",
    "in",
    "ker",
    "lo",
    "mar",
    "net",
    "or",
    "pa",
    "ren",
    "sys",
    "ter",
)
_PAIRS = tuple(first + second for first in _SYLLABLES for second in _SYLLABLES)
_ENDINGS = ("", ".so.1", ".py", ".conf", ".ko", ".sh", ".pm", "-daemon")

_ODD = (
    b"new\nline", b"two\n\nlines\n", b"\n", b"tab\there", b"bell\x07\x1b[2J", b"caf\xc3\xa9", b"latin\xe9\xff", b"%s%n", b'quote"\\',
    b"under_score", b"\r\n", b"trailing_", b"10 ",
)  # fmt: skip


def plain_name(noise: Noise) -> bytes:
    """Return a path of about 35 bytes."""
    draws = noise.take(7)
    leaf = f"{_SYLLABLES[draws[3] & 15]}{draws[4] << 8 | draws[5]:x}{_ENDINGS[draws[6] & 7]}"
    return f"{_DIRECTORIES[draws[0] & 15]}/{_PAIRS[draws[1]]}{_PAIRS[draws[2]]}/{leaf}".encode()


def odd_name(noise: Noise) -> bytes:
    """Return a name with line ends, control characters or bytes that are no text, without the blanks that the kernel replaces."""
    name = b"/tmp/" + _ODD[noise.below(len(_ODD))] + plain_name(noise) + _ODD[noise.below(len(_ODD))]
    return name.replace(b" ", b"_")
