#!/usr/bin/env python3
"""recordings.py KIND --oracle DIR --relay BIN --work DIR [--cases FILE] [--only TEXT] [--out FILE]: makes a recording that `go test` compares with anew, of the real Relay.

KIND is varied (cmd/weir/testdata/golden/varied.jsonl.gz), spans or descriptions (processors/normalize/testdata/spans.jsonl.gz, descriptions.jsonl). The cases are
those of the recording as it is, with every time moved to now, and those of FILE behind them: lines of the same form without an answer (of varied requests: with their config in
place of its number). What Relay made of each takes the place of what stood there; of requests, what a second run made otherwise becomes "<any>". Needs Kafka and Redis
(.ci/services start). --only keeps the cases whose line has TEXT.
"""
import argparse
import base64
import copy
import datetime
import functools
import gzip
import json
import pathlib
import re
import sys
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("kind", choices=["varied", "spans", "descriptions"])
for name in ("oracle", "relay", "work"):
    parser.add_argument("--" + name, required=True)
parser.add_argument("--kafka", default="127.0.0.1:9092")
parser.add_argument("--redis", default="redis://127.0.0.1:6379")
parser.add_argument("--port", type=int, default=3981)
parser.add_argument("--cases")
parser.add_argument("--only", default="")
parser.add_argument("--out")
args = parser.parse_args()
sys.path.insert(0, args.oracle)
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import backend  # noqa: E402
import compare  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILES = {"varied": "cmd/weir/testdata/golden/varied.jsonl.gz", "spans": "processors/normalize/testdata/spans.jsonl.gz", "descriptions": "processors/normalize/testdata/descriptions.jsonl"}
# What depends on the clock or is random, beside what compare.py knows.
VOLATILE = re.compile(
    r"\.(profiles|ingest-replay-recordings|snuba-items)\[\d+\]\.key$|\.value\.(received|received_at|start_time|itemId|id)$|observed_timestamp_nanos\.(stringValue|value)$"
    r"|\.(attachment|attachments\[\d+\])\.id$|\.payload\.(received|nodestore_insert)$|server_time$|sdk_time$"
)


def relayed(states, requests):
    """What Relay answered to each request and wrote for it, and when it was sent."""
    topics, sent = backend.Topics(args.kafka), []
    b = backend.Backend(args, "recording", args.relay, 0, states)

    def timed(request, project, key):
        sent.append(time.time())
        return request(project, key)

    try:
        sending = threading.Thread(target=b.send, args=[[(method, functools.partial(timed, request)) for method, request in requests]])
        sending.start()
        rows = topics.rows([sending])
    finally:
        b.stop()
    for project, at in zip(b.projects, sent):
        messages = [{k: v for k, v in r.items() if k != "text"} for r in rows.get(project, [])]
        yield at, b.answers[project][0], json.loads(b.plain(project, json.dumps(messages, default=str, ensure_ascii=False)))


def moved(body, by):
    """A body with its times moved; texts keep their length. Numbers of ten digits and more that begin like today's seconds are times."""

    def iso(m):
        return (datetime.datetime.fromisoformat(m[0].decode()) + datetime.timedelta(seconds=by)).isoformat(m[1].decode()).encode()

    body = re.sub(rb"20[0-9]{2}-[01][0-9]-[0-3][0-9]([T ])[0-2][0-9]:[0-5][0-9]:[0-5][0-9]", iso, body)
    return re.sub(rb"(?<![0-9a-zA-Z.-])1[78][0-9]{8}(?=[.0-9]{0,10}(?![0-9a-zA-Z-]))", lambda m: b"%d" % (int(m[0]) + by), body)


def varied(lines):
    projects, rows = lines[0], lines[1:]
    for r in rows:
        if isinstance(r["project"], dict):
            if r["project"] not in projects:
                projects.append(r["project"])
            r["project"] = projects.index(r["project"])
        if r.get("at"):
            r["body"] = base64.b64encode(moved(base64.b64decode(r["body"]), int(time.time() - r["at"]))).decode()

    def request(r, project, key):
        def put(text):
            return text.replace("{P}", str(project)).replace("{K}", key)

        body = base64.b64decode(r["body"]).replace(b"{P}", str(project).encode()).replace(b"{K}", key.encode())
        return put(r["target"]), [(k, put(v)) for k, v in r["headers"]], body

    states = [{**backend.template(args), **projects[r["project"]]} for r in rows]
    requests = [(r["method"], functools.partial(request, r)) for r in rows]
    for r, (at, status, one), (_, _, two) in zip(rows, relayed(states, requests), relayed(states, requests)):
        by_topic = []
        for messages in (one, two):
            topics = {}
            for m in messages:
                topics.setdefault(m["topic"], []).append({k: m[k] for k in ("key", "headers", "value")})
            by_topic.append({t: sorted(ms, key=compare.order) for t, ms in topics.items()})
        both = compare.merged(*by_topic)
        if "<any>" in (both, *(both.values() if isinstance(both, dict) else ())):
            print("left out, two runs differ:", r["case"])
            continue
        r.update(at=round(at, 3), status=status, messages=[{"topic": t, **masked(m, f".messages.{t}[0]")} for t, ms in both.items() for m in ms])
        yield r
    yield projects


def masked(v, path):
    if isinstance(v, dict):
        return {k: masked(x, f"{path}.{k}") for k, x in v.items()}
    if isinstance(v, list):
        return [masked(x, f"{path}[{i}]") for i, x in enumerate(v)]
    return "<any>" if not isinstance(v, bool) and (compare.volatile(path) or VOLATILE.search(path)) else v


def stored(events):
    """Each transaction as Relay stores it, moved to now; None when it refuses one."""

    def request(event, project, key):
        event, by = copy.deepcopy(event), int(time.time()) - 100 - int(event["timestamp"])
        for v in (event, *event["spans"]):
            v["start_timestamp"] += by
            v["timestamp"] += by
        head = {"event_id": f"{project:032x}", "dsn": f"http://{key}@localhost/{project}"}
        return f"/api/{project}/envelope/?sentry_key={key}", [("Content-Type", "application/x-sentry-envelope")], b"\n".join(json.dumps(v).encode() for v in (head, {"type": "transaction"}, event))

    for _, _, messages in relayed([backend.template(args)] * len(events), [("POST", functools.partial(request, e)) for e in events]):
        yield next((m["value"]["payload"] for m in messages if m["topic"] == "ingest-transactions"), None)


# Tags that say the same on every span, or come from what the cases do not have.
SHARED = {"sdk.name", "sdk.version", "platform", "trace.status", "browser.name", "status", "device.class", "transaction", "environment", "release", "user", "user.ip", "user.geo.country_code", "user.geo.subregion"}


def spans(lines):
    for line, made in zip(lines, stored([line["event"] for line in lines])):
        line["spans"] = []
        for s in made["spans"]:
            out = {"tags": {k: v for k, v in s["sentry_tags"].items() if k not in SHARED}}
            calls = {k: v for k, v in (s.get("data") or {}).items() if k.startswith("gen_ai.") and v is not None}
            line["spans"].append({**out, **({"measurements": s["measurements"]} if s.get("measurements") else {}), **({"ai": calls} if calls else {})})
        yield line


DESCRIBED = ("description", "group", "domain", "raw_domain", "action", "category", "file_extension")


def descriptions(lines):
    trace, span = "a" * 32, {"trace_id": "a" * 32, "start_timestamp": 1700000001, "timestamp": 1700000002}
    step = 200
    parts = [lines[i : i + step] for i in range(0, len(lines), step)]
    context = {"trace": {"trace_id": trace, "span_id": "a" * 16, "op": "task"}}
    made = stored([{"type": "transaction", "transaction": "job", "start_timestamp": 1700000000, "timestamp": 1700000003, "contexts": context,
                    "spans": [{**{k: v for k, v in line.items() if k != "tags"}, **span, "span_id": f"{n + 1:016x}"} for n, line in enumerate(part)]} for part in parts])
    for part, event in zip(parts, made):
        for line, s in zip(part, event["spans"]):
            tags = {k: s["sentry_tags"][k] for k in DESCRIBED if s["sentry_tags"].get(k)}
            yield {**{k: v for k, v in line.items() if k != "tags"}, "tags": tags}


def main():
    path = ROOT / FILES[args.kind]
    text = (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8").read()
    if args.cases:
        text += open(args.cases, encoding="utf-8").read()
    lines = [json.loads(t) for n, t in enumerate(text.splitlines()) if args.only in t or n == 0 and args.kind == "varied"]
    made = list(globals()[args.kind](lines))
    if args.kind == "varied":
        made = made[-1:] + made[:-1]
    separators = (",", ":") if args.kind == "spans" else None
    data = "".join(json.dumps(line, ensure_ascii=False, separators=separators) + "\n" for line in made).encode()
    out = pathlib.Path(args.out or path)
    if out.suffix == ".gz":
        with open(out, "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0, filename="") as z:
            z.write(data)
    else:
        out.write_bytes(data)
    print(f"{len(made)} lines in {out}")


main()
