#!/usr/bin/env python3
"""cases.py KIND SEED COUNT > cases.jsonl: cases for `weir try --jsonl`, made of captured events (cmd/weir/corpus/data) and changed at random.

KIND is normalize (eventcases.py), forms (formcases.py), scrub (scrubcases.py) or planted (the same: a secret in every text). The first cases are the events as they
were captured; the same seed gives the same cases.
"""
import gzip
import json
import pathlib
import random
import sys
import zlib

import eventcases
import formcases
import scrubcases

DATA = pathlib.Path(__file__).resolve().parent.parent / "cmd/weir/corpus/data"


def plain(path):
    meta, body = json.loads(path.with_suffix(".json").read_text()), path.read_bytes()
    encoding = next((v for k, v in meta["headers"] if k.lower() == "content-encoding"), "")
    if encoding == "br":
        import brotli

        return brotli.decompress(body)
    if encoding == "zstd":
        import zstandard

        return zstandard.ZstdDecompressor().decompressobj().decompress(body)
    return {"gzip": gzip.decompress, "deflate": zlib.decompress}.get(encoding, bytes)(body)


def captured():
    for path in sorted(DATA.rglob("*.bin")):
        try:
            lines = plain(path).split(b"\n")
            for head, body in zip(lines[1:], lines[2:]):
                if head[:1] == b"{" and json.loads(head).get("type") in ("event", "transaction"):
                    yield json.loads(body)
        except (ValueError, OSError, zlib.error):
            continue  # no envelope, or broken on purpose


def cases(kind, seed, count):
    made = {"normalize": eventcases.cases, "forms": formcases.cases, "scrub": scrubcases.cases, "planted": scrubcases.planted}[kind]
    return made(random.Random(f"{kind}/{seed}"), captured(), count)


if __name__ == "__main__":
    for case in cases(sys.argv[1], sys.argv[2], int(sys.argv[3])):
        print(case)
