#!/usr/bin/env python3
"""plantedrun.py --oracle DIR --relay BIN --weir BIN --corpus DIR --work DIR [--seed N] [--only TEXT] [--golden FILE]: planted secrets in items of every type.

Sends the requests of plantedrequests.py to the real Relay (twice) and to weir, all with Kafka and Redis, and compares every answer and message of every topic. First no
secret that Relay removed may be in what weir wrote, in bytes, in UTF-16 or inside of something compressed; then everything has to be equal, also what Relay keeps.
Exit 1 when it is not. --golden writes what the requests became in Relay, for `go test`.
"""
import argparse
import base64
import collections
import functools
import gzip
import json
import os
import pathlib
import re
import sys
import threading
import time

parser = argparse.ArgumentParser()
for name in ("oracle", "relay", "weir", "corpus", "work"):
    parser.add_argument("--" + name, required=True)
parser.add_argument("--kafka", default="127.0.0.1:9092")
parser.add_argument("--redis", default="redis://127.0.0.1:6379")
parser.add_argument("--port", type=int, default=3961)
parser.add_argument("--seed", default="1")
parser.add_argument("--only", default="")
parser.add_argument("--show", type=int, default=40)
parser.add_argument("--golden")
args = parser.parse_args()
sys.path.insert(0, args.oracle)
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import backend  # noqa: E402
import compare  # noqa: E402
import pipeline  # noqa: E402
import plantedrequests  # noqa: E402


def write(b, names, rows):
    """The recording as pipeline.py writes it, and by case the texts of all messages."""
    path, texts = os.path.join(args.work, f"{b.name}.jsonl"), {}
    with open(path, "w") as f:
        for project, name in zip(b.projects, names):
            status, headers, response = b.answers[project]
            mine = sorted(rows.get(project, []), key=lambda r: (r["topic"], json.dumps(r["value"], sort_keys=True, default=str)))
            texts[name] = "\n".join(r.pop("text") for r in mine)
            text = json.dumps({"case": name, "status": status, "headers": headers, "response": response, "messages": mine}, sort_keys=True, ensure_ascii=False, default=str)
            f.write(b.plain(project, text) + "\n")
    return path, texts


def summed(case):
    """The case with its outcomes summed up over time: into which slot an outcome falls depends on when a process comes to it."""
    for topic in ("outcomes", "outcomes-billing"):
        sums = collections.Counter()
        for m in case["messages"].get(topic, []):
            sums[json.dumps({k: v for k, v in m["value"].items() if k not in ("quantity", "timestamp")}, sort_keys=True)] += m["value"]["quantity"]
        if sums:
            case["messages"][topic] = dict(sorted(sums.items()))
    return case


def golden(path, cases, clock, recordings):
    """Some of the requests and what Relay made of them, for `go test`: one JSON document a line, gzipped. Requests that are like one before are left out."""
    seen, lines = collections.Counter(), []
    for name, meta, body, config, cores in cases:
        want = recordings[name]
        kind = name.startswith(("made", "otel", "curl")) and config is plantedrequests.CONFIGS[0]
        topics = ",".join(sorted(f"{t}{min(len(ms), 3)}" for t, ms in want["messages"].items() if t != "outcomes-billing"))
        seen[kind, topics] += 1
        if seen[kind, topics] > 1 or len(body) > 12000 or not want["messages"]:
            continue
        want["messages"] = [{"topic": t, **m} for t, ms in want["messages"].items() for m in ms]
        request = {"method": meta["method"], "path": meta["path"], "query": meta.get("query") or "", "headers": meta["headers"], "body": base64.b64encode(body).decode()}
        lines.append(json.dumps({**want, "config": config, "clock": clock, "secrets": cores, "request": request}, sort_keys=True, ensure_ascii=False))
    with gzip.GzipFile(path, "wb", mtime=0) as f:
        f.write(("\n".join(lines) + "\n").encode())
    print(f"{len(lines)} requests in {path}")


def main():
    cases = [c for c in plantedrequests.requests(args.seed, args.corpus) if args.only in c[0]]
    clock = int(time.time())
    topics = backend.Topics(args.kafka)
    template = backend.template(args)
    plain = {k: v for k, v in template["config"].items() if k != "datascrubbingSettings"}
    states = [{**template, "config": {**plain, **config}} for _, _, _, config, _ in cases]
    requests = [(meta["method"], functools.partial(pipeline.rewritten, meta, body)) for _, meta, body, _, _ in cases]
    backends = [backend.Backend(args, "planted-" + name, binary, n, states) for n, (name, binary) in enumerate([("relay-1", args.relay), ("weir", args.weir), ("relay-2", args.relay)])]
    try:
        sending = [threading.Thread(target=b.send, args=[requests]) for b in backends]
        for t in sending:
            t.start()
        rows = topics.rows(sending)
    finally:
        for b in backends:
            b.stop()
    names = [c[0] for c in cases]
    (first, removed), (ours, weirs), (second, _) = (write(b, names, rows) for b in backends)
    kinds = collections.Counter(r["topic"] for b in backends[:1] for p in b.projects for r in rows.get(p, []))
    expected, again, actual = (compare.load(p, None) for p in (first, second, ours))
    if args.golden:
        golden(args.golden, cases, clock, {name: compare.merged(expected[name], again[name]) for name in expected})
    for recording in (expected, again, actual):
        recording.update({name: summed(case) for name, case in recording.items()})
    leaks = equal = known = kept = 0
    by_path, shown = collections.Counter(), 0
    for name, meta, body, config, cores in cases:
        known += len(cores)
        kept += sum(core in removed[name] for core in cores)
        leaked = [core for core in cores if core in weirs[name] and core not in removed[name]]
        if leaked:
            leaks += 1
            print(f"LEAK {name}: {leaked[:5]}")
        want = compare.merged(expected[name], again[name])
        diffs = [d for d in compare.differences(want, actual[name]) if d[1] != "<any>" and not compare.volatile(d[0])]
        equal += not diffs
        for path, x, y in diffs:
            by_path[re.sub(r"\[\d+\]", "[]", path)] += 1
            if shown < args.show:
                shown += 1
                print(f"{name} {path}\n  relay {json.dumps(x)[:300]}\n  weir  {json.dumps(y)[:300]}")
    for path, n in by_path.most_common(args.show):
        print(f"{n:6d} {path}")
    print("messages of Relay: " + ", ".join(f"{t} {n}" for t, n in sorted(kinds.items())))
    print(f"{len(cases)} requests with {known} secrets, of which Relay keeps {kept}; {leaks} leak, {equal} equal ({100 * equal / max(1, len(cases)):.1f} %)")
    sys.exit(leaks > 0 or equal != len(cases))


main()
