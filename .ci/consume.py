#!/usr/bin/env python3
"""Reads what weir wrote with the consumer of Sentry's own services (PyPI: sentry-arroyo) and holds every message to the public schemas
(PyPI: sentry-kafka-schemas).

  consume.py --kafka 127.0.0.1:9092 --since UNIX_TIME TOPIC=NUMBER ...

Messages before --since are passed over. Each TOPIC has to give at least NUMBER messages. The schemas do not know some forms that the contract
has (pipeline 9.10): those are counted apart. Exit 0 only if everything else is valid.
"""
import argparse
import collections
import sys
import time

import msgpack
from arroyo.backends.kafka import KafkaConsumer, KafkaPayload  # noqa: F401
from arroyo.types import Topic
from sentry_kafka_schemas import get_codec


def unknown_to_schemas(topic, value):
    """Why the public schema cannot take a message, or an empty text."""
    if topic == "ingest-attachments":
        kind = msgpack.unpackb(value, raw=False)["type"]
        return "" if kind == "attachment" else f"ingest-attachments has no {kind}"
    if topic == "profiles" and msgpack.unpackb(value, raw=False)["type"] == "profile_chunk":
        return "profiles wants key_id of chunks"
    return ""


def consume(kafka, topic, since, patience):
    """Yields the values of a topic from --since to its end."""
    settings = {
        "bootstrap.servers": kafka, "group.id": f"consume-{topic}-{time.time_ns()}", "auto.offset.reset": "earliest", "enable.auto.commit": False,
        "enable.auto.offset.store": False, "fetch.message.max.bytes": 20_000_000,
    }
    consumer = KafkaConsumer(settings)
    consumer.subscribe([Topic(topic)])
    last = time.time()
    try:
        while time.time() - last < patience:
            message = consumer.poll(0.5)
            if message is None:
                continue
            last = time.time()
            if message.timestamp.timestamp() >= since:
                yield message.payload.value
    finally:
        consumer.close()


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--kafka", default="127.0.0.1:9092")
    ap.add_argument("--since", type=float, default=0)
    ap.add_argument("--patience", type=float, default=4, help="seconds without a message that end a topic")
    ap.add_argument("topics", nargs="+", metavar="TOPIC=NUMBER")
    args = ap.parse_args()
    failed = False
    for spec in args.topics:
        topic, _, least = spec.partition("=")
        codec = get_codec(topic)
        n, bad, apart = 0, [], collections.Counter()
        for value in consume(args.kafka, topic, args.since, args.patience):
            n += 1
            if reason := unknown_to_schemas(topic, value):
                apart[reason] += 1
                continue
            try:
                codec.decode(value, validate=True)
            except Exception as e:
                bad.append(f"{type(e).__name__}: {str(e)[:300]} in {value[:200]!r}")
        for problem in bad[:5]:
            print(f"{topic}: {problem}")
        note = "".join(f", {count} not known to the schema ({reason})" for reason, count in sorted(apart.items()))
        print(f"{topic}: {n} messages, {len(bad)} invalid{note}")
        failed |= bool(bad) or n < int(least or 0)
        if n < int(least or 0):
            print(f"{topic}: at least {least} messages are expected")
    sys.exit(failed)


if __name__ == "__main__":
    main()
