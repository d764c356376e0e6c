"""check.py HEADER FOLDER PLATFORM... - checks FOLDER/<platform>/<library> against the contract, without that platform:
made for that processor, exporting the functions of the header and nothing else, and needing nothing but what every
system of that kind has: no library at all on Linux, libSystem on macOS, kernel32 and ntdll on Windows. The guardian of
macOS is checked like its library, except for what it exports.

Says what it found of each, and exits with 1 if a library breaks the contract.
"""

import re
import struct
import sys

GUARDIAN = "lastcall-guardian"
LIBRARIES = {"linux": "liblastcall.so", "macos": "liblastcall.dylib", "windows": "lastcall.dll"}
ALLOWED = {"linux": set(), "macos": {"/usr/lib/libSystem.B.dylib"}, "windows": {"kernel32.dll", "ntdll.dll"}}

# Zig's linker exports these two from every dylib. dyld looks symbols up by library, so they hide no others.
MADE_BY_THE_LINKER = {"__mh_dylib_header", "___dso_handle"}


class Library:
    """What a file says of itself: the processor, the libraries it needs, what it exports, and what else is wrong."""

    def __init__(self, processor, needed, exported, faults):
        self.processor = processor
        self.needed = needed
        self.exported = exported
        self.faults = faults


def text(data, offset):
    return data[offset : data.index(b"\0", offset)].decode()


def read_elf(data):
    processor = {62: "x86_64", 183: "aarch64"}.get(struct.unpack_from("<H", data, 18)[0])
    table, entry, count = struct.unpack_from("<Q", data, 40)[0], *struct.unpack_from("<HH", data, 58)
    # name, type, flags, address, offset, size, link, info, alignment, entry size
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, table + i * entry) for i in range(count)]
    needed, exported, faults = set(), set(), []
    for _, kind, flags, _, offset, size, link, _, _, _ in sections:
        if kind == 6:  # dynamic
            strings = sections[link][4]
            for tag, value in struct.iter_unpack("<QQ", data[offset : offset + size]):
                if tag == 1:
                    needed.add(text(data, strings + value))
                elif tag in (12, 13, 15, 22, 25, 26, 29):
                    faults.append(f"dynamic tag {tag}: code to run, or a path to search, at load")
        elif kind == 11:  # dynsym
            strings = sections[link][4]
            for name, info, _, section, _, _ in struct.iter_unpack("<IBBHQQ", data[offset : offset + size]):
                symbol = text(data, strings + name)
                if symbol and section == 0:
                    faults.append(f"undefined symbol {symbol}")
                elif symbol and info >> 4 in (1, 2):
                    exported.add(symbol)
        elif kind in (4, 9, 19):
            faults.append("relocations")
        elif kind in (0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF):
            faults.append("versions of symbols")
        if flags & 0x400:
            faults.append("thread-local storage")
    return Library(processor, needed, exported, faults)


def read_trie(trie, offset=0, prefix=b""):
    """The exports of a dylib: a tree of prefixes, each node with the length of its own entry and its children."""
    size, offset = read_uleb(trie, offset)
    if size:
        yield prefix.decode()
    offset += size
    children = trie[offset]
    offset += 1
    for _ in range(children):
        end = trie.index(b"\0", offset)
        child, following = read_uleb(trie, end + 1)
        yield from read_trie(trie, child, prefix + trie[offset:end])
        offset = following


def read_uleb(data, offset):
    value = shift = 0
    while True:
        byte = data[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, offset
        shift += 7


def read_macho(data):
    processor = {0x01000007: "x86_64", 0x0100000C: "aarch64"}.get(struct.unpack_from("<I", data, 4)[0])
    needed, exported, faults = set(), set(), []
    signed, offset = False, 32
    for _ in range(struct.unpack_from("<I", data, 16)[0]):
        command, size = struct.unpack_from("<II", data, offset)
        kind = command & 0x7FFFFFFF
        if kind in (0x0C, 0x18, 0x1F, 0x23):  # needed, and its weak, re-exported and upward kinds
            needed.add(text(data, offset + struct.unpack_from("<I", data, offset + 8)[0]))
        elif kind == 0x1C:
            faults.append("a path to search at load")
        elif kind == 0x22:  # dyld info, its last pair
            start, length = struct.unpack_from("<II", data, offset + 40)
            exported.update(read_trie(data[start : start + length]))
        elif kind == 0x33:  # exports trie
            start, length = struct.unpack_from("<II", data, offset + 8)
            exported.update(read_trie(data[start : start + length]))
        elif kind == 0x1D:
            signed = True
        offset += size
    if processor == "aarch64" and not signed:
        faults.append("no signature, without which an Arm Mac loads nothing")
    exported -= MADE_BY_THE_LINKER
    return Library(processor, needed, {name.removeprefix("_") for name in exported}, faults)


def read_pe(data):
    header = struct.unpack_from("<I", data, 60)[0]
    machine, count = struct.unpack_from("<HH", data, header + 4)
    optional, optional_size = header + 24, struct.unpack_from("<H", data, header + 20)[0]
    directories = [struct.unpack_from("<II", data, optional + 112 + 8 * i) for i in range(16)]
    sections = [
        struct.unpack_from("<IIII", data, optional + optional_size + 40 * i + 8) for i in range(count)
    ]  # virtual size, address, raw size, raw offset

    def at(address):
        for size, start, raw_size, raw in sections:
            if start <= address < start + max(size, raw_size):
                return address - start + raw
        raise ValueError(f"address {address:#x} is in no section")

    needed, exported, faults = set(), set(), []
    if directories[0][0]:
        names, table = struct.unpack_from("<I4xI", data, at(directories[0][0]) + 24)
        table = at(struct.unpack_from("<I", data, at(directories[0][0]) + 32)[0])
        exported = {text(data, at(struct.unpack_from("<I", data, table + 4 * i)[0])) for i in range(names)}
    for index, (name_at, step) in {1: (12, 20), 13: (4, 32)}.items():  # imports, delayed imports
        entry = directories[index][0] and at(directories[index][0])
        while entry and (name := struct.unpack_from("<I", data, entry + name_at)[0]):
            needed.add(text(data, at(name)).lower())
            entry += step
    if directories[9][0]:
        faults.append("thread-local storage")
    return Library({0x8664: "x86_64", 0xAA64: "aarch64"}.get(machine), needed, exported, faults)


def read(data):
    if data[:4] == b"\x7fELF":
        return read_elf(data)
    if data[:4] == b"\xcf\xfa\xed\xfe":
        return read_macho(data)
    if data[:2] == b"MZ":
        return read_pe(data)
    raise ValueError("not a library")


def check(path, platform, declared):
    system, processor = platform.split("-")
    with open(path, "rb") as file:
        data = file.read()
    library = read(data)
    faults = list(library.faults)
    if library.processor != processor:
        faults.append(f"made for {library.processor}")
    faults += [f"needs {name}" for name in sorted(library.needed - ALLOWED[system])]
    if declared:
        faults += [f"does not export {name}" for name in sorted(declared - library.exported)]
        faults += [f"exports {name}" for name in sorted(library.exported - declared)]
    needs = ", ".join(sorted(library.needed)) or "nothing"
    exports = f"exports {len(library.exported)}" if declared else GUARDIAN
    print(f"{platform}: {len(data)} bytes, {exports}, needs {needs}")
    for fault in faults:
        print(f"{platform}: {fault}")
    return not faults


def main(header, folder, *platforms):
    with open(header, encoding="utf-8") as file:
        content = file.read()
    declared = set(re.findall(r"^LC_API lc_i64 (lc_\w+)\(", content, re.MULTILINE))
    if len(declared) != len(re.findall(r"^LC_API", content, re.MULTILINE)):
        sys.exit("a prototype of the header is not understood")
    right = [check(f"{folder}/{name}/{LIBRARIES[name.split('-')[0]]}", name, declared) for name in platforms]
    right += [check(f"{folder}/{name}/{GUARDIAN}", name, set()) for name in platforms if name.startswith("macos")]
    sys.exit(0 if all(right) else 1)


main(*sys.argv[1:])
