"""Requests of every item type with a secret in every text: captured requests, and items that no capture has, made of their parts.

`requests(seed, corpus)` gives (name, meta, body, config, secrets) in a fixed order: meta and body as pipeline.requests has them, config is what is put into
the project's config, secrets lists the part of each planted secret by which it is known. No two secrets are equal.
"""
import copy
import gzip
import json
import random
import re
import zlib

import msgpack
import pipeline

# What items need to be taken at all; texts under these keys are replaced in few requests.
KEEP = set("""event_id trace_id span_id parent_span_id segment_id replay_id error_ids trace_ids profile_id profiler_id chunk_id check_in_id monitor_slug sid type timestamp
start_timestamp end_timestamp started sent_at received platform level status version unit debug_id image_addr release environment kind code_id id interval schedule _meta is_segment
active_thread_id architecture attrs metric_type parentSpanId spanId traceId timeUnixNano startTimeUnixNano endTimeUnixNano replay_type replay_start_timestamp address
instruction_addr event_type upload_file_minidump thread_id infer_ip infer_user_agent elapsed_since_start_ns effective-directive
effective_directive effectiveDirective db.system db.system.name db.operation violated-directive document-uri documentURL disposition""".split())
NAMES = ["password", "my_token", "x-api-key", "sessionid", "csrftoken", "card number", "it's.a 'key'", "client_ip", "email", "Authorization", "note", "a.b.c", ""]
AROUND = ["{}", "{}", "see {} there", "é{}", "{}\n{}", "a={}&b=1", "{}, {}"]
BASE = {"scrubData": True, "scrubDefaults": True, "scrubIpAddresses": False, "sensitiveFields": [], "excludeFields": []}
FILES = ["app.log", "a b's.txt", "state.json", "core.dmp"]
CONFIGS = [
    {"datascrubbingSettings": BASE},
    {"datascrubbingSettings": {**BASE, "scrubIpAddresses": True}},
    {"datascrubbingSettings": {**BASE, "scrubIpAddresses": True, "sensitiveFields": ["note", "a.b"], "excludeFields": ["email", "extra.**"]}},
    {"piiConfig": {"applications": {"$string || $array": ["@common"], "$binary": ["@common", "@userpath:hash"], "$attachments.'app.log'": ["@common"], "$log.** || $span.**": ["@email:mask"], "$minidump.**": ["@ip:hash", "@email"]}}, "datascrubbingSettings": BASE},
    {"piiConfig": {"rules": {"w": {"type": "pattern", "pattern": r"(?i)(?P<a>jane|joe|hunter)(\d+)", "replaceGroups": [2], "redaction": {"method": "hash"}}, "k": {"type": "redact_pair", "keyPattern": "(?i)note|card", "redaction": {"method": "mask"}}, "m": {"type": "multiple", "rules": ["w", "@email:mask", "@ip"], "hideInner": True}},
                   "applications": {"**": ["m", "k"], "$stack_memory || $heap_memory": ["@email:replace", "w"], "$attachments.'a b''s.txt'": ["@email", "w"], "tags.** || culprit || attributes.** || $frame.filename": ["@common:filter"]}}, "datascrubbingSettings": {**BASE, "scrubIpAddresses": True}},
    {"piiConfig": {"applications": {"$string": ["@anything:mask"], "$number": ["@anything"], "!password && $log.attributes.*.value": ["@anything:hash"], "$attachments.'core.dmp'": ["@anything"]}}},
]


class Planter:
    def __init__(self, rnd):
        self.rnd, self.n, self.cores = rnd, rnd.randrange(10000), []

    def secret(self):
        """A text with a secret that no other text has."""
        self.n += 1
        n, r = self.n, self.rnd
        core, text = r.choice([
            (f"4571-{n % 10000:04d}-{r.randrange(10000):04d}-9012", "{}"), (f"4111 {n % 10000:04d} {r.randrange(10000):04d} 1111", "{}"), (f"37828{n % 100000:05d}10005", "{}"), (f"DE89{n:06d}0440532013", "{}"), (f"jane{n}@mail.example.com", "{}"),
            (f"93.{n >> 8 & 255}.{n & 255}.{r.randrange(256)}", "{}"), (f"fe80::{n & 0xffff:x}", "{}"), (f"MHcC{n}Q", "-----BEGIN EC PRIVATE KEY-----\n{}\n-----END EC PRIVATE KEY-----"), (f"eyJ{n}.J9", "Bearer {}"), (f"hunter{n}", "password={}"),
            (f"{n % 1000:03d}-05-{r.randrange(10000):04d}", "{}"), (f"s3c{n}", "https://joe:{}@example.com/x"), (f"s4c{n}", "mysql://joe:{}@db/x"), (f"jane{n}u", "/home/{}/src/main.c"), (f"k-{n}z", '{{"api_key":"{}","a":1}}'),
            (f"abc{n}s", "sessionid={}; x=y"), (f"tok{n}e", "csrf-token={}"), (f"00:1b:63:84:{n >> 8 & 255:02x}:{n & 255:02x}", "{}"), (f"35693803{n % 1000000:06d}5", "{}"),
        ])
        self.cores.append(core)
        return self.rnd.choice(AROUND).replace("{}", text.replace("{}", core).replace("{{", "{").replace("}}", "}"))

    def tree(self, v, wild=0.0, keys=0.15):
        """Secrets into every text below v, in place, and further members into some of its objects."""
        # Descriptions of queries and resources are masked, in ways of their own where they are no SQL and no address.
        masked = {"op", "description", "server.address", "url.scheme"} if isinstance(v, dict) and str(v.get("op", v.get("sentry.op"))).startswith(("db", "resource")) else ()
        for k, x in list(v.items() if isinstance(v, dict) else enumerate(v)):
            if isinstance(x, str):
                if (k not in KEEP or self.rnd.random() < wild) and k not in masked:
                    v[k] = self.secret() if self.rnd.random() < 0.85 else x + " " + self.secret()
            elif isinstance(x, (dict, list)) and (k not in KEEP or k == "replay_id") and not str(k).endswith(".id"):
                self.tree(x, wild, keys)
        if isinstance(v, dict) and v and self.rnd.random() < keys:
            name = self.rnd.choice(NAMES)
            v.setdefault(name if self.rnd.random() < 0.8 else self.secret(), self.secret())
        return v

    def json(self, data, wild=0.0):
        v = json.loads(data)
        if not isinstance(v, (dict, list)):
            return data
        return json.dumps(self.tree(v, wild), ensure_ascii=self.rnd.random() < 0.5).encode()

    def bytes(self, data, whole=True):
        """A content with secrets in bytes and in UTF-16."""
        encoding = self.rnd.choice(["utf-8", "utf-16-le", "utf-16-be", "utf-16"])
        text = " ".join(self.secret() for _ in range(3))
        return data + text.encode(encoding) + self.rnd.choice([b"", b"\0", b"\xff\xfe\0"]) + self.secret().encode() + data[: self.rnd.randrange(8)]

    def recording(self, data):
        head, _, body = data.partition(b"\n")
        packed = body[:1] == b"\x78"
        v = json.loads(zlib.decompress(body) if packed else body)
        for element in v:
            if element.get("type") == 5 and self.rnd.random() < 0.5:
                element.setdefault("data", {}).setdefault("payload", {}).setdefault("data", {})["list"] = [self.secret(), {"password": self.secret()}]
        body = json.dumps(self.tree(v)).encode()
        if self.rnd.random() < 0.3:
            packed = not packed
        return head + b"\n" + (zlib.compress(body) if packed else body)

    def statsd(self, data):
        return b"\n".join(line + (b",note:" if b"|#" in line else b"|#note:") + self.secret().replace("\n", " ").encode() for line in data.splitlines())

    def minidump(self, data):
        """Secrets over memory and names of modules of a dump, in place; what is no dump gets them at its end."""
        if data[:4] != b"MDMP":
            return self.bytes(data)
        out, u32 = bytearray(data), lambda at: int.from_bytes(data[at : at + 4], "little")
        for n in range(u32(8)):
            at = u32(12) + 12 * n
            kind, where = u32(at), u32(at + 8)
            if kind == 5:
                for k in range(u32(where)):
                    self.over(out, u32(where + 4 + 16 * k + 12), u32(where + 4 + 16 * k + 8))
            elif kind in (0x47670006, 0x47670007):
                self.over(out, where, u32(at + 4))
            elif kind == 4:
                for module in range(where + 4, where + 4 + 108 * u32(where), 108):
                    name, record = u32(module + 20), u32(module + 80)
                    self.folder(out, name + 4, u32(name), "utf-16-le")
                    if data[record : record + 4] == b"RSDS":
                        self.folder(out, record + 24, u32(module + 76) - 25, "utf-8")
        return bytes(out)

    def folder(self, out, at, size, encoding):
        """A folder with a secret in its name before a file, in place where one of some fits."""
        for _ in range(8):
            text = f"/{self.secret()}/".encode(encoding)
            if len(text) <= size:
                out[at : at + len(text)] = text
                return
            self.cores.pop()

    def over(self, out, at, size):
        end, at = at + size, at + self.rnd.randrange(2)
        while True:
            text = self.secret().encode(self.rnd.choice(["utf-8", "utf-16-le"])) + b" \0"
            if at + len(text) > end:
                return
            out[at : at + len(text)] = text
            at += len(text) + self.rnd.randrange(40)

    def protobuf(self, data):
        """Texts of a message of OTLP, told from messages by their bytes; identifiers stay."""
        out, i = bytearray(), 0

        def varint(i):
            n = shift = 0
            while True:
                b = data[i]
                n, shift, i = n | (b & 127) << shift, shift + 7, i + 1
                if b < 128:
                    return n, i

        def write(n):
            while n > 127:
                out.append(n & 127 | 128)
                n >>= 7
            out.append(n)

        while i < len(data):
            tag, i = varint(i)
            write(tag)
            if tag & 7 == 0:
                n, i = varint(i)
                write(n)
            elif tag & 7 in (1, 5):
                n = 8 if tag & 7 == 1 else 4
                out += data[i : i + n]
                i += n
            else:
                n, i = varint(i)
                part, i = data[i : i + n], i + n
                nested = part[:1] == b"\n" and part[1:2] == bytes([len(part) - 2 & 255])
                if tag == 10 and part[:3] == b"db.":
                    return data  # queries are masked, in ways of their own where they are no SQL
                if part and not nested and all(32 <= b < 127 or b in b"\n\t" for b in part):
                    part = self.secret().encode() if self.rnd.random() < 0.7 else part
                elif len(part) not in (8, 16) or part[0] in (0x0A, 0x12) and part[1] == len(part) - 2:
                    part = self.protobuf(part)
                write(len(part))
                out += part
        return bytes(out)

    def item(self, head, data, wild):
        kind = head.get("type")
        if kind == "replay_recording":
            return self.recording(data)
        if kind == "replay_video":
            v = msgpack.unpackb(data)
            return msgpack.packb({**v, "replay_event": self.json(v["replay_event"]), "replay_recording": self.recording(v["replay_recording"])})
        if kind == "attachment":
            if head.get("attachment_type") == "event.minidump":
                return self.minidump(data)
            if head.get("attachment_type") == "event.view_hierarchy":
                return self.json(data)
            head["filename"] = self.rnd.choice(FILES)
            return self.bytes(data)
        if kind == "statsd":
            return self.statsd(data)
        try:
            return self.json(data, wild)
        except ValueError:
            return data

    def envelope(self, data, wild):
        first, items = split(data)
        return join(first, [(head, self.item(head, body, wild)) for head, body in items])

    def multipart(self, data, boundary):
        """Fields get secrets, files are attachments."""
        sep = b"--" + boundary.encode()
        parts = data.split(sep)
        for n, part in enumerate(parts[1:-1], 1):
            head, _, body = part.partition(b"\r\n\r\n")
            body = body[:-2]
            if b"sentry" in head and body[:1] == b"{":
                body = self.json(body)
            elif b"filename=" not in head and b'name="sentry' not in head:
                body += self.secret().replace("\n", " ").encode()
            elif b"minidump" in head:
                body = self.minidump(body)
            elif b'name="sentry' not in head and b"__sentry" not in head:
                body = self.bytes(body)
            parts[n] = head + b"\r\n\r\n" + body + b"\r\n"
        return sep.join(parts)


def split(data):
    """Header line and items of an envelope."""
    first, _, rest = data.partition(b"\n")
    items = []
    while rest:
        line, _, rest = rest.partition(b"\n")
        if not line.strip():
            continue
        head = json.loads(line)
        if "length" in head:
            body, rest = rest[: head["length"]], rest[head["length"] :].removeprefix(b"\n")
        else:
            body, _, rest = rest.partition(b"\n")
        items.append((head, body))
    return first, items


def join(first, items):
    out = first + b"\n"
    for head, body in items:
        out += json.dumps({**head, "length": len(body)}).encode() + b"\n" + body + b"\n"
    return out


ENVELOPE = {"method": "POST", "path": "/api/42/envelope/", "query": "", "headers": [["X-Sentry-Auth", "Sentry sentry_version=7, sentry_key=" + pipeline.CORPUS_KEY]]}


def made(cases):
    """Items that the captures lack, made of those that they have: (name, meta, plain body)."""
    first = b'{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}'
    parts = {}
    for _, _, plain in cases:
        try:
            for head, body in split(plain)[1]:
                parts.setdefault(head.get("type"), []).append((head, body))
        except ValueError:
            continue
    trace = b'{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","trace":{"trace_id":"%s","public_key":"%s","transaction":"x","user_id":"y"}}'
    spans = [s for _, body in parts["transaction"] for s in json.loads(body).get("spans") or []]
    for n, span in enumerate(spans[:: max(1, len(spans) // 6)]):
        span = {**span, "is_segment": n % 2 == 0, "segment_id": span["span_id"], "exclusive_time": 1.5, "sentry_tags": {"user.ip": "1.2.3.4", "user.email": "x"}, "received": span.get("timestamp")}
        head = trace % (span["trace_id"].encode(), pipeline.CORPUS_KEY.encode())
        yield f"made/span-{n}", ENVELOPE, join(head, [({"type": "span", "content_type": "application/json"}, json.dumps(span).encode())])
    event, recording = parts["replay_event"][0][1], next(b for _, b in parts["replay_recording"] if b.partition(b"\n")[2][:1] == b"\x78")
    video = msgpack.packb({"replay_event": event, "replay_recording": recording, "replay_video": b"\0\0\0 ftypmp42 video"})
    yield "made/replay-video", ENVELOPE, join(b'{"event_id":"%s"}' % json.loads(event)["replay_id"].encode(), [({"type": "replay_video"}, video)])
    error = parts["event"][0][1]
    error_id = b'{"event_id":"%s"}' % json.loads(error)["event_id"].encode()
    for n in range(4):
        files = [({"type": "attachment", "filename": f}, b"some text of a file ") for f in FILES]
        tree = {"rendering_system": "compose", "windows": [{"identifier": "a", "children": [{"text": "b", "password": "c"}], "x": 1e3}], "list": ["x"]}
        files.append(({"type": "attachment", "filename": "view-hierarchy.json", "attachment_type": "event.view_hierarchy"}, json.dumps(tree).encode()))
        files.append(({"type": "user_report"}, b'{"event_id":%s,"name":"x","email":"y","comments":"z"}' % error_id[12:-1]))
        yield f"made/event-with-files-{n}", ENVELOPE, join(error_id, [({"type": "event"}, error)] + files)
        yield f"made/files-{n}", ENVELOPE, join(first, files[:5])


def plain_cases(corpus):
    for name, meta, body in pipeline.requests(corpus, None):
        encoding = next((v for k, v in meta["headers"] if k.lower() == "content-encoding"), "")
        try:
            yield name, meta, pipeline.DECODE[encoding](body) if encoding else body
        except Exception:  # broken on purpose
            continue


def planted(rnd, name, meta, plain, wild):
    """The request with secrets, and what they are known by."""
    p = Planter(rnd)
    kind = next((v for k, v in meta["headers"] if k.lower() == "content-type"), "")
    if "multipart" in kind:
        body = p.multipart(plain, re.search("boundary=\"?([^\";]+)", kind)[1])
    elif plain[:4] == b"MDMP":
        body = p.minidump(plain)
    elif plain[:2] == b"\x1f\x8b":
        body = gzip.compress(p.minidump(gzip.decompress(plain)), mtime=0)
    elif "protobuf" in kind:
        body = p.protobuf(plain)
    elif "/envelope" in meta["path"]:
        body = p.envelope(plain, wild)
    elif plain[:1] in (b"{", b"["):
        body = p.json(plain, wild)
    else:
        return None
    return body, p.cores


def requests(seed, corpus):
    cases = list(plain_cases(corpus))
    cases += [(name, copy.deepcopy(meta), body) for name, meta, body in made(cases)]
    for turn in range(2):
        for name, meta, plain in cases:
            rnd = random.Random(f"{seed}/{turn}/{name}")
            wild = rnd.choice([0, 0, 0, 0.02, 0.3]) if turn else 0
            config = CONFIGS[0] if turn == 0 else rnd.choice(CONFIGS[1:])
            try:
                done = planted(rnd, name, meta, plain, wild)
            except (ValueError, KeyError, IndexError):
                continue  # broken on purpose
            if done:
                meta = {**meta, "headers": [h for h in meta["headers"] if h[0].lower() not in ("content-encoding", "accept-encoding")]}
                yield f"{name}+{turn}", meta, done[0], config, done[1]
