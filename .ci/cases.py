#!/usr/bin/env python3
"""cases.py KIND SEED COUNT > cases.jsonl: cases for `weir try --jsonl`, made of captured events (cmd/weir/corpus/data) and changed at random.

KIND is normalize (changed payloads and options) or scrub (planted secrets, a dozen configs). The first cases are the events as they
were captured; the same seed gives the same cases.
"""
import copy
import gzip
import json
import pathlib
import random
import sys
import zlib

DATA = pathlib.Path(__file__).resolve().parent.parent / "cmd/weir/corpus/data"
RECEIVED = "2026-11-23T12:00:00Z"

# Values that fields do not expect. Integers beyond 64 bits are left out: the reference repairs its text and makes 0 of them.
ODD = [
    None, True, False, 0, 1, -1, 1.5, -0.0, 1e300, 2**53, 2**63, 2**64 - 1, -(2**63), "", " ", "\t x \n", "null", "0", "1e3", "true", [], {}, [None], [[]], {"": None}, {"values": None},
    {"values": []}, "a" * 199, "a" * 201, "é" * 250, "word " * 400, "{{auto}}", "<unknown>", "127.0.0.1", "::1", "2026-11-23T11:00:00Z", "2026-11-23T11:00:00", "2026-11-23 11:00:00 +01:00", 1795428000,
    1795428000.25, "1795428000", "0x1f", "ffffffff", "c0ffee00c0ffee00", "4c79f60c11214eb38604f4ae0781bfb2", "4C79F60C-1121-4EB3-8604-F4AE0781BFB2", "GET", "https://example.com/a?b=c#d", "/a/b/12345/c", "//x",
    "x\u0000y", "line\r\nbreak", "😀" * 60, ["a", "b"], ["a", 1, None], [["k", "v"]], [["k"]], [["k", None], [None, "v"]], {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": 1}}}}}}}}, {"type": "x"}, {"k" * 210: "v"},
]
# Members that SDKs of other ages send, or that mean something.
MEMBERS = {
    "level": ["fatal", "critical", "log", "WARNING", 40, "50", "trace"], "platform": ["python", "PHP", "xyz", "javascript", "native"], "environment": ["None", "a/b", "production ", "x" * 65, "no\nnewline"],
    "release": ["latest", "1.0/2", "a@1.0", " a@1 ", ".", "..", "x" * 201, 12, 1.5, True], "dist": ["x y", "1", "x" * 65, 5], "logger": ["a.b", "x" * 80, "a b\n"], "server_name": ["h1", 5], "site": ["s"],
    "fingerprint": [["{{ default }}", "x"], [1, None, 2.5], "x", [{}]], "tags": [{"a": "b", "level": "x", "c d": 1, "": "e", "f": ""}, [["a", "b"], ["a", "c"]], [["k" * 250, "v" * 250]], "x", [None, ["a", "b"]]],
    "user": [{"id": 5, "email": "a@b.c", "x": "y"}, {"ip_address": "nope", "username": "u"}, {"ip_address": "{{auto}}"}, {"geo": {"city": "c", "x": 1}}, "x", {"data": {"a": 1}, "segment": "s"}],
    "request": [{"url": "http://a.example/x?q=1#f", "query_string": "?a=b&c", "cookies": "a=b; c", "headers": {"x-y": ["1", "2"], "Content-Type": "application/json"}, "data": "{\"a\":1}", "method": "get", "env": {"REMOTE_ADDR": "1.2.3.4"}}, {"data": "a=b&c=d"}, {"method": "TOOLONGMETHODNAMEHERE123456789012"}],
    "breadcrumbs": [{"values": [{"message": "m", "timestamp": 1795428000, "level": "x", "type": None}, None]}, [{"category": "c", "data": {"a": [1, 2]}}], [], "x"],
    "exception": [{"type": "E", "value": "v"}, [{"type": "", "value": ""}, None], {"values": [{"value": "Type: text"}]}, {"values": [{"type": "E", "mechanism": {"type": "x", "meta": {"errno": {"number": 2}, "signal": {"number": 11}}}}]}, {"values": [{"value": {"a": 1}, "stacktrace": {"frames": []}}]}],
    "stacktrace": [{"frames": [{"filename": "a.js", "lineno": "5", "vars": [1, 2], "pre_context": ["x", None]}]}, {}, {"frames": [None]}], "threads": [{"values": [{"id": "1", "crashed": True, "stacktrace": {"frames": [{"function": "f"}]}}]}, [{"id": -1}]],
    "contexts": [{"os": {"raw_description": "Linux 5.4.0-1 x"}, "device": {"family": "iPhone", "model": "iPhone14,2"}, "x": {"type": "runtime", "name": "a", "version": "1"}}, {"trace": {"trace_id": "x", "span_id": "y"}}, {"browser": {"name": "Chrome", "version": "1.2"}, "y": "z"}, []],
    "logentry": [{"message": "a %s %d", "params": ["x", 5]}, {"message": "{} {0}", "params": ["a"]}, {"formatted": "f", "message": "f"}, "x", ["y"], False], "message": ["m %s", {"message": "a", "formatted": "b"}, 5], "sentry.interfaces.Message": [{"message": "a", "params": []}],
    "sentry.interfaces.Http": [{"url": "http://x/"}], "sentry.interfaces.User": [{"id": "u"}], "extra": [{"a": "x" * 20000, "b": list(range(100)), "c": {"d": {"e": {"f": {"g": {"h": {"i": {"j": 1}}}}}}}}, {"é": float(1)}, []],
    "modules": [{"a": "1", "b": None, "c": 5}, "x"], "sdk": [{"name": "a", "version": "1", "integrations": [None, "x", 5], "packages": [{"name": "p"}]}, {}, {"name": ""}], "timestamp": ["2026-11-23T11:00:00.123456789Z", 1795428000, "2026-11-23T11:00", "x", 99999999999, 1780000000, "2026-11-23T14:00:00Z"],
    "measurements": [{"lcp": {"value": 5}, "FCP ": {"value": "x"}, "bad name": {"value": 1}, "ttfb": {"value": 1.5, "unit": "second"}, "frames_total": {"value": 0}}], "debug_meta": [{"images": [{"type": "proguard", "uuid": "x"}, {"type": "macho", "code_id": "AB-c", "debug_id": "4c79f60c-1121-4eb3-8604-f4ae0781bfb2-a"}, {"type": "q"}]}],
    "time_spent": [2147483647, 5, "x"], "culprit": ["c" * 300], "transaction": ["/a/12345/b", "GET /x", "", "x" * 300], "transaction_info": [{"source": "url", "changes": [], "propagations": "x"}], "errors": [[{"type": "x", "name": "y"}]], "checksum": ["abc"], "_meta": [{"message": {"": {"rem": [["a", "x", 0, 1]], "err": ["x"]}}}, 5],
    "unknown_thing": [1, {"a": None}], "csp": [{"effective_directive": "img-src", "blocked_uri": "x"}], "type": ["error", "default", "bogus", None], "project": [5], "received": [5], "ingest_path": [[{"version": "1"}]], "nodestore_insert": [5],
}
OPTIONS = {
    "enable_trimming": [True], "normalize_user_agent": [True], "client": ["sentry.python/2.1", "raven", "a/b/c", "x y/1"], "client_ip": ["203.0.113.7", "2001:db8::1"], "max_secs_in_past": [2592000], "max_secs_in_future": [60], "project_id": [42], "key_id": ["7"],
    "protocol_version": ["7", "6"], "remove_other": [False, True], "is_renormalize": [True], "grouping_config": [{"id": "newstyle:2023-01-11", "enhancements": "e"}],
    "user_agent": ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36", "curl/8.0", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1"],
}
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


def change(rnd, event):
    roll = rnd.random()
    if roll < 0.45:
        name = rnd.choice(list(MEMBERS))
        if name == "type" and event.get("type") == "transaction":
            return
        event[name] = copy.deepcopy(rnd.choice(MEMBERS[name]))
        return
    parent, key = rnd.choice(list(nodes(event)))
    if roll < 0.55 and isinstance(parent, dict):
        del parent[key]
    elif roll < 0.62 and isinstance(parent, dict):
        parent[rnd.choice(["", "new", "a.b", "é", "value", "data", "name"])] = copy.deepcopy(rnd.choice(ODD))
    elif roll < 0.66 and isinstance(parent[key], list):
        parent[key] = (parent[key] * 60)[:120]
    elif roll < 0.72:
        parent[key] = [parent[key]] if rnd.random() < 0.5 else {"values": parent[key]}
    elif roll < 0.76:
        for _ in range(rnd.randint(3, 40)):
            parent[key] = {"d": parent[key]}
    else:
        parent[key] = copy.deepcopy(rnd.choice(ODD))


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
    events = list(captured())
    for n in range(count):
        event = copy.deepcopy(events[n] if n < len(events) else rnd.choice(events))
        fresh = n >= len(events)
        if kind == "scrub":
            if fresh:
                plant(rnd, event)
            yield {"project": {"config": CONFIGS[n % len(CONFIGS)]}, "event": event, "steps": ["scrub"]}
            continue
        meta = {"received_at": RECEIVED, "normalize_user_agent": True, "enable_trimming": True, "client": "sentry.x/1.0"}
        if fresh:
            meta = {"received_at": RECEIVED, **{k: rnd.choice(v) for k, v in OPTIONS.items() if rnd.random() < 0.3 and (k != "is_renormalize" or rnd.random() < 0.2)}}
            for _ in range(rnd.randint(1, 4)):
                change(rnd, event)
        yield {"event": event, "meta": meta, "steps": ["normalize"]}


if __name__ == "__main__":
    for case in cases(sys.argv[1], sys.argv[2], int(sys.argv[3])):
        print(json.dumps(case))
