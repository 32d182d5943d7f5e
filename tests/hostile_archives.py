"""Hostile archives, each small and made in a moment."""

import struct
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

MEGABYTE = 1 << 20
_DEFLATE = zlib.compressobj(9, zlib.DEFLATED, -15)
# a megabyte of zeros, a kilobyte when deflated, that can be repeated in a stream
_ZEROS = _DEFLATE.compress(bytes(MEGABYTE)) + _DEFLATE.flush(zlib.Z_FULL_FLUSH)
_LAST = b"\x03\x00"  # an empty final block


def deflated(megabytes: int) -> bytes:
    """Return this many megabytes of zeros as a raw deflate stream."""
    return _ZEROS * megabytes + _LAST


def gzip_of(*parts: bytes | int) -> bytes:
    """Return a gzip file of bytes and of megabytes of zeros; its checksum covers the first 100 of them."""
    packed, crc, size = b"", 0, 0
    for part in parts:
        if isinstance(part, int):
            packed += _ZEROS * part
            size += part * MEGABYTE
            for _ in range(min(part, 100)):
                crc = zlib.crc32(bytes(MEGABYTE), crc)
        else:
            pack = zlib.compressobj(1, zlib.DEFLATED, -15)
            packed += pack.compress(part) + pack.flush(zlib.Z_FULL_FLUSH)
            size += len(part)
            crc = zlib.crc32(part, crc)
    ends = struct.pack("<II", crc, size & 0xFFFFFFFF)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + packed + _LAST + ends


class Zip:
    """A zip archive in the making, with headers of any content."""

    def __init__(self) -> None:
        self.body, self.directory, self.count = bytearray(), bytearray(), 0

    def add(
        self,
        name: bytes,
        data: bytes,
        *,
        size: int | None = None,
        method: int = 8,
        flags: int = 0,
        mode: int = 0o100644,
        crc: int = 0,
        at: int | None = None,
    ) -> "Zip":
        size = len(data) if size is None else size
        head = struct.pack("<HHHHHIIIHH", 20, flags, method, 0, 0x21, crc, len(data), size, len(name), 0)
        if at is None:
            at = len(self.body)
            self.body += b"PK\3\4" + head + name + data
        self.directory += b"PK\1\2\x14\x03" + head
        self.directory += struct.pack("<HHHII", 0, 0, 0, mode << 16, at) + name
        self.count += 1
        return self

    def bytes(self, size_of_directory: int | None = None) -> bytes:
        size = len(self.directory) if size_of_directory is None else size_of_directory
        count = min(self.count, 0xFFFF)
        end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, size, len(self.body), 0)
        return bytes(self.body + self.directory + end)


def tar_block(
    name: str, size: int | bytes = 0, kind: bytes = b"0", link: str = "", pax: bytes = b""
) -> bytes:
    """Return the header of a tar member; its size may be given as eight bytes in base 256."""
    member = tarfile.TarInfo(name[:99])
    member.type, member.linkname = kind, link
    member.size = size if isinstance(size, int) else 0
    block = bytearray(member.tobuf(tarfile.GNU_FORMAT)[-512:])
    if isinstance(size, bytes):
        block[124:136] = size
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return pax + bytes(block)


def padded(data: bytes) -> bytes:
    """Return the data, padded to a whole number of blocks."""
    return data + bytes(-len(data) % 512)


def pax(records: dict[str, str], kind: bytes = b"x") -> bytes:
    """Return a PAX header."""
    text = b""
    for key, value in records.items():
        rest = f" {key}={value}\n".encode()
        length = len(rest) + 1
        while len(str(length)) + len(rest) != length:
            length += 1
        text += str(length).encode() + rest
    return tar_block("pax", len(text), kind) + padded(text)


END = bytes(1024)
MODULE = b'"""A module."""\ndef area():\n    """The area."""\n'
GOOD = tar_block("k-1/k.py", len(MODULE)) + padded(MODULE)
PACKAGE = padded(b'{"name": "k", "version": "1.0.0"}')
PACKAGE_JSON = tar_block("package/package.json", 33) + PACKAGE
DECLARED = b"/** A. */\nexport declare function area(): number;\n"

HEAD = b"# Sphinx inventory version 2\n# Project: T\n# Version: 1\n# The rest is compressed using zlib.\n"

Maker = Callable[[Path], tuple[str, Path]]
ARCHIVES: dict[str, tuple[Maker, str]] = {}
"""Name -> what makes the thing to read, and a pattern that the report on it must match."""


def reports(pattern: str) -> Callable[[Maker], Maker]:
    """Register a function in `ARCHIVES`, with the pattern that the report must match."""

    def note(maker: Maker) -> Maker:
        ARCHIVES[maker.__name__.removeprefix("_").replace("_", " ")] = maker, pattern
        return maker

    return note


def wheel(folder: Path, data: bytes) -> tuple[str, Path]:
    path = folder / "k-1.0-py3-none-any.whl"
    path.write_bytes(data)
    return "package", path


def sdist(folder: Path, *parts: bytes | int) -> tuple[str, Path]:
    path = folder / "k-1.tar.gz"
    path.write_bytes(gzip_of(*parts))
    return "package", path


def npm(folder: Path, *parts: bytes | int) -> tuple[str, Path]:
    path = folder / "k-1.tgz"
    path.write_bytes(gzip_of(*parts))
    return "npm", path


def file(folder: Path, kind: str, name: str, data: bytes) -> tuple[str, Path]:
    (folder / name).write_bytes(data)
    return kind, folder if kind in {"docs", "man", "code"} else folder / name


def module_in(archive: Zip) -> Zip:
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    return archive.add(
        b"k.py", pack.compress(MODULE) + pack.flush(), size=len(MODULE), crc=zlib.crc32(MODULE)
    )


# -- wheels ---------------------------------------------------------------------------------------


@reports("whole zip file|k k.py")
def _metadata_of_two_gigabytes(folder: Path) -> tuple[str, Path]:
    archive = module_in(Zip()).add(b"k-1.0.dist-info/METADATA", deflated(2_000), size=2_000 * MEGABYTE)
    return wheel(folder, archive.bytes())


@reports("more than 2\\d{8} bytes")
def _a_module_of_two_gigabytes(folder: Path) -> tuple[str, Path]:
    return wheel(folder, Zip().add(b"k.py", deflated(2_000), size=2_000 * MEGABYTE).bytes())


@reports("Bad CRC-32")
def _a_module_that_says_it_has_ten_bytes(folder: Path) -> tuple[str, Path]:
    return wheel(folder, Zip().add(b"k.py", deflated(1_000), size=10).bytes())


@reports("more than \\d+ modules")
def _many_names_for_one_content(folder: Path) -> tuple[str, Path]:
    archive = Zip().add(b"k.py", deflated(10), size=10 * MEGABYTE, crc=zlib.crc32(bytes(10 * MEGABYTE)))
    for _ in range(20_000):
        archive.add(b"k.py", deflated(10), size=10 * MEGABYTE, crc=zlib.crc32(b""), at=0)
    archive.directory = archive.directory.replace(
        struct.pack("<I", 0) + struct.pack("<I", len(deflated(10))),
        struct.pack("<II", zlib.crc32(bytes(10 * MEGABYTE)), len(deflated(10))),
    )
    return wheel(folder, archive.bytes())


@reports("list of files has more than")
def _a_directory_of_a_million_files(folder: Path) -> tuple[str, Path]:
    archive = Zip().add(b"", b"")
    archive.directory *= 1_000_000
    return wheel(folder, archive.bytes())


@reports("more than 100000 files")
def _a_directory_of_half_a_million_files(folder: Path) -> tuple[str, Path]:
    archive = Zip().add(b"", b"")
    archive.directory *= 500_000
    return wheel(folder, archive.bytes())


@reports("whole zip file|^$")
def _a_hundred_thousand_files_of_one_name(folder: Path) -> tuple[str, Path]:
    archive = Zip().add(b"k" * 100, b"")
    archive.directory *= 99_999
    return wheel(folder, archive.bytes())


@reports("k k.py")
def _names_of_sixty_thousand_characters(folder: Path) -> tuple[str, Path]:
    archive = module_in(Zip())
    for number in range(300):
        archive.add(b"%05d" % number * 12_000 + b".py", b"", method=0)
    return wheel(folder, archive.bytes())


@reports("whole zip file")
def _a_directory_that_says_it_has_four_gigabytes(folder: Path) -> tuple[str, Path]:
    return wheel(folder, module_in(Zip()).bytes(size_of_directory=0xFFFFFFFE))


@reports("whole zip file")
def _a_directory_of_zip64_without_measure(folder: Path) -> tuple[str, Path]:
    archive = module_in(Zip())
    end64 = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 1, 1, 1 << 62, 0)
    locator = b"PK\6\7" + struct.pack("<IQI", 0, len(archive.body) + len(archive.directory), 1)
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return wheel(folder, bytes(archive.body + archive.directory + end64 + locator + end))


@reports("encrypted")
def _an_encrypted_module(folder: Path) -> tuple[str, Path]:
    return wheel(folder, Zip().add(b"k.py", bytes(20), method=0, flags=1).bytes())


@reports("packed by a method that packages do not use")
def _a_module_in_lzma_with_a_window_of_four_gigabytes(folder: Path) -> tuple[str, Path]:
    properties = b"\x09\x04\x05\x00" + b"\x5d" + struct.pack("<I", 0xFFFFFFFF)
    return wheel(folder, Zip().add(b"k.py", properties + bytes(50), size=1 << 30, method=14).bytes())


@reports("k k.py")
def _modules_that_are_links_or_lie_elsewhere(folder: Path) -> tuple[str, Path]:
    archive = module_in(Zip()).add(b"l.py", b"/etc/passwd", method=0, mode=0o120777)
    for name in (b"../up.py", b"/abs.py", b"a\\..\\b.py", b"C:/c.py", b"a/../../d.py", b"e\0.py", b"f\n.py"):
        archive.add(name, b"", method=0)
    return wheel(folder, archive.bytes())


@reports("more than 30000 modules")
def _more_empty_modules_than_are_read(folder: Path) -> tuple[str, Path]:
    archive = Zip()
    for number in range(33_000):
        archive.add(b"k%d.py" % number, b"", method=0)
    return wheel(folder, archive.bytes())


@reports("it is cut or damaged")
def _a_cut_wheel_whose_last_member_is_a_wheel(folder: Path) -> tuple[str, Path]:
    inner = module_in(Zip()).bytes()
    outer = module_in(Zip()).add(b"data/inner.whl", inner, method=0)
    return wheel(folder, bytes(outer.body))


# -- source distributions -------------------------------------------------------------------------


@reports("one of its headers has")
def _a_pax_header_of_a_gigabyte(folder: Path) -> tuple[str, Path]:
    return sdist(folder, tar_block("pax", 1_000 * MEGABYTE, b"x"), 1_000, GOOD, END)


@reports("one of its headers has")
def _a_global_pax_header_of_a_gigabyte(folder: Path) -> tuple[str, Path]:
    return sdist(folder, tar_block("pax", 1_000 * MEGABYTE, b"g"), 1_000, GOOD, END)


@reports("one of its headers has")
def _a_long_name_of_a_gigabyte(folder: Path) -> tuple[str, Path]:
    return sdist(folder, tar_block("././@LongLink", 1_000 * MEGABYTE, b"L"), 1_000, GOOD, END)


@reports("one of its headers has")
def _a_long_link_of_a_gigabyte(folder: Path) -> tuple[str, Path]:
    return sdist(folder, tar_block("././@LongLink", 1_000 * MEGABYTE, b"K"), 1_000, GOOD, END)


@reports("more than 1\\d{8} bytes|damaged")
def _a_thousand_pax_headers_of_a_megabyte(folder: Path) -> tuple[str, Path]:
    comment = pax({"comment": "a" * 900_000})
    return sdist(folder, *[comment] * 150, GOOD, END)


@reports("more than 1\\d{8} bytes")
def _a_gigabyte_before_the_module(folder: Path) -> tuple[str, Path]:
    return sdist(folder, tar_block("k-1/data", 1_000 * MEGABYTE), 1_000, GOOD, END)


@reports("more than 1\\d{8} bytes")
def _zeros_behind_the_end(folder: Path) -> tuple[str, Path]:
    return sdist(folder, GOOD, END, 1_000)


@reports("more than 100000 files|more than 1\\d{8} bytes")
def _a_quarter_of_a_million_empty_files(folder: Path) -> tuple[str, Path]:
    return sdist(folder, tar_block("k-1/empty") * 250_000, END)


@reports("more than 100000 files|more than 1\\d{8} bytes|more than \\d+ modules")
def _eight_thousand_empty_modules_in_a_tar(folder: Path) -> tuple[str, Path]:
    return sdist(folder, b"".join(tar_block(f"k-1/k{n}.py") for n in range(8_000)), END)


@reports("negative size|damaged")
def _a_negative_size(folder: Path) -> tuple[str, Path]:
    return sdist(folder, tar_block("k-1/k.py", b"\xff" * 12), GOOD, END)


@reports("ends too early|more than")
def _a_size_beyond_all_numbers(folder: Path) -> tuple[str, Path]:
    return sdist(folder, tar_block("k-1/k.py", b"\x80" + b"\xff" * 11), GOOD, END)


@reports("its size|ends too early")
def _a_size_told_by_pax(folder: Path) -> tuple[str, Path]:
    return sdist(folder, pax({"size": "9" * 18}), GOOD, END)


@reports("damaged")
def _a_pax_record_that_lies_about_its_length(folder: Path) -> tuple[str, Path]:
    text = padded(b"99999999999999999999 path=k.py\n")
    return sdist(folder, tar_block("pax", 31, b"x") + text, GOOD, END)


@reports("k k.py")
def _sparse_files_of_a_terabyte(folder: Path) -> tuple[str, Path]:
    block = bytearray(tar_block("k-1/s.py", 0, b"S"))
    block[386:410] = b"%011o\0%011o\0" % (0, 0)
    block[483:495] = b"\x80" + bytes(5) + b"\x01" + bytes(5)
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    later = pax({"GNU.sparse.major": "1", "GNU.sparse.realsize": str(1 << 40), "GNU.sparse.name": "k-1/t.py"})
    return sdist(folder, bytes(block), later + tar_block("k-1/GNUSparseFile.0/t.py"), GOOD, END)


@reports("k k.py")
def _links_devices_and_pipes(folder: Path) -> tuple[str, Path]:
    kinds = [b"1", b"2", b"3", b"4", b"6", b"7", b"Z", b"5"]
    parts = [tar_block(f"k-1/x{n}.py", 0, kind, "/etc/passwd") for n, kind in enumerate(kinds)]
    return sdist(folder, *parts, pax({"path": "../../up.py"}) + tar_block("k-1/u.py"), GOOD, END)


@reports("k k.py")
def _a_path_of_a_thousand_folders(folder: Path) -> tuple[str, Path]:
    deep = pax({"path": "k-1/" + "a/" * 3_000 + "b.py"}) + tar_block("k-1/d.py")
    long = pax({"path": "k-1/" + "a" * 3_000 + ".py"}) + tar_block("k-1/d.py")
    return sdist(folder, deep, long, GOOD, END)


@reports("k k.py|more than")
def _a_pkg_info_of_a_gigabyte(folder: Path) -> tuple[str, Path]:
    return sdist(folder, tar_block("k-1/PKG-INFO", 1_000 * MEGABYTE), 1_000, GOOD, END)


@reports("k k.py|more than")
def _a_zip_sdist_with_a_pkg_info_of_a_gigabyte(folder: Path) -> tuple[str, Path]:
    archive = Zip().add(b"k-1/PKG-INFO", deflated(1_000), size=1_000 * MEGABYTE)
    archive.add(b"k-1/k.py", MODULE, method=0, crc=zlib.crc32(MODULE))
    (folder / "k-1.zip").write_bytes(archive.bytes())
    return "package", folder / "k-1.zip"


# -- npm ------------------------------------------------------------------------------------------


@reports("bytes or 50000 files of declarations|more than")
def _declarations_of_a_gigabyte(folder: Path) -> tuple[str, Path]:
    return npm(folder, PACKAGE_JSON, tar_block("package/a.d.ts", 1_000 * MEGABYTE), 1_000, END)


@reports("holds more than 5000000 bytes")
def _a_package_json_of_a_hundred_megabytes(folder: Path) -> tuple[str, Path]:
    return npm(folder, tar_block("package/package.json", 90 * MEGABYTE), 90, END)


@reports("nested too deep|values would take|not a complete tarball")
def _a_package_json_nested_a_million_times(folder: Path) -> tuple[str, Path]:
    text = b"[" * 1_000_000
    return npm(folder, tar_block("package/package.json", len(text)) + padded(text), END)


@reports("digits|not a complete tarball")
def _a_package_json_with_a_number_of_a_million_digits(folder: Path) -> tuple[str, Path]:
    text = b'{"name": "k", "version": ' + b"9" * 1_000_000 + b"}"
    return npm(folder, tar_block("package/package.json", len(text)) + padded(text), END)
