"""The members of Inspect AI's `.eval` archives: a zip whose members are packed with Zstandard, deflated, or stored.

Nothing is ever written to the disk under a member's name, and no member is unpacked further than it says it is long.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

from runners.importing.found import Unreadable
from utils.jsonl import LINE_LIMIT

MEMBER_LIMIT = LINE_LIMIT  # bytes of one member, unpacked; no sample is that large
TOTAL_LIMIT = 16 * 1024**3  # bytes of all members together
ZSTANDARD = 93  # https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.4.5
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # 4.3.7: signature, ..., lengths of the name and of the extra field
_ENCRYPTED = 0x1


class Archive:
    """An archive that is read member by member; a name that stands twice means its last member, as for the writer.

    Raises:
        Unreadable: it is no zip archive.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unpacked = 0
        try:
            with zipfile.ZipFile(path) as archive:
                self._members = {member.filename: member for member in archive.infolist()}
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, OverflowError, OSError) as error:
            raise Unreadable(f"is no zip archive that can be read ({type(error).__name__})") from None

    @property
    def names(self) -> list[str]:
        """The members' names, in the order of the archive."""
        return list(self._members)

    def content(self, name: str) -> bytes:
        """What a member holds.

        Raises:
            Unreadable: there is no such member, it is too large, damaged, or packed in a way that is not known.
        """
        if name not in self._members:
            raise Unreadable(f"holds no {name}")
        member = self._members[name]
        if max(member.file_size, member.compress_size) > MEMBER_LIMIT:
            raise Unreadable(f"is larger than {MEMBER_LIMIT} bytes")
        self._unpacked += member.file_size
        if self._unpacked > TOTAL_LIMIT:
            raise Unreadable(f"comes after {TOTAL_LIMIT} bytes of other members, and no more are unpacked")
        if member.flag_bits & _ENCRYPTED:
            raise Unreadable("is encrypted")
        content = _unpacked(self._packed(member), member)
        if len(content) != member.file_size or zlib.crc32(content) != member.CRC:
            raise Unreadable("is damaged (its length or its checksum is not what the archive says)")
        return content

    def _packed(self, member: zipfile.ZipInfo) -> bytes:
        try:
            with self._path.open("rb") as file:
                file.seek(member.header_offset)
                signature, name_length, extra_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
                if signature != b"PK\x03\x04":
                    raise ValueError(signature)
                file.seek(name_length + extra_length, 1)
                return file.read(member.compress_size)
        except (OSError, ValueError, struct.error):
            raise Unreadable("is not where the archive says") from None


def _unpacked(packed: bytes, member: zipfile.ZipInfo) -> bytes:
    """The member's bytes, and at most one more than it says it has."""
    most = member.file_size + 1
    if member.compress_type == zipfile.ZIP_STORED:
        return packed[:most]
    try:
        if member.compress_type == zipfile.ZIP_DEFLATED:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most)
        if member.compress_type == ZSTANDARD:
            return _zstandard(packed, most)
    except (zlib.error, OSError, ValueError):
        raise Unreadable("is damaged (it cannot be unpacked)") from None
    raise Unreadable(f"is packed by method {member.compress_type}, which is not known here")


def _zstandard(packed: bytes, most: int) -> bytes:
    import pyarrow as pa  # heavy, and needed only for these archives; Python itself has no Zstandard before 3.14

    with pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
        return bytes(stream.read(most))
