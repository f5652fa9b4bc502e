"""Events with planted secrets and configs made at random, for the scrubber.

`cases(rnd, captured, count)` gives lines of `weir try --jsonl`. A quarter takes one of twelve fixed configs, the rest rules, selectors and settings that
are made up: selectors mostly from paths of the event itself, so that they hit.
"""
import copy
import json
import re

import eventcases

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

FAMILIES = "anything ip imei mac uuid email creditcard iban pemkey urlauth usssn userpath bearer password".split()
BUILTIN = [f"@{f}{v}" for f in FAMILIES for v in ("", ":remove", ":hash", ":mask", ":replace", ":filter")] + ["@urlauth:legacy", "@cookies:filter", "@common", "@common:filter", "@nope", "@cookies"]
KINDS = ["anything", "pattern", "pattern", "pattern", "imei", "mac", "uuid", "email", "ip", "creditcard", "iban", "userpath", "pemkey", "url_auth", "us_ssn", "bearer", "password", "cookies", "redact_pair", "redact_pair", "redactPair", "multiple", "multiple", "alias", "alias"]
TYPES = "string number boolean bool array list object message error exception stack stacktrace frame http request user logentry thread breadcrumb span sdk event datetime log binary".split()
ATOMS = [
    r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", "[a-z]", "[^a-z]", "[0-9a-f]", "[[:alpha:]]", "[[:^digit:]]", r"[\w-]", ".", "a", "e", "é", "@", "-", r"\.", "j", "ne", "jane", "4", "1", "(?i:JANE)", r"\pL", r"\p{Lu}", r"\p{Greek}", r"\PN", "[a-z&&[^aeiou]]", "[a-z--m]", "[a-y~~b-z]", r"\x41", r"\x{e9}", r"\u0061", "(?-u:\\w)", "[é-ü]", "[^\\n]", r"\t", "/", ":", "=", "secret", "password", "(?s:.)",
]
ANCHORS = [r"\b", r"\B", "^", "$", "(?m:^)", "(?m)$", r"\A", r"\z", r"\b{start}", r"\b{end}", r"\<", r"\>"]
REPEATS = ["", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{2,}", "{0}", "{1,2}?", "**", "+?+"]
ODD_PATTERNS = ["(", ")", "[", "a{,3}", "(?=a)", r"(a)\1", "*", "a**", "(?i)JANE", "(?x) j a n e # x", "(?U)a+", "(?R)^a$", "", "()", "|", "a||b", "(?:)", "[^\\s\\S]", "a{1001}", "(?P<n>a)(?<m>b)?", r"\pX", r"\Q", "(?i)ſ", "(?i)k", "[a-", "a{2,1}", r"\8", "(?u)a", "(?-s).", "\\p{Any}", "x{0,0}", "(a|ab)(c|bcd)", "(a*)*", "(a*)+b?", "(?i)straße", "\\d+(?-u:\\b)"]
PIECES = ["1", "12", "4111", "255", ".", ":", "::", "-", " ", "@", "/", "\\", "a", "f", "fe80", "%", "DE", "é", "\u0000", "\n", "\r\n", "=", "\u00a0", "\u0661", "\u017f", "\u212a", "_", "users", "HOME", "profiles", "bearer ", "token", "auth", "-----BEGIN", "KEY-----", "x.org", "//", "u:p@", "😀", "\u200d", "ſecret", "toKen", "otp", "Two_Factor", "[", "]", ";", "session=", "csrf-token=", ","]


def nodes(v):
    for k, x in list(v.items() if isinstance(v, dict) else enumerate(v)):
        if k not in eventcases.KEEP and k != "type":
            yield v, k
            if isinstance(x, (dict, list)):
                yield from nodes(x)


def paths(v, path=()):
    for k, x in v.items() if isinstance(v, dict) else enumerate(v):
        if k != "_meta":
            yield path + (k,)
            if isinstance(x, (dict, list)):
                yield from paths(x, path + (k,))


def secret(rnd):
    """A text with something in it, perhaps damaged, or one made of pieces of such."""
    roll = rnd.random()
    if roll < 0.55:
        return rnd.choice(SECRETS)
    if roll < 0.8:
        text = list(rnd.choice(SECRETS))
        for _ in range(rnd.choice([1, 1, 2])):
            at = rnd.randint(0, len(text))
            text[at : at + rnd.choice([0, 0, 1])] = rnd.choice(PIECES)
        return "".join(text)
    return "".join(rnd.choice(PIECES) for _ in range(rnd.choice([2, 4, 8, 16])))


def plant(rnd, event):
    for _ in range(rnd.randint(2, 12)):
        parent, key = rnd.choice(list(nodes(event)))
        text = secret(rnd)
        if rnd.random() < 0.3:
            name = rnd.choice(["extra", "tags", "contexts"])
            at = event.setdefault(name, {})
            if isinstance(at, dict):
                at[rnd.choice(NAMES)] = {"v": text, rnd.choice(NAMES): [text]} if name != "tags" else text
        elif isinstance(parent[key], str):
            parent[key] = text if rnd.random() < 0.7 else parent[key] + " " + text
        elif isinstance(parent, dict) and "values" not in parent:  # the reference reads such lists anew between two configs
            parent[rnd.choice(NAMES)] = text


def quoted(key):
    return "'" + str(key).replace("'", "''") + "'"


def path(rnd, known):
    """A path: one of the event with parts replaced, or made up."""
    if known and rnd.random() < 0.85:
        at = rnd.choice(known)
        at = at[rnd.choice([0, 0, max(0, len(at) - 1), max(0, len(at) - 2), rnd.randrange(len(at))]) :]
        items = []
        for k in at:
            roll = rnd.random()
            if roll < 0.12:
                items.append("*")
            elif roll < 0.22:
                items.append("$" + rnd.choice(TYPES))
            elif isinstance(k, int):
                items.append(str(k) if rnd.random() < 0.6 else "*")
            elif k == "":
                items.append("*")
            else:
                items.append(quoted(k) if rnd.random() < 0.3 or not k.replace("_", "a").replace("-", "a").isalnum() or not k.isascii() or not (k[0].isalpha() or k[0] == "_") else (k.upper() if rnd.random() < 0.1 else k))
        if rnd.random() < 0.25:
            items[rnd.randrange(len(items))] = "**"
    else:
        items = [rnd.choice(["*", "**", "$" + rnd.choice(TYPES), rnd.choice(NAMES), "0", "'0'", "foo"]) for _ in range(rnd.choice([1, 1, 2, 3]))]
    return ".".join(items)


def selector(rnd, known, depth=0):
    roll = rnd.random()
    if depth > 2 or roll < 0.6:
        return rnd.choice(["$string", "**", "$object", "$number || $array", "freeform", "email", path(rnd, known)]) if roll < 0.2 and depth == 0 else path(rnd, known)
    if roll < 0.75:
        return f"({selector(rnd, known, depth + 1)})" if rnd.random() < 0.3 else f"{selector(rnd, known, depth + 1)} && {selector(rnd, known, depth + 1)}"
    if roll < 0.9:
        return f"{selector(rnd, known, depth + 1)} || {selector(rnd, known, depth + 1)}"
    return f"!({selector(rnd, known, depth + 1)})"


def pattern(rnd):
    if rnd.random() < 0.25:
        return rnd.choice(ODD_PATTERNS)
    return alternatives(rnd, 0)


def alternatives(rnd, depth):
    return "|".join(sequence(rnd, depth) for _ in range(rnd.choice([1, 1, 1, 2, 3] if depth else [1, 1, 1, 2])))


def sequence(rnd, depth):
    out = ""
    for _ in range(rnd.choice([1, 2, 2, 3, 4])):
        roll = rnd.random()
        if roll < 0.12:
            out += rnd.choice(ANCHORS)
        elif roll < 0.3 and depth < 2:
            out += rnd.choice(["(", "(", "(?:", "(?i:"]) + alternatives(rnd, depth + 1) + ")" + rnd.choice(REPEATS)
        else:
            out += rnd.choice(ATOMS) + rnd.choice(REPEATS)
    return out


def redaction(rnd):
    return rnd.choice([
        None, None, {"method": "default"}, {"method": "remove"}, {"method": "replace"}, {"method": "replace", "text": ""}, {"method": "replace", "text": "[x]"}, {"method": "replace", "text": "é*"}, {"method": "mask"}, {"method": "mask", "maskChar": "#"}, {"method": "hash"}, {"method": "hash", "algorithm": "HMAC-SHA256", "key": "k"}, {"method": "Mask"}, {"method": "replace", "text": "jane@example.com"},
    ])


def rule(rnd, ids):
    kind = rnd.choice(KINDS)
    out = {"type": kind}
    if kind == "pattern":
        out["pattern"] = pattern(rnd)
        groups = rnd.choice([None, None, None, [0], [1], [2], [1, 3], [], [7]])
        if groups is not None:
            out["replaceGroups"] = groups
    elif kind in ("redact_pair", "redactPair"):
        out["keyPattern"] = rnd.choice(["note", "(?i)TOKEN", "^a", "card$", "pass|key", ""]) if rnd.random() < 0.5 else pattern(rnd)
    elif kind == "multiple":
        out["rules"] = [rnd.choice(ids + BUILTIN) for _ in range(rnd.choice([0, 1, 2, 3]))]
    elif kind == "alias":
        out["rule"] = rnd.choice(ids + BUILTIN)
    if kind in ("multiple", "alias") and rnd.random() < 0.5:
        out["hideInner"] = rnd.random() < 0.7
    r = redaction(rnd)
    if r is not None:
        out["redaction"] = r
    return out


def pii(rnd, known):
    ids = rnd.sample(["a", "b", "c", "Z", "0", "é", "@email", "@ip:replace", "@common", "@custom", "strip-fields", "a.b"], rnd.choice([0, 1, 2, 3, 4]))
    config = {"rules": {i: rule(rnd, ids) for i in ids}, "applications": {}}
    for _ in range(rnd.choice([1, 1, 2, 3, 5])):
        config["applications"][selector(rnd, known)] = [rnd.choice(ids) if ids and rnd.random() < 0.7 else rnd.choice(BUILTIN) for _ in range(rnd.choice([1, 1, 2, 3]))]
    if rnd.random() < 0.1:
        config["vars"] = {"hashKey": rnd.choice(["k", None])}
    return config


FIELDS = ["note", "custom_field", " card ", "", " ", "x", "a.b", "Ä", "pass-word", "foo*", "(", "token", "ADDRESS", "é", "ſ", "k", "@", "jane", "1", "^a$"]


def settings(rnd, known):
    out = {"scrubData": rnd.random() < 0.8, "scrubDefaults": rnd.random() < 0.7, "scrubIpAddresses": rnd.random() < 0.5}
    if rnd.random() < 0.6:
        out["sensitiveFields"] = [rnd.choice(FIELDS) if rnd.random() < 0.7 else str(rnd.choice(known)[-1]) for _ in range(rnd.choice([1, 2, 3]))]
    if rnd.random() < 0.6:
        out["excludeFields"] = [rnd.choice(FIELDS + ["*", "it's", "session key", "email", "text", "**", "$string", "!a", "a && b"]) if rnd.random() < 0.3 else selector(rnd, known) if rnd.random() < 0.5 else str(rnd.choice(known)[-1]) for _ in range(rnd.choice([1, 2, 3]))]
    return out


def made(rnd, event):
    known = list(paths(event)) or [("extra",)]
    roll = rnd.random()
    if roll < 0.6:
        return {"piiConfig": pii(rnd, known)}
    if roll < 0.9:
        return {"datascrubbingSettings": settings(rnd, known)}
    return {"piiConfig": pii(rnd, known), "datascrubbingSettings": settings(rnd, known)}


def fill(rnd, v):
    """Secrets into some texts of an event of the schema, in place."""
    for parent, key in list(nodes(v)):
        if isinstance(parent[key], str) and rnd.random() < 0.5:
            parent[key] = secret(rnd)


def cases(rnd, captured, count):
    schema, events = eventcases.Schema(), list(captured)
    for n in range(count):
        event = copy.deepcopy(events[n] if n < len(events) else rnd.choice(events))
        if n >= len(events):
            roll = rnd.random()
            if roll < 0.4:
                event = schema.event(rnd) if roll < 0.25 else schema.transaction(rnd)
                fill(rnd, event)
            if roll > 0.2:
                plant(rnd, event)
            if rnd.random() < 0.2:
                event["_meta"] = eventcases.meta(rnd, event)
        try:
            json.dumps(event, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            event = json.loads(re.sub(r"\\ud[89a-f]..", "?", json.dumps(event)))  # half a character
        if eventcases.depth(event) >= eventcases.DEEPEST - 2:
            continue
        config = CONFIGS[n % len(CONFIGS)] if n < len(events) or rnd.random() < 0.25 else made(rnd, event)
        yield json.dumps({"project": {"config": config}, "steps": ["scrub"], "event": event})


PLANTED = {
    "creditcard": "4571-2340-5678-9012", "card spaces": "4111 1111 1111 1111", "amex": "378282246310005", "iban": "DE89370400440532013000", "email": "jane.doe+x@mail.example.com", "ipv4": "203.0.113.77", "ipv6": "fe80::1", "pem": "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----",
    "bearer": "Bearer eyJhbGciOi.J9", "password": "password=hunter2", "ssn": "078-05-1120", "url": "https://joe:s3cret@example.com/x", "legacy url": "mysql://joe:s3cret@db/x", "path": "/home/jane/src/main.c", "json": '{"api_key":"k-1","a":1}', "token": "token: abc", "cookie": "sessionid=abc; x=y", "csrf": "csrf-token=abc",
    "mac": "00:1b:63:84:45:e6", "imei": "356938035643809", "otp": "otp",
}


def planted(rnd, captured, count):
    """Captured events with one secret in every text, under the settings that new projects have. count is the most."""
    cases = []
    for event in captured:
        for name, text in PLANTED.items():
            cases.append((event, text))
    rnd.shuffle(cases)
    for event, text in cases[:count]:
        event = copy.deepcopy(event)
        around = rnd.choice(["{}", "{}", "see {} there", "é{}", "{}\n{}"])
        for parent, key in list(nodes(event)):
            if isinstance(parent[key], str):
                parent[key] = around.replace("{}", text)
        if isinstance(event.get("extra", {}), dict):
            event.setdefault("extra", {}).update({name: text for name in NAMES})
        event["contexts"] = {**event.get("contexts", {}), "mine": {name: {"v": text} for name in NAMES}} if isinstance(event.get("contexts", {}), dict) else {}
        settings = {**DEFAULT, "scrubIpAddresses": rnd.random() < 0.5}
        yield json.dumps({"project": {"config": {"datascrubbingSettings": settings}}, "steps": ["scrub"], "event": event})
