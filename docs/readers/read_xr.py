"""Reads a compact IMA log of profile `xr` with nothing but protobuf: one line per event.

Needs the package protobuf and ima_pb2.py, which protoc makes of proto/xrattest/ima/v1/ima.proto.
"""

import struct
import sys
from pathlib import Path

import ima_pb2

with Path(sys.argv[1]).open("rb") as file:
    while head := file.read(4):
        block = ima_pb2.ImaEventLog.FromString(file.read(struct.unpack("<I", head)[0]))
        for event in block.events:
            print(
                event.event_number,
                event.pcr_index,
                event.template_hash.hex(),
                event.filedata_hash.hex(),
                ascii(event.filename_hint),
            )
