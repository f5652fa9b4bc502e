#!/usr/bin/env python3
"""weir in company of the real Relay: a managed Relay below a processing weir, and a managed weir below a processing Relay. In both,
registration, project configs, events, sessions, limits and outcomes have to travel.

  relays.py --relay BIN --weir BIN --oracle DIR --kafka HOST:PORT --redis URL [--port N]

Prints a line a fact and exits 1 when one does not hold. Needs the packages of the oracle's README."""
import argparse, http.client, json, os, pathlib, signal, subprocess, sys, tempfile, time, uuid

ap = argparse.ArgumentParser(description=__doc__)
for name in ("relay", "weir", "oracle", "kafka", "redis"):
    ap.add_argument("--" + name, required=True)
ap.add_argument("--port", type=int, default=3900, help="this port and the next 9 are used")
args = ap.parse_args()
sys.path.insert(0, args.oracle)
import confluent_kafka as ck
from confluent_kafka.admin import AdminClient, NewTopic
import pipeline
from sentry_relay.auth import generate_key_pair

failed = 0


def fact(ok, text):
    global failed
    failed += not ok
    print(("ok    " if ok else "FAIL  ") + text, flush=True)
    return ok


def request(port, method, target, body=b"", headers={}):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    c.request(method, target, body, headers)
    r = c.getresponse()
    return r.status, {k.lower(): v for k, v in r.getheaders()}, r.read()


def until(seconds, what):
    """Calls what until it gives something."""
    end = time.time() + seconds
    while True:
        try:
            if got := what():
                return got
        except (OSError, ck.KafkaException):  # a topic that is new has no leader yet
            pass
        if time.time() > end:
            return None
        time.sleep(0.1)


class Server:
    def __init__(self, binary, port, up, config, env={}):
        self.port, self.dir = port, pathlib.Path(tempfile.mkdtemp(prefix="relays-"))
        secret, public = generate_key_pair()
        self.id, self.public = str(uuid.uuid4()), str(public)
        (self.dir / "credentials.json").write_text(json.dumps({"secret_key": str(secret), "public_key": self.public, "id": self.id}))
        self.config = {"relay": {"mode": "managed", "upstream": f"http://127.0.0.1:{up}/", "host": "127.0.0.1", "port": port},
                       "outcomes": {"emit_outcomes": True, "source": "below"}, "aggregator": {"bucket_interval": 1, "initial_delay": 0}, "logging": {"level": "WARN"},
                       "cache": {"batch_interval": 0, "project_expiry": 1}, **config}
        (self.dir / "config.yml").write_text(json.dumps(self.config))
        self.binary, self.env = binary, env

    def start(self):
        self.log = open(self.dir / "log", "ab")
        self.child = subprocess.Popen([self.binary, "run", "--config", str(self.dir)], stdout=self.log, stderr=subprocess.STDOUT, env={**os.environ, **self.env})
        return until(90, lambda: request(self.port, "GET", "/api/relay/healthcheck/ready/")[0] == 200)

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        self.child.wait(60)

    def said(self):
        return (self.dir / "log").read_text(errors="replace")[-3000:]


def arrangement(title, upper, lower, port):
    """SDK -> lower -> upper -> Kafka, with the stub above."""
    print(f"== {title}")
    p, key = 8_000_000 + int(time.time()) % 900_000, uuid.uuid4().hex
    projects = pathlib.Path(tempfile.mkdtemp(prefix="projects-"))

    late = uuid.uuid4().hex  # of a second project, without limits

    def put(name, value):  # in one step: the stub reads at any time
        (projects / "next").write_text(json.dumps(value))
        (projects / "next").rename(projects / f"{name}.json")

    put(p + 1, {"slug": "y", "projectId": p + 1, "organizationId": p + 1, "rev": "1", "publicKeys": [{"publicKey": late, "numericId": 8}], "config": {}})

    def state(config, rev):
        put(p, {"slug": "x", "projectId": p, "organizationId": p, "rev": rev, "publicKeys": [{"publicKey": key, "numericId": 7}],
                "config": {"allowedDomains": ["*"], "sessionMetrics": {"version": 1}, "features": ["organizations:ourlogs-ingestion", "organizations:session-replay"], **config}})

    state({"filterSettings": {"errorMessages": {"patterns": ["*boring*"]}}, "datascrubbingSettings": {"scrubData": True, "scrubDefaults": True}}, "1")
    consumer = ck.Consumer({"bootstrap.servers": args.kafka, "group.id": uuid.uuid4().hex, "auto.offset.reset": "latest", "topic.metadata.refresh.interval.ms": 1000})
    there = consumer.list_topics(timeout=10).topics
    parts = [ck.TopicPartition(t, n) for t in pipeline.TOPICS for n in there[t].partitions]
    consumer.assign([ck.TopicPartition(x.topic, x.partition, until(20, lambda: consumer.get_watermark_offsets(x, timeout=10))[1]) for x in parts])
    rows = []

    def poll(wanted, seconds=90):
        """The first message that wanted takes."""
        end, seen = time.time() + seconds, 0
        while True:
            for row in rows[seen:]:
                if wanted(*row):
                    return row
            seen = len(rows)
            if (m := consumer.poll(0.2)) is not None and not m.error():
                v = pipeline.decoded(m.topic(), m.value())
                if isinstance(v, dict) and {str(p), str(p + 1)} & {str(v.get("project_id")), str(v.get("projectId"))}:
                    rows.append((m.topic(), v))
            if time.time() > end:
                return None

    stub = subprocess.Popen([sys.executable, args.oracle + "/upstream.py", "--port", str(port), "--projects", str(projects), "--requests", str(projects / "requests")])
    kafka = {"processing": {"enabled": True, "kafka_config": [{"name": "bootstrap.servers", "value": args.kafka}], "redis": args.redis}}
    space = {"WEIR_NAMESPACE": "relays" + uuid.uuid4().hex[:8] + "-", "WEIR_PARTITIONS": "1"}
    low = Server(lower, port + 2, port + 1, {}, {"WEIR_DATA_DIR": tempfile.mkdtemp()} if lower == args.weir else {})
    up = Server(upper, port + 1, port, {**kafka, "auth": {"static_relays": {low.id: {"public_key": low.public, "internal": True}}}}, space if upper == args.weir else {})
    try:
        fact(up.start(), "the upper one is registered and ready")
        fact(low.start(), "the lower one is registered through it and ready")
        auth = {"X-Sentry-Auth": f"Sentry sentry_key={key}, sentry_version=7, sentry_client=test/1.0"}
        store = lambda message: request(low.port, "POST", f"/api/{p}/store/", json.dumps({"message": message, "extra": {"password": "x"}}).encode(), auth)
        status, _, body = store("hello")
        event = json.loads(body)["id"]
        got = poll(lambda t, v: t == "ingest-events" and v.get("event_id") == event)
        fact(status == 200 and got, "an event reaches Kafka with the config of the root")
        if got:
            payload = got[1]["payload"]
            payload = payload if isinstance(payload, dict) else json.loads(payload)
            fact(payload["extra"]["password"] == "[Filtered]", "it is scrubbed")
            fact([i.get("public_key") for i in payload.get("ingest_path", [])] == [low.public], "its path names the lower one")
        envelope = json.dumps({"event_id": uuid.uuid4().hex}) + "\n" + json.dumps({"type": "event"}) + '\n{"message":"file"}\n' + json.dumps({"type": "attachment", "filename": "a.txt", "length": 5}) + "\nhello\n"
        request(low.port, "POST", f"/api/{p}/envelope/", envelope.encode(), auth)
        fact(poll(lambda t, v: t == "ingest-attachments" and v.get("type") == "event" and v["attachments"]), "an attachment stays with its event")
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        session = '{}\n{"type":"session"}\n' + json.dumps({"sid": str(uuid.uuid4()), "init": True, "started": now, "timestamp": now, "attrs": {"release": "r@1"}}) + "\n"
        request(low.port, "POST", f"/api/{p}/envelope/", session.encode(), auth)
        fact(poll(lambda t, v: t == "ingest-metrics" and v.get("name") == "c:sessions/session@none"), "a session becomes metrics")
        card = "4111 1111 1111 1111"
        log = {"version": 2, "items": [{"timestamp": time.time(), "trace_id": uuid.uuid4().hex, "level": "info", "body": "paid", "attributes": {"card": {"type": "string", "value": card}}}]}
        request(low.port, "POST", f"/api/{p}/envelope/", ("{}\n" + json.dumps({"type": "log", "item_count": 1, "content_type": "application/vnd.sentry.items.log+json"}) + "\n" + json.dumps(log) + "\n").encode(), auth)
        got = poll(lambda t, v: t == "snuba-items" and "paid" in json.dumps(v))
        fact(got and card not in json.dumps(got[1]) and "@creditcard" in json.dumps(got[1]), "a log arrives scrubbed, with the remark that says so")
        nano = str(time.time_ns())
        otlp = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": nano, "observedTimeUnixNano": nano, "severityText": "INFO", "body": {"stringValue": "by otlp"}}]}]}]}
        status = request(low.port, "POST", f"/api/{p}/integration/otlp/v1/logs", json.dumps(otlp).encode(), {**auth, "Content-Type": "application/json"})[0]
        fact(status == 200 and poll(lambda t, v: t == "snuba-items" and "by otlp" in json.dumps(v)), "a log of OTLP arrives")
        report = '{}\n{"type":"client_report"}\n' + json.dumps({"discarded_events": [{"reason": "sample_rate", "category": "error", "quantity": 3}]}) + "\n"
        request(low.port, "POST", f"/api/{p}/envelope/", report.encode(), auth)
        fact(poll(lambda t, v: t == "outcomes" and v["outcome"] == 5 and v.get("quantity") == 3 and v.get("reason") == "sample_rate"), "a client report becomes an outcome")
        store("so boring")
        fact(poll(lambda t, v: t == "outcomes" and v["outcome"] == 1 and v.get("reason") == "error-message" and v.get("source") == "below"), "what the lower one filters becomes an outcome of its own")
        state({"quotas": [{"id": uuid.uuid4().hex, "categories": ["error"], "scope": "organization", "limit": 1, "window": 30 * 86400, "reasonCode": "enough"}]}, "2")
        got = until(90, lambda: (time.sleep(0.4), store("more"))[1][0] == 429 and store("more"))
        fact(got and got[1]["x-sentry-rate-limits"].endswith(":error:organization:enough"), "a limit that the upper one finds is answered below")
        fact(poll(lambda t, v: t.startswith("outcomes") and v["outcome"] == 2 and v.get("reason") == "enough"), "and counted")
        other = lambda: json.loads(request(low.port, "POST", f"/api/{p + 1}/store/?sentry_key={late}", b'{"message":"later"}')[2])["id"]
        event = other()
        fact(poll(lambda t, v: t == "ingest-events" and v.get("event_id") == event), "another project is not limited")
        up.stop()
        event = other()
        fact(up.start(), "the upper one is started again")
        fact(poll(lambda t, v: t == "ingest-events" and v.get("event_id") == event), "what was accepted meanwhile arrives")
    except Exception as e:
        fact(False, f"{type(e).__name__}: {e}")
    if failed:
        print("upper:", up.said(), "\nlower:", low.said())
    for s in (low, up):
        if s.child.poll() is None:
            s.stop()
    stub.terminate()
    consumer.close()


admin = AdminClient({"bootstrap.servers": args.kafka})
for topic, made in admin.create_topics([NewTopic(t, 1, 1) for t in pipeline.TOPICS]).items():
    if (error := made.exception(20)) and error.args[0].code() != ck.KafkaError.TOPIC_ALREADY_EXISTS:
        sys.exit(f"create {topic}: {error}")
arrangement("a managed Relay below a processing weir", args.weir, args.relay, args.port)
arrangement("a managed weir below a processing Relay", args.relay, args.weir, args.port + 4)
sys.exit(bool(failed))
