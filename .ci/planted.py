#!/usr/bin/env python3
"""planted.py ORACLE > processors/scrub/testdata/planted.json: what the reference does to a secret in every text of an event, for `go test`.

For each event and secret a line has one letter for each text of the event, in the order of the file: c when the secret is gone, k when it is kept,
a dot where the reference does not read such a text at all. The settings are those of a new project, addresses included.
"""
import json
import pathlib
import sys

import judge
import scrubcases

DATA = pathlib.Path(__file__).resolve().parent.parent / "processors/scrub/testdata"
EVENTS = ["node_error", "flask_error", "browser_transaction"]
FIXED = {"event_id", "trace_id", "span_id", "parent_span_id", "type", "_meta"}
SETTINGS = {"scrubData": True, "scrubDefaults": True, "scrubIpAddresses": True}


def texts(v, path=()):
    for k, x in v.items() if isinstance(v, dict) else enumerate(v):
        if k in FIXED:
            continue
        if isinstance(x, str):
            yield path + (k,)
        elif isinstance(x, (dict, list)):
            yield from texts(x, path + (k,))


def at(v, path):
    for k in path:
        if isinstance(v, dict):
            v = v.get(k)
        elif isinstance(v, list) and k < len(v):
            v = v[k]
        else:
            return None
    return v


def main():
    module = judge.oracle(sys.argv[1])
    generated = module.p.convert_datascrubbing_config(SETTINGS)
    out = {"secrets": scrubcases.PLANTED, "events": {}}
    for name in EVENTS:
        event = json.loads((DATA / f"{name}.json").read_text())
        paths, rows = list(texts(event)), {}
        for secret, text in scrubcases.PLANTED.items():
            planted = json.loads(json.dumps(event))
            for p in paths:
                at(planted, p[:-1])[p[-1]] = text
            read = module.p.pii_strip_event({"applications": {"$replay": ["@anything"]}}, planted)
            done = module.p.pii_strip_event(generated, planted)
            rows[secret] = "".join("." if at(read, p) != text else "k" if at(done, p) == text else "c" for p in paths)
        out["events"][name] = rows
    json.dump(out, sys.stdout, indent=1, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
