"""GLB files for tests, put together part by part."""

from __future__ import annotations

import json
import struct

import numpy as np


class GlbBuilder:
    """Collects binary parts and writes the container."""

    def __init__(self) -> None:
        self.binary = b""
        self.document: dict = {"asset": {"version": "2.0"}, "bufferViews": [], "accessors": []}

    def view(self, data: bytes, **extra: int) -> int:
        self.binary += b"\0" * (-len(self.binary) % 4)
        entry = {"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(data), **extra}
        self.document["bufferViews"].append(entry)
        self.binary += data
        return len(self.document["bufferViews"]) - 1

    def accessor(self, array: np.ndarray, kind: str, component: int) -> int:
        entry = {
            "bufferView": self.view(array.tobytes()),
            "componentType": component,
            "count": len(array),
            "type": kind,
        }
        self.document["accessors"].append(entry)
        return len(self.document["accessors"]) - 1

    def build(self) -> bytes:
        self.document["buffers"] = [{"byteLength": len(self.binary)}]
        text = json.dumps(self.document).encode()
        text += b" " * (-len(text) % 4)
        binary = self.binary + b"\0" * (-len(self.binary) % 4)
        chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
        chunks += struct.pack("<II", len(binary), 0x004E4942) + binary
        return struct.pack("<III", 0x46546C67, 2, 12 + len(chunks)) + chunks
