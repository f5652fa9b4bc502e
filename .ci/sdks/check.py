"""check.py BROKERS IDS: every event id of the file IDS must be on ingest-events, as a message that sentry-kafka-schemas accepts."""
import json
import sys
import time

import confluent_kafka as ck
import msgpack
import sentry_kafka_schemas

brokers, path = sys.argv[1:]
want = {line.strip().replace("-", "") for line in open(path) if line.strip()}
assert len(want) == 3, want
codec = sentry_kafka_schemas.get_codec("ingest-events")
consumer = ck.Consumer({"bootstrap.servers": brokers, "group.id": f"check-{time.time()}", "auto.offset.reset": "earliest", "enable.auto.commit": False})
parts = consumer.list_topics("ingest-events", timeout=10).topics["ingest-events"].partitions
consumer.assign([ck.TopicPartition("ingest-events", p, ck.OFFSET_BEGINNING) for p in parts])
end = time.time() + 120
while want and time.time() < end:
    m = consumer.poll(1)
    if m is None or m.error():
        continue
    try:
        message = msgpack.unpackb(m.value(), raw=False)
    except ValueError:  # other tests may have used the topic
        continue
    if not isinstance(message, dict) or message.get("event_id") not in want:
        continue
    codec.decode(m.value(), validate=True)
    event = json.loads(message["payload"])
    print(f"ok  {message['event_id']}  {event['platform']:<10} {event['sdk']['name']} {event['sdk']['version']}")
    want.discard(message["event_id"])
if want:
    sys.exit(f"missing on ingest-events: {want}")
