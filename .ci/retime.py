#!/usr/bin/env python3
"""retime.py ORACLE CORPUS OUT: a copy of the captured requests in which every time of the capture is moved to now, so that transactions, spans and
sessions are as fresh as when they were sent. Texts keep their length; a body that does not decode stays as it is."""
import datetime
import pathlib
import re
import shutil
import sys
import zlib

sys.path.insert(0, sys.argv[1])
import pipeline  # noqa: E402

CAPTURED = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.timezone.utc)  # the latest time in the requests, rounded up


def moved(body, by):
    def iso(m):
        return (datetime.datetime.fromisoformat(m[0].decode()) + datetime.timedelta(seconds=by)).strftime("%Y-%m-%dT%H:%M:%S").encode()

    body = re.sub(rb"2026-11-2[0-9]T\d\d:\d\d:\d\d", iso, body)
    return re.sub(rb"\b1795[0-9]{6}", lambda m: b"%d" % (int(m[0]) + by), body)


def main():
    corpus, out = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    by = int((datetime.datetime.now(datetime.timezone.utc) - CAPTURED).total_seconds())
    shutil.rmtree(out, ignore_errors=True)
    for name, meta, body in pipeline.requests(corpus, None):
        encoding = next((v for k, v in meta["headers"] if k.lower() == "content-encoding"), "")
        try:
            plain = pipeline.DECODE[encoding](body) if encoding else body
            body = pipeline.ENCODE[encoding](moved(plain, by)) if encoding else moved(plain, by)
        except (KeyError, OSError, ValueError, zlib.error, pipeline.brotli.error, pipeline.zstandard.ZstdError):
            pass
        path = out / (name + ".bin")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        shutil.copy(f"{corpus}/{name}.json", f"{out}/{name}.json")


main()
