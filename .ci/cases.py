#!/usr/bin/env python3
"""cases.py KIND SEED COUNT > cases.jsonl: cases for `weir try --jsonl`, made of captured events (cmd/weir/corpus/data) and changed at random.

KIND is normalize (eventcases.py) or scrub (planted secrets, a dozen configs). The first cases are the events as they
were captured; the same seed gives the same cases.
"""
import copy
import gzip
import json
import pathlib
import random
import sys
import zlib

import eventcases

DATA = pathlib.Path(__file__).resolve().parent.parent / "cmd/weir/corpus/data"
KEEP = {"event_id", "trace_id", "span_id"}  # the reference makes them up at random when they are missing or nil

SECRETS = [
    "4111111111111111", "my card is 5555 5555 5555 4444 ok", "jane.doe@example.com", "mail <a.b+c@sub.example.org>, please", "192.168.0.1", "from 2001:db8::ff00:42:8329 to ::1", "DE89370400440532013000", "078-05-1120", "aa:bb:cc:dd:ee:ff", "/home/jane/src/a.py",
    "C:\\Users\\jane\\x.txt", "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----", "Bearer abc.def-ghi", "https://jane:hunter2@example.com/p?token=1", "4c79f60c-1121-4eb3-8604-f4ae0781bfb2", "860000000000005", "password=hunter2&x=y", "{\"password\":\"x\",\"a\":1}",
    "mysql://u:p@h/db", "xoxb-1234", "ghp_abcdefghijklmnopqrstuvwxyz0123456789", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "nothing to see", "", "é 4111-1111-1111-1111 é", "a" * 300 + " jane@example.com",
]
NAMES = ["password", "api_key", "secret", "Authorization", "token", "card", "user_password_hash", "x-api-key", "passwd", "mysql_pwd", "sessionid", "custom_field", "note", "address", "private", "auth", "credentials", "stripetoken", "bearer", "csrf"]
DEFAULT = {"scrubData": True, "scrubDefaults": True}
CONFIGS = [
    {"datascrubbingSettings": DEFAULT},
    {"datascrubbingSettings": {**DEFAULT, "scrubIpAddresses": True}},
    {"datascrubbingSettings": {**DEFAULT, "sensitiveFields": ["note", "custom_field"], "excludeFields": ["card", "token"]}},
    {"datascrubbingSettings": {"scrubData": True, "sensitiveFields": ["address"]}},
    {"datascrubbingSettings": {"scrubData": False, "scrubIpAddresses": True}},
    {"piiConfig": {"applications": {"$string": ["@email:replace", "@ip:hash", "@creditcard:mask"]}}},
    {"piiConfig": {"applications": {"**": ["@email:mask", "@mac", "@uuid", "@iban:replace", "@usssn", "@imei", "@pemkey", "@urlauth", "@userpath"]}}},
    {"piiConfig": {"rules": {"n": {"type": "redact_pair", "keyPattern": "note|secret", "redaction": {"method": "remove"}}, "p": {"type": "pattern", "pattern": "jane", "redaction": {"method": "replace", "text": "[name]"}}}, "applications": {"extra.** || tags.**": ["n"], "$message": ["p"], "$logentry.formatted": ["p"]}}},
    {"piiConfig": {"rules": {"all": {"type": "multiple", "rules": ["@email", "@ip"], "redaction": {"method": "hash"}}, "any": {"type": "anything", "redaction": {"method": "mask"}}}, "applications": {"$user.*": ["any"], "$request.headers && !$request.headers.Host": ["all"], "exception.values.*.value": ["all"]}}},
    {"piiConfig": {"applications": {"$frame.vars.**": ["@anything:remove"], "breadcrumbs.values.*.data.**": ["@password:filter"]}}, "datascrubbingSettings": DEFAULT},
    {"piiConfig": {"vars": {"hashKey": "k"}, "applications": {"(~$extra && $string)": ["@email:hash"], "$http.url": ["@urlauth:legacy"], "contexts.*.*": ["@anything:filter"]}}},
    {"piiConfig": {"rules": {"g": {"type": "pattern", "pattern": "(\\d{4})[- ]?(\\d{4})", "replaceGroups": [1], "redaction": {"method": "replace", "text": "x"}}}, "applications": {"$string": ["g"], "**.card": ["@anything:remove"]}}, "datascrubbingSettings": {"scrubData": True}},
]


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


def nodes(v, path=()):
    for k, x in list(v.items() if isinstance(v, dict) else enumerate(v)):
        if k not in KEEP and k != "type":
            yield v, k
            if isinstance(x, (dict, list)):
                yield from nodes(x, path + (k,))


def plant(rnd, event):
    for _ in range(rnd.randint(2, 12)):
        parent, key = rnd.choice(list(nodes(event)))
        secret = rnd.choice(SECRETS)
        if rnd.random() < 0.3:
            for name in rnd.sample(["extra", "tags", "contexts"], 1):
                at = event.setdefault(name, {})
                if isinstance(at, dict):
                    at[rnd.choice(NAMES)] = {"v": secret, rnd.choice(NAMES): [secret]} if name != "tags" else secret
        elif isinstance(parent[key], str):
            parent[key] = secret if rnd.random() < 0.7 else parent[key] + " " + secret
        elif isinstance(parent, dict) and "values" not in parent:  # the reference reads such lists anew between two configs
            parent[rnd.choice(NAMES)] = secret


def cases(kind, seed, count):
    rnd = random.Random(f"{kind}/{seed}")
    if kind == "normalize":
        yield from eventcases.cases(rnd, captured(), count)
        return
    events = list(captured())
    for n in range(count):
        event = copy.deepcopy(events[n] if n < len(events) else rnd.choice(events))
        if n >= len(events):
            plant(rnd, event)
        yield json.dumps({"project": {"config": CONFIGS[n % len(CONFIGS)]}, "event": event, "steps": ["scrub"]})


if __name__ == "__main__":
    for case in cases(sys.argv[1], sys.argv[2], int(sys.argv[3])):
        print(case)
