"""Reads an HdrHistogram log (format 1.3, V2 compressed histograms) from its specification alone: no code of ours, none of the package that writes it.

Prints a JSON object per interval: tag, start, length, the maximum of the line, the number of values, and some percentiles.
"""
import base64
import json
import struct
import sys
import zlib

V2_COMPRESSED, V2 = 0x1C849304, 0x1C849303
WORD_SIZE = 0xF0


def decode(text):
    data = base64.b64decode(text)
    cookie, length = struct.unpack(">II", data[:8])
    assert cookie & ~WORD_SIZE == V2_COMPRESSED, hex(cookie)
    data = zlib.decompress(data[8 : 8 + length])
    cookie, payload, _offset, digits, lowest, _highest, _ratio = struct.unpack(">IiiiqqQ", data[:40])
    assert cookie & ~WORD_SIZE == V2, hex(cookie)
    counts, at = [], 40
    while at < 40 + payload:
        value = shift = 0
        # ZigZag LEB128 of at most nine bytes; a negative number is a run of zeros.
        for place in range(9):
            byte = data[at]
            at += 1
            if place == 8:
                value |= byte << shift
                break
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        value = (value >> 1) ^ -(value & 1)
        counts.extend([0] * -value if value < 0 else [value])
    return digits, lowest, counts


def highest_of(index, digits, lowest):
    unit_bits = lowest.bit_length() - 1
    sub_bits = (2 * 10**digits - 1).bit_length()
    half = 1 << (sub_bits - 1)
    bucket, sub = index // half - 1, index % half + half
    if bucket < 0:
        bucket, sub = 0, sub - half
    return ((sub + 1) << (bucket + unit_bits)) - 1


for line in open(sys.argv[1]):
    if line[0] in '#"':
        continue
    tag, start, length, most, encoded = line.rstrip("\n").split(",")
    digits, lowest, counts = decode(encoded)
    total = sum(counts)
    found = {}
    for percentile in (50, 90, 99):
        seen, wanted = 0, max(1, -(-total * percentile // 100))
        for index, count in enumerate(counts):
            seen += count
            if seen >= wanted:
                found[f"p{percentile}"] = highest_of(index, digits, lowest) / 1e6
                break
    print(json.dumps({"tag": tag[4:], "start": float(start), "length": float(length), "max": float(most), "count": total, **found}))
