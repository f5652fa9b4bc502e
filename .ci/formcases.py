"""Texts that the normalizer reads by a grammar of their own: times, client hints, descriptions of systems, messages, names, URLs, cookies, addresses, numbers.

`cases(rnd, captured, count)` gives lines of `weir try --jsonl`, each topic in turn; what was captured is not used.
"""

import json

import eventcases as E

EID = E.EVENT_ID
META = {"received_at": E.RECEIVED, "normalize_user_agent": True, "enable_trimming": True, "client": "sentry.x/1.0"}

def emit(event, meta=None, text=None):
    if text is None:
        text = json.dumps(event, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(event)
    return E.line(META if meta is None else meta, text)

def mut(rnd, s, alpha):
    s = list(s)
    for _ in range(rnd.choice([0, 1, 1, 2, 3, 6])):
        i = rnd.randrange(len(s) + 1)
        c = rnd.choice(alpha)
        r = rnd.random()
        if r < 0.5:
            s.insert(i, c)
        elif r < 0.8 and i < len(s):
            s[i] = c
        elif i < len(s):
            del s[i]
    return "".join(s)

def times(rnd, count):
    def t():
        y = rnd.choice(["2026", "2026", "2026", "1970", "1969", "9999", "0000", "0001", "10000", "+2026", "-2026", "026", "26", "2020", "2000", "1900", "262142", "+262142", "+10000", "-0001"])
        mo = rnd.choice(["11", "11", "1", "01", "12", "13", "00", "2", "02", "0", "001"])
        d = rnd.choice(["23", "1", "01", "29", "30", "31", "32", "00", "28"])
        h = rnd.choice(["11", "0", "00", "23", "24", "25", "1", "011"])
        mi = rnd.choice(["00", "59", "60", "5", "7", "", "99"])
        s = rnd.choice(["00", "30", "59", "60", "61", "5", "", "99"])
        f = rnd.choice(["", "", "", ".1", ".123456", ".1234567", ".123456789", ".1234567891", ".999999999", ".9999995", ".", ".0", ".000000001", ",5", ".5x"])
        sep = rnd.choice(["T", "T", "T", "t", " ", "  ", "_", "", "\t", "\u00a0", "  T", "T "])
        off = rnd.choice(["", "Z", "z", "+00:00", "-00:00", "+0100", "-0830", "+01", "+1:00", "UTC", "utc", "Utc", " Z", " +01:00", "  UTC", "+23:59", "+24:00", "-23:59", "+00:60", "GMT", "\u221201:00", "+01:00:00", "+ 01:00", "+01 :00", "+01: 00", " -0100", "+1", "+10000", "Zx", "Z ", "\t+01:00", "+0130 ", "CET"])
        txt = f"{y}-{mo}-{d}{sep}{h}:{mi}:{s}{f}{off}"
        if rnd.random() < 0.1:
            txt = rnd.choice([" ", "\t", "\n", "\u00a0"]) + txt
        if rnd.random() < 0.1:
            txt += rnd.choice([" ", "\n", "\t", "x"])
        if rnd.random() < 0.07:
            txt = txt.replace("-", rnd.choice(["/", "", "--", " - ", "- "]), rnd.choice([1, 2]))
        if rnd.random() < 0.07:
            txt = txt.replace(":", rnd.choice(["", " : ", ": ", " :", "."]), rnd.choice([1, 2]))
        return txt

    def num():
        return rnd.choice(
            [
                rnd.uniform(-1e10, 3e11),
                rnd.randint(-(10**10), 3 * 10**11),
                1795431600 + rnd.choice([0, 0.5, 0.1, 0.0000005, 0.0000015, 0.9999995, 0.9999996, 0.4999999]) + rnd.randint(-100, 100),
                rnd.uniform(-1, 1),
                rnd.uniform(-1e-6, 1e-6),
                float(rnd.randint(0, 10**10)),
                rnd.randint(-9 * 10**12, 9 * 10**12),
                rnd.uniform(-9e12, 9e12),
                -62167219200 + rnd.choice([-1, 0, 1, -0.5]),
                253402300800 + rnd.choice([-1, 0, 1, -0.5]),
                -rnd.random() * 1e5,
                8210266876799 + rnd.choice([-1, 0, 1, 0.5]),
                -8334601228800 + rnd.choice([-1, 0]),
            ]
        )

    for _ in range(count):
        v = lambda: t() if rnd.random() < 0.7 else num()
        ev = {"event_id": EID}
        w = rnd.random()
        if w < 0.3:
            ev["timestamp"] = v()
        elif w < 0.6:
            ev["breadcrumbs"] = [{"timestamp": v()} for _ in range(rnd.choice([1, 2, 5]))]
        elif w < 0.7:
            ev["start_timestamp"] = v()
            ev["timestamp"] = v()
        elif w < 0.8:
            ev["spans"] = [{"start_timestamp": v(), "timestamp": v(), "trace_id": EID, "span_id": "fa90fdead5f74052"}]
        elif w < 0.9:
            ev.update({"type": "transaction", "timestamp": v(), "start_timestamp": v(), "contexts": {"trace": {"trace_id": EID, "span_id": "fa90fdead5f74052"}}})
            if rnd.random() < 0.5:
                ev["spans"] = [{"start_timestamp": v(), "timestamp": v(), "trace_id": EID, "span_id": "fa90fdead5f74052"}]
        else:
            ev["received"] = v()
            ev["timestamp"] = v()
        m = dict(META)
        if rnd.random() < 0.4:
            m["max_secs_in_past"] = rnd.choice([0, 60, 2592000])
        if rnd.random() < 0.4:
            m["max_secs_in_future"] = rnd.choice([0, 60, 3600])
        if rnd.random() < 0.2:
            m["is_renormalize"] = True
        if rnd.random() < 0.2:
            m["received_at"] = rnd.choice(["2026-11-23T12:00:00.123456Z", "2026-11-23T12:00:00.1234567Z", "2026-11-23T14:00:00+02:00", "2026-11-23T12:00:00.5Z"])
        yield emit(ev, m)

def hints(rnd, count):
    for _ in range(count):

        def brand():
            n = rnd.choice(["Google Chrome", "Chromium", "Not_A Brand", " Not;A=Brand", "Opera", "Microsoft Edge", "Brave", "Gecko", "WebKit", "", 'A\\"B', "Firefox", "HeadlessChrome", "X,Y", "é", " "])
            v = rnd.choice(["99", "109", "1.2.3", "", "99.0.0.0", " 5 ", "é", "1;2", '1"2'])
            return rnd.choice([f'"{n}";v="{v}"', f'"{n}"; v="{v}"', f"{n};v={v}", f'"{n}"', f'"{n}";v="{v}";x="y"', f'"{n}";V="{v}"', f'"{n};v="{v}"', f' "{n}" ;v="{v}" ', f'"{n}";v="{v}"{n}'])

        h = []
        if rnd.random() < 0.8:
            h.append([rnd.choice(["Sec-CH-UA", "sec-ch-ua", "SEC-CH-UA"]), rnd.choice([", ", ",", " ,", ";"]).join(brand() for _ in range(rnd.choice([0, 1, 1, 2, 3])))])
        for k in ["Sec-CH-UA-Platform", "Sec-CH-UA-Platform-Version", "Sec-CH-UA-Model"]:
            if rnd.random() < 0.5:
                h.append([rnd.choice([k, k.lower(), k.upper()]), rnd.choice(['"Windows"', "Windows", '"macOS"', '"10.0.0"', '""', "", " ", '"Pixel 7"', "'x'", '"Mac OS X"', '"10"', '"a"b"', ' "Android" ', "?0", '"10.15.7"', '\\"x\\"', '" "'])])
        if rnd.random() < 0.5:
            h.append(["User-Agent", rnd.choice(E.AGENTS)])
        if rnd.random() < 0.3:
            h.append(rnd.choice([None, ["x"], ["User-Agent", None], [None, "y"], ["User-Agent", 5], ["Sec-Ch-Ua", ['"A";v="1"', '"B";v="2"']]]))
        rnd.shuffle(h)
        ev = {"event_id": EID, "platform": rnd.choice(["javascript", "python", None]), "request": {"headers": h if rnd.random() < 0.7 else {x[0]: x[1] for x in h if isinstance(x, list) and len(x) == 2 and x[0]}}}
        if rnd.random() < 0.3:
            ev["contexts"] = {rnd.choice(["browser", "os", "client_os", "device", "x"]): rnd.choice([{}, {"type": "browser"}, {"type": "os"}, {"type": "device"}, {"name": "x"}, None, 5, {"type": "x"}])}
        yield emit(ev)

def texts(rnd, count):
    for _ in range(count):
        w = rnd.randrange(14)
        m = dict(META)
        ev = {"event_id": EID}
        if w == 0:
            s = mut(rnd, rnd.choice(E.OS_RAW), list(" .()/-0123456789abXYZé\n\t_#") + ["Windows ", "NT ", "Linux ", "Android ", "API-", "10.0.", "\u00a0", "iOS ", "iPadOS ", "Mac OS X ", "Microsoft "])
            ev["contexts"] = {rnd.choice(["os", "client_os", "x"]): {"type": "os", "raw_description": s, **({"build": rnd.choice(["", "1"])} if rnd.random() < 0.2 else {}), **({"name": rnd.choice(["", "n"])} if rnd.random() < 0.15 else {}), **({"version": rnd.choice(["", "1"])} if rnd.random() < 0.15 else {})}}
        elif w == 1:
            s = mut(rnd, rnd.choice(E.RT_RAW), list(" .()/-0123456789abXYZé\n\t_#") + [" 1.2", " 3.4.5", " v1.2.3", ".NET Framework "])
            ev["contexts"] = {"runtime": {"raw_description": s, **({"build": rnd.choice(["461808", "528040", "528049", "533325", 461808, ""])} if rnd.random() < 0.4 else {}), **({"name": rnd.choice(["", ".NET Framework", ".NET Framework x", "n"])} if rnd.random() < 0.3 else {}), **({"version": rnd.choice(["", "1"])} if rnd.random() < 0.25 else {})}}
        elif w == 2:
            msg = mut(rnd, rnd.choice(E.MESSAGES), list("%sdrxXoeEfgGciu{}()0123456789.-+# hlLq*é'\"!:[]a_") + ["%s", "%d", "{}", "{0}", "{a}", "%(a)s", "%%", "{{", "}}"])
            ev["logentry"] = {"message": msg, "params": rnd.choice(E.PARAMS + [[1, 2, 3], ["x", "y", "z"], {"a": "A", "0": "Z", "b": 5}, [1.5, -2, 2**63, True], [[], {}], [{"a": [1, None]}], [0.1, 1e21, -0.0], {"a": 1.0, "b": -1}])}
            if rnd.random() < 0.1:
                ev["logentry"]["formatted"] = rnd.choice(["", msg, "f"])
        elif w == 3:
            base = rnd.choice(E.KNOWN["transaction"][:-1])
            base = base or "/x"
            s = mut(rnd, base, list("/\\%0123456789abcdefxzTZ-: .,é*_") + ["/12", "%20", "%2", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "d41d8cd98f00b204e9800998ecf8427e", "4c79f60c-1121-4eb3-8604-f4ae0781bfb2", "2026-11-23T11:00:00Z", "Mon Jan  2 15:04:05 2026", "Mon, 2 Jan 2026 15:04:05 GMT", "0x1f", "2026-11-23T11:00+01:00", "02 Jan 2026 15:04:05 +0000", "/"])
            ev.update(
                {
                    "type": "transaction",
                    "transaction": s,
                    "start_timestamp": 1795431000,
                    "timestamp": 1795431001,
                    "contexts": {"trace": {"trace_id": EID, "span_id": "fa90fdead5f74052", "op": "http.server", "status": rnd.choice(["ok", "not_found", "cancelled"])}},
                    "transaction_info": rnd.choice([{"source": "url"}, {"source": "url"}, {"source": "sanitized"}, {}, {"source": "route"}, {"source": "URL"}, {"source": ""}]),
                    "sdk": {"name": rnd.choice(["sentry.python", "sentry.javascript.node", "sentry.ruby", "sentry.javascript.react", "x", "sentry.php.laravel"]), "version": "1", "integrations": rnd.choice([["django"], ["Express"], [], None])},
                    "tags": rnd.choice([{}, {"http.status_code": "404"}, {"http.status_code": 404}, [["http.status_code", "404"]]]),
                    "modules": rnd.choice([{"rack": "1"}, {}, None, {"rack": None}]),
                    "request": rnd.choice([{"method": "options"}, {"method": "GET"}, {}]),
                }
            )
        elif w == 4:
            ev["debug_meta"] = {"images": [{"type": rnd.choice(["macho", "elf", "pe", "wasm", "symbolic", "pe_dotnet", "proguard", "sourcemap", "jvm", "apple"]), rnd.choice(["debug_id", "code_id", "id", "uuid"]): mut(rnd, rnd.choice([str(x) for x in E.DEBUG_IDS + E.CODE_IDS]), list("0123456789abcdefABCDEF-{}xyz é"))} for _ in range(3)]}
        elif w == 5:
            ev["request"] = {
                "cookies": mut(rnd, rnd.choice([x for x in E.COOKIES if isinstance(x, str)]), list("=;, %\"'ab\t\u00a0é") + ["%20", "%ff", "%C3%A9", "; ", " =", "\x1c"]),
                "query_string": mut(rnd, rnd.choice([x for x in E.QUERIES if isinstance(x, str)]), list("=&;?+%#ab é") + ["%20", "%ff", "%C3%A9", "&&", "%f0%9f"]),
                "data": mut(rnd, rnd.choice([x for x in E.BODIES if isinstance(x, str)][:22] + ['{"a":[1,2.0,1e5],"b":"\\u00e9"}', "a=1&b[]=2", "-1", "1.5", "[]", "[1]x", '"a', '{"a":1}x', "nul"]), list('=&;?+%{}[]":,ab 019é<-.eE\\') + ["%20", "%ff", "\\u0041", "\\ud800", "null", "true"]),
            }
            if rnd.random() < 0.4:
                ev["request"]["headers"] = {"Content-Type": rnd.choice(["application/json", "text/plain; charset=x", "", " ", ";", "application/x-www-form-urlencoded"])}
        elif w == 6:
            c = mut(rnd, rnd.choice([x for x in E.COOKIES if isinstance(x, str)]), list("=;, %\"'ab\té") + ["%20", "%ff", "; "])
            ev["request"] = {"headers": rnd.choice([{"Cookie": c}, [["Cookie", c]], [["cookie", c], ["Cookie", "x=y"]], {"COOKIE": c}])}
            ev["contexts"] = {"response": {"type": "response", "headers": rnd.choice([{"Set-Cookie": c}, {"set-cookie": [c, c]}, {"Content-Type": c}]), "data": mut(rnd, rnd.choice([x for x in E.BODIES if isinstance(x, str)][:22]), list('=&{}[]":,ab 019é'))}}
        elif w == 7:
            ev["user"] = {"ip_address": mut(rnd, rnd.choice([str(x) for x in E.ADDRS] + ["2001:db8::1", "::ffff:10.0.0.1", "fe80::1", "1:2:3:4:5:6:7:8", "::", "1::8", "0.0.0.0", "255.255.255.255"]), list("0123456789abcdef:.%/[] {}"))}
            ev["request"] = {"env": {"REMOTE_ADDR": mut(rnd, rnd.choice(["1.2.3.4", "::1", "{{auto}}", "2001:db8::1"]), list("0123456789abcdef:.%/[] {}"))}}
            if rnd.random() < 0.5:
                ev["sdk"] = {"name": "x", "version": "1", "settings": {"infer_ip": rnd.choice(["auto", "never", "legacy", "x", 5, None])}}
            ev["platform"] = rnd.choice(["javascript", "cocoa", "objc", "python"])
            if rnd.random() < 0.5:
                m["client_ip"] = rnd.choice(["203.0.113.7", "2001:db8::1"])
            if rnd.random() < 0.3:
                ev["user"] = rnd.choice([{"ip_address": "{{auto}}"}, {}, None, {"id": "x"}])
        elif w == 8:
            ev["platform"] = "java"
            ev["logger"] = mut(rnd, rnd.choice(["com.example.foo.Bar", "x" * 64, "a." * 40, "com." + "x" * 70, "org.apache.commons.logging.impl.SomeVeryLongLoggerNameForTest.Inner"]), list(". ax\u00a0é$*") + ["." * 3, " " * 3])
        elif w == 9:
            ev["exception"] = [
                {
                    "value": mut(rnd, rnd.choice(["Type: value", "ns.Type: v", "Err:x", "T: a\nb"]), list(": \n\rabÜ_1.\u2028\u0085\u00aa\u0301")),
                    **({"type": rnd.choice(["", None, "T"])} if rnd.random() < 0.4 else {}),
                    **({"stacktrace": {"frames": [{"function": "f"}]}} if rnd.random() < 0.3 else {}),
                    **({"mechanism": {"type": rnd.choice(["x", ""]), "help_link": mut(rnd, "https://a.b", list("htps:/ A"))}} if rnd.random() < 0.3 else {}),
                }
                for _ in range(rnd.choice([1, 1, 2]))
            ]
            if rnd.random() < 0.4:
                ev["stacktrace"] = {"frames": [{"function": "g"}]}
        elif w == 10:
            f = {"filename": mut(rnd, rnd.choice([x for x in E.URLS if len(x) < 80] + ["a.js", "/a/b.py", "file:///a/b.js", "applewebdata://X/a/b?c", "http://a/", "https://", "C:\\a\\b.cs"]), list("/:?#%. abé\\[]@")), "abs_path": rnd.choice([None, "", mut(rnd, rnd.choice(["http://a.b/c.js?x", "file:///x", "applewebdata:a/b", "HTTP://a/b", "file:x", "http:", "https:///a", "file://"]), list("/:?#%. abé\\[]@"))])}
            if rnd.random() < 0.2:
                del f["filename"]
            if rnd.random() < 0.4:
                f.update({"function": rnd.choice(["?", "??", " ?", "f"]), "symbol": rnd.choice(["?", ""]), "pre_context": rnd.choice([None, [], [None], ["a", None, ""]]), "post_context": rnd.choice([None, [], ["b"]]), "context_line": rnd.choice([None, "", "x"])})
            w = rnd.choice(["stacktrace", "exception", "threads"])
            st = {"frames": [f]}
            ev[w] = st if w == "stacktrace" else [{"type": "x", "stacktrace": st}] if w == "exception" else [{"id": 1, "stacktrace": st}]
        elif w == 11:
            names = [
                "lcp",
                "fcp",
                "fid",
                "cls",
                "inp",
                "ttfb",
                "ttfb.requesttime",
                "app_start_cold",
                "app_start_warm",
                "app.start.cold",
                "app.start.warm",
                "frames_total",
                "frames_slow",
                "frames_frozen",
                "frames_slow_rate",
                "frames_frozen_rate",
                "stall_count",
                "stall_total_time",
                "stall_longest_time",
                "stall_percentage",
                "time_to_initial_display",
                "time_to_full_display",
                "app.vitals.start.value",
                "app.vitals.start.cold.value",
                "connection.rtt",
                "score.total",
                "custom",
                "FCP",
                " x ",
                "a b",
                "1a",
                "_a",
                ".a",
                "a.",
                "é",
                "app_start_type",
                "memory.x",
            ]
            num = lambda: rnd.choice([0, 1, -1, 1.5, 100, 180000, 180000.1, 180001, 1e300, 1e-300, None, "x", 2**63, 5, 10, True])
            ev.update(
                {
                    "type": "transaction",
                    "transaction": rnd.choice(["x", "", "<unlabeled transaction>", None]),
                    "start_timestamp": 1795431000,
                    "timestamp": 1795431000 + rnd.choice([0, 1, 2.5]),
                    "contexts": {"trace": {"trace_id": EID, "span_id": "fa90fdead5f74052", "op": rnd.choice(["ui.load", "pageload", "UI.LOAD"]), "data": rnd.choice([None, {}, {"app.vitals.start.screen": "s"}, {"app.vitals.start.screen": None}, 5])}},
                    "measurements": {n: rnd.choice([{"value": num()}, {"value": num(), "unit": rnd.choice(E.UNITS)}, {"value": num(), "unit": rnd.choice(["millisecond", "ms", "second", None, "none", "ratio"])}]) for n in rnd.sample(names, rnd.choice([1, 2, 4, 8]))},
                }
            )
            if rnd.random() < 0.3:
                ev["tags"] = {"app.vitals.start.type": rnd.choice(["warm", None, ""])}
        elif w == 12:
            fam = rnd.choice(["iPhone", "iOS", "iOS-Device", "iPad", "Pixel", "Samsung", "", None, "iphone"])
            models = [l.split("\t")[0] for l in (E.TABLES / "device_class_apple.tsv").read_text().splitlines()[1:]]
            ev["contexts"] = {rnd.choice(["device", "device", "d"]): {"type": "device", "family": fam, "model": rnd.choice(models + ["x", "", None, "iPhone99,1"]), "processor_frequency": rnd.choice([1999, 2000, 2499, 2500, 3000, None, 2000.5, "2000"]), "processor_count": rnd.choice([7, 8, 4, None, 8.5]), "memory_size": rnd.choice([4294967295, 4294967296, 6442450943, 6442450944, 6442450945, 1, None])}}
            if rnd.random() < 0.3:
                ev["tags"] = rnd.choice([{"device.class": "9"}, [["device.class", None]], [["device.class", "1"], ["a", "b"], ["device.class", "2"]]])
        else:
            hint = rnd.choice(["iOS", "watchOS", "tvos", "macOS", "Linux", "Android", "windows", "Windows", "x", "", " linux", None])
            num = lambda: rnd.choice([rnd.randint(-5, 140), rnd.randint(0, 20), 10000 + rnd.randint(0, 120), 2**40, -(2**63), "1", 1.0, 1.5, None])
            mech = {"type": "x", "meta": {"errno": {"number": num(), **({"name": rnd.choice(["", None, "n"])} if rnd.random() < 0.2 else {})}, "signal": {"number": num(), "code": num(), **({"code_name": rnd.choice(["", None])} if rnd.random() < 0.2 else {})}, "mach_exception": {"exception": num(), "code": num(), "subcode": num()}, "ns_error": rnd.choice([None, {"domain": "d", "code": num()}, {"code": 5}, {}])}}
            if rnd.random() < 0.3:
                mech = {"posix_signal": rnd.choice([{"signal": num(), "code": num(), "name": "n", "code_name": "c"}, 5, None, {}]), "mach_exception": rnd.choice([{"exception": num(), "code": num(), "subcode": num(), "exception_name": rnd.choice(["e", None])}, "x", {}]), **rnd.choice([{}, {"a": 1}, {"data": {"b": 2}}, {"meta": {}}, {"handled": True}])}
            if rnd.random() < 0.2:
                mech["meta"] = rnd.choice([None, {}, 5, {"errno": 5}, {"nswitch_result": {"number": 1}}])
            ev["exception"] = [{"type": "x", "mechanism": mech}]
            if rnd.random() < 0.5:
                ev["debug_meta"] = {"sdk_info": {"sdk_name": hint}}
            if rnd.random() < 0.5:
                ev["contexts"] = {rnd.choice(["os", "os", "client_os"]): {"type": "os", "name": rnd.choice(["iOS", "Linux", "windows", "x", None])}}
        yield emit(ev, m)

def jsontext(rnd, count):
    nums = [
        "0",
        "-0",
        "1",
        "-1",
        "1.0",
        "1.5",
        "1e5",
        "1E5",
        "1e+5",
        "1e-5",
        "0.1",
        "123456789012345678",
        "1234567890123456789",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "-9223372036854775808",
        "1.7976931348623157e308",
        "5e-324",
        "1e-400",
        "2.2250738585072011e-308",
        "0.30000000000000004",
        "1e16",
        "1e15",
        "123456789.123456789",
        "100000000000000000000.5",
        "1e22",
        "1e23",
        "0e0",
        "0.0",
        "-0.0",
        "1e0",
        "12e-1",
        "9007199254740993",
        "9007199254740993.0",
        "4.35",
        "0.000001",
        "1e-6",
        "1e-7",
        "1.0e-5",
        "123e-20",
        "1e21",
        "1e20",
        "1e19",
        "3.0e10",
        "2.5E-3",
        "33333333333333333333.0",
        "0.1e1",
        "1.7976931348623159e308",
        "1e309",
        "-1e309",
        "00",
        "01",
        "1.",
        "-",
        "+1",
        ".5",
        "1e",
        "0x1",
    ]
    strs = ['"a"', '"\\u0061"', '"\\ud83d\\ude00"', '"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\\n\\t\\r\\b\\f\\/\\\\\\""', '"\\x"', '"a\tb"', '"\x7f"', '"\\u00e9"', '"\\u2028"', '"é"', '"\\uD83D\\uDE00x"', '"\\ud83dx"', '""', '"\\u"', '"\\u12"']
    others = ["null", "true", "false", "[]", "{}", "[ ]", "{ }", "[1,2]", "[1,]", '{"a":1}', '{"a":1,"a":2}', '{"b":1,"a":2}', "NaN", "Infinity", "nul", "[null,{}]", '{"":{}}', "[[[]]]"]
    places = [
        '{"event_id":"%s","extra":{"k":%%s}}' % EID,
        '{"event_id":"%s","level":%%s}' % EID,
        '{"event_id":"%s","timestamp":%%s}' % EID,
        '{"event_id":"%s","tags":{"a":%%s}}' % EID,
        '{"event_id":"%s","contexts":{"x":{"a":%%s}}}' % EID,
        '{"event_id":"%s","contexts":{"device":{"battery_level":%%s,"memory_size":%%s}}}' % EID,
        '{"event_id":"%s","request":{"data":%%s}}' % EID,
        '{"event_id":"%s","exception":[{"type":"x","thread_id":%%s,"stacktrace":{"frames":[{"lineno":%%s,"instruction_addr":%%s,"vars":{"a":%%s}}]}}]}' % EID,
        '{"event_id":"%s","user":{"id":%%s,"x":%%s}}' % EID,
        '{"event_id":"%s","unknown":%%s}' % EID,
        '{"event_id":"%s","modules":{"a":%%s}}' % EID,
        '{"event_id":"%s","logentry":{"message":"%%%%s {}","params":[%%s]}}' % EID,
        '{"event_id":"%s","release":%%s,"dist":%%s,"environment":%%s}' % EID,
        '{"event_id":"%s","fingerprint":[%%s,%%s]}' % EID,
        '{"event_id":"%s","request":{"query_string":{"a":%%s},"headers":{"x":%%s},"data":"%%s"}}' % EID,
    ]

    def v(d=0):
        r = rnd.random()
        if r < 0.5:
            return rnd.choice(nums)
        if r < 0.7:
            return rnd.choice(strs)
        if r < 0.9 or d > 3:
            return rnd.choice(others)
        return "[" + rnd.choice([",", " , ", ",\n"]).join(v(d + 1) for _ in range(rnd.choice([1, 2, 3]))) + "]" if rnd.random() < 0.5 else "{" + ",".join(rnd.choice(strs) + ":" + v(d + 1) for _ in range(2)) + "}"

    for _ in range(count):
        p = rnd.choice(places)
        n = p.count("%s") - p.count("%%s")
        t = p
        while True:
            i = t.replace("%%", "\1\1").find("%s")
            if i < 0:
                break
            t = t[:i] + v() + t[i + 2 :]
        t = t.replace("%%", "%")
        if "\n" in t:
            t = t.replace("\n", " ")
        if any(x in t for x in ("NaN", "Infinity", "nul]", "nul}")):
            continue
        yield emit(None, None, t)

def cases(rnd, _, count):
    topics = [times(rnd, count), hints(rnd, count), texts(rnd, count), jsontext(rnd, 2 * count)]
    for n in range(count):
        yield next(topics[n % len(topics)])
