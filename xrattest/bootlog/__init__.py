"""The firmware's event log (`binary_bios_measurements`): read, explained, replayed, carried in a dossier.

    from xrattest import bootlog

    for event in bootlog.read("binary_bios_measurements"):
        print(event.pcr, event.type_name, event.description)

A *source* is a log as a path, as bytes, or as a file open for reading; gzip and zstd are recognised. Crypto-agile logs (TPM
2.0) and those of TPM 1.2 are read; `max_size` limits a log in bytes (16 MiB unless raised). Damage raises
`BootLogFormatError` with the event's 0-based index and byte offset, a log that just ends raises `BootLogTruncatedError`.
"""

from xrattest.bootlog.events import DEFAULT_MAX_SIZE, Digest, Event, EventLog, read
from xrattest.bootlog.live import LIVE_LOG, why_absent
from xrattest.bootlog.replaying import Replay, replay
from xrattest.bootlog.transport import event_members, log_members, rebuild

__all__ = [
    "DEFAULT_MAX_SIZE",
    "LIVE_LOG",
    "Digest",
    "Event",
    "EventLog",
    "Replay",
    "event_members",
    "log_members",
    "read",
    "rebuild",
    "replay",
    "why_absent",
]
