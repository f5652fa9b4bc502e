"""Events that the normalizer should read as the reference does: captured events changed at random, and events made of the schema table.

`cases(seed, count)` gives lines of `weir try --jsonl`. They are texts: duplicate keys and number literals stay as they were made.
"""
import copy
import json
import pathlib

TABLES = pathlib.Path(__file__).resolve().parent.parent / "processors/normalize/data"
RECEIVED = "2026-11-23T12:00:00Z"
EVENT_ID = "4c79f60c11214eb38604f4ae0781bfb2"

DEEPEST = 127  # containers in an event; the line of such a case is one too deep for `weir try`, so these are left out

# Values that fields do not expect. Integers beyond 64 bits are left out: the reference repairs its text and makes 0 of them.
ODD = [
    None, True, False, 0, 1, -1, 1.5, -0.0, 1e300, 5e-324, 1e15, 1e16, 1e21, 0.1, 1e-7, 123456789.125, 2**31, 2**31 - 1, 2**32, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, -(2**63), -1.5, "", " ", "\t x \n", "null", "0", "1e3", "true", [], {}, [None],
    [[]], {"": None}, {"values": None}, {"values": []}, {"values": [None]}, "a" * 199, "a" * 201, "é" * 250, "word " * 400, "{{auto}}", "<unknown>", "127.0.0.1", "::1", "2026-11-23T11:00:00Z", "2026-11-23T11:00:00", "2026-11-23 11:00:00 +01:00", 1795428000, 1795428000.25,
    "1795428000", "0x1f", "0X1F", "0xg", "ffffffff", "c0ffee00c0ffee00", EVENT_ID, "4C79F60C-1121-4EB3-8604-F4AE0781BFB2", "GET", "https://example.com/a?b=c#d", "/a/b/12345/c", "//x", "x\u0000y", "line\r\nbreak", "😀" * 60, "\ufeff", "\ud83d\ude00", "e\u0301", "\u2028", "\u200b",
    ["a", "b"], ["a", 1, None], [["k", "v"]], [["k"]], [["k", None], [None, "v"]], {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": 1}}}}}}}}, {"type": "x"}, {"k" * 210: "v"}, "\u00a0x\u00a0", "x\u0085", "y" * 9000, [0] * 30, {"b": 1, "a": 2}, [["a", "b", "c"]], [{"a": 1}],
]
TEXTS = [
    "a", "foo", "foo.bar", "Foo Bar", "x-y", "é", "😀", "  padded  ", "", " ", "\n", "a\nb", "a\tb", "a/b", "a\\b", "latest", "Latest", ".", "..", "None", "none", "NONE", "x" * 64, "x" * 65, "x" * 200, "x" * 201, "é" * 100, "é" * 101, "é" * 33, "1.0", "a@1.0+2", "a" * 256, "a" * 277, "?", "*",
    "<anonymous>", "Type: value", "Type:value", "ns::Type: value", "Ü: v", "a b: v", ": v", "T: ", "T: a\nb", "main", "default", "error", "info", "http", "user", "\u0000", "\u007f", "a\u007fb", "a\u00a0b", "\u3000x\u3000", "{{ default }}", "%s", "{}", "0", "1", "-1", "true",
]
URLS = [
    "http://example.com", "https://Example.com:443/a/../b/./c?x=1&y=2#f", "http://bücher.de/ä?q=ö#ü", "/path?x=1#f", "foo#a?b=1", "?a=b", "#f", "", "mailto:a@b.c?subject=x", "http://x.com:80/a", "http://x.com:8080", "http://user:pw@h/p", "http://[::1]:80/x", "http://[::1", "http://1.2.3/",
    "http://0x7f.1/", "http://256.1.1.1/", "file:///C:/a/b.js", "file:///a b", "file://host/x", "https://a.b/…", "abc…", "http://a b/", "http:///x", "http:/x", "http:x", "https://x/%zz?%41=%42&&=&a", "data:text/plain,hi?x#y", "blob:https://x/y", "app:///a.js", "app://x", "webpack:///./src/a.js?b",
    "HTTP://EXAMPLE.COM/%7Efoo/%7e", "http://example.com/?", "http://example.com/#", "http://example.com/?#", "http://ex%41mple.com/", "http://ex<ample.com/", "http://example.com:99999/", "http://example.com:/", "http://example.com?x=1", "http://example.com\\a\\b", "  http://example.com/ x ", "http://exa\tmple.com/a\nb",
    "javascript:void(0)", "about:blank", "chrome-extension://abc/x.js", "ws://h:80/x", "wss://h:443/", "ftp://h:21/a;b", "//host/path?x=1", "http://a.b/?x='\"<>`{}|\\^", "http://a.b/'\"<>`{}|\\^[]", "http://a.b/#'\"<>`{}", "http://xn--bcher-kva.de/", "http://☃.net/", "http://a..b/", "http://a_b.c/", "foo://a/b/../c", "foo:a/../b", "foo:/a/../b",
    "foo:///a", "http://@h/", "http://:@h/", "http://u@/", "http://h/a%2e%2e/b/%2E./c", "non-special://[::1%25]/x", "http://1/", "http://0300.0.0.1/x", "http://１２７.0.0.1/", "http://example.com./", "a:b", "1a:b", "http://h/\u00a0x", "http://h?q#f?g#h", "http://h/?a=1;b=2", "http://h/?a+b=c+d%20e", "http://h/?%ff=%fe",
]
TIMES = [
    "2026-11-23T11:00:00Z", "2026-11-23T11:00:00", "2026-11-23T11:00:00.123456789Z", "2026-11-23T11:00:00.1", "2026-11-23T11:00:00.9999999", "2026-11-23T11:00:00+02:00", "2026-11-23T11:00:00 +0200", "2026-11-23t11:00:00z", "2026-11-23  11:00:00 Z", "2026-11-23 11:00:00", " 2026-11-23T11:00:00Z ",
    "2026-1-2T3:4:5Z", "2026-11-23T11:00Z", "2026-11-23", "2026-11-23T24:00:00Z", "2026-11-23T23:59:60Z", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-23T11:00:00,5Z", "2026-11-23T11:00:00UTC", "2026-11-23T11:00:00-00:00", "2026-11-23T11:00:00+24:00", "+2026-11-23T11:00:00Z", "02026-11-23T11:00:00Z",
    "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z", "2026-11-23T11:00:00.Z", "2026-11-23T11:00:00.5 Z", "2026-11-23T11:00:00 UTC", "2026-11-23T11:00:00 +1", "2026-11-23T11:00:00+01", "Mon, 23 Nov 2026 11:00:00 GMT", "now", "", "1795428000",
    1795428000, 1795428000.5, 1795428000.1234567, 1795428000123, -1, -0.5, 0, 0.0000001, 253402300799, 253402300800, 1e12, 1e18, 1e300, -1e300, 8210266876799, 99999999999999, -62135596800, -99999999999, True, [], {}, 1795431659.9999999, 1795431660, 1795431661, 1790000000, 1780000000,
]
IDS = [EVENT_ID, "4C79F60C11214EB38604F4AE0781BFB2", "4c79f60c-1121-4eb3-8604-f4ae0781bfb2", "{4c79f60c-1121-4eb3-8604-f4ae0781bfb2}", "urn:uuid:4c79f60c-1121-4eb3-8604-f4ae0781bfb2", "4c79f60c11214eb38604f4ae0781bfb", EVENT_ID + "0", "4c79f60c-11214eb3-8604f4ae-0781bfb2", "zc79f60c11214eb38604f4ae0781bfb2", "", " " + EVENT_ID, 5, "x"]
SPANS = ["fa90fdead5f74052", "FA90FDEAD5F74052", "0000000000000001", "0000000000000000", "fa90fdead5f7405", "fa90fdead5f740521", "g000000000000001", "", 12, "0x90fdead5f74052", "fa90fdea-d5f74052"]
DEBUG_IDS = ["4c79f60c-1121-4eb3-8604-f4ae0781bfb2", "4c79f60c11214eb38604f4ae0781bfb2", "4c79f60c-1121-4eb3-8604-f4ae0781bfb2-a", "4c79f60c11214eb38604f4ae0781bfb2a", "4C79F60C11214EB38604F4AE0781BFB2-0", "00000000-0000-0000-0000-000000000000", "4c79f60c-1121-4eb3-8604-f4ae0781bfb2-", "c0ffee", "", "x", "4c79f60c11214eb38604f4ae0781bfb2-ffffffff", "4c79f60c11214eb38604f4ae0781bfb2-100000000", 5, "4c79f60c-1121-4eb3-8604-f4ae0781bfb2a", "4c79f60c11214eb38604f4ae0781bfb20000000a", "{4c79f60c-1121-4eb3-8604-f4ae0781bfb2}", "dfb8e43af2423d73"]
CODE_IDS = ["4c79f60c11214eb38604f4ae0781bfb2", "AB-cd", "5ab380779000", "", "xyz", "0x12", 5, "ABCDEF0123", "a b c", "--"]
ADDRESSES = [0, 1, -1, 2**64 - 1, 2**63, "0x0", "0xFF", "0Xff", "255", "0x", "x", "", "-1", "+1", "0x+1", "0x10000000000000000", "18446744073709551616", " 1", "1 ", 1.5, True, "0xffffffffffffffff", "00012", "1e3"]
ADDRS = ["127.0.0.1", "{{auto}}", "::1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "2001:DB8::1", "::ffff:1.2.3.4", "fe80::1%eth0", "[::1]", "1.2.3.4:80", "", " 1.2.3.4", "256.1.1.1", "{{ auto }}", 5, "localhost", "203.0.113.9", "1.2.3.4/24"]
LEVELS = ["fatal", "error", "warning", "info", "debug", "critical", "log", "trace", "warn", "WARNING", "Error", "", 10, 20, 30, 40, 50, 0, 25, 60, 40.0, "40", True, None]
STATUSES = ["ok", "cancelled", "unknown", "unknown_error", "invalid_argument", "OK", "deadline_exceeded", "not_found", "aborted", "failure", "error", "success", "internal_error", "unset", 0, 1, 2, 16, 17, -1, 1.0, "", True, "canceled", "data_loss", "unauthenticated", "permission_denied", "resource_exhausted", "failed_precondition", "out_of_range", "unimplemented", "unavailable", "already_exists"]
UNITS = ["ms", "millisecond", "seconds", "second", "none", "", "byte", "kibibyte", "MB", "ratio", "percent", "custom", "Custom_1", "a" * 15, "a" * 16, "ä", "a b", 5, "bytes", "nanosecond", "minute", "gigabytes", "%"]
OS_RAW = [
    "Microsoft Windows 10.0.19041", "Windows NT 6.1.7601 Service Pack 1", "Windows 11 (10.0.22621)", "Windows 10.0.14393", "Mac OS X 10.15.7 (19H2)", "Mac OS X 10.15.7", "Mac OS X 10.15 (x)", "iOS 17.4.1", "iOS 17", "iPadOS 16.2 (20C65)", "Linux 5.15.0-1 #1 SMP", "Linux 4.4.0 Ubuntu 16.04.1 LTS", "Linux 4.19.76 debian 10", "Android OS 11 / API-30 (RP1A)", "Android 11.0 / API-30",
    "Android OS 8.1.0 / API-27 x", "Nintendo Switch", "Nintendo Switch 2", "FreeBSD 13.1-RELEASE", "Darwin 20.6.0", "Linux", "Windows", "foo 1.2-3", "foo  1", "foo 1.2 ", "Windows 2000 (5.0.2195)", "windows 10.0.1", "Windows 6.3.9600.17031", "Linux 5.4.0.10 x 1", "Linux 5.4.0.5 Debian 11.2.1.1", "", "Mac OS X 11.2.1 (20D75)\n", "Fuchsia", "Linux 3.10.0-957.el7.x86_64 centos 7",
]
RT_RAW = ["Mono 5.18.1", ".NET Framework 4.8.4250.0", "Unity 2019.4.1f1", "CPython 3.8.2 (default)", ".NET Core 3.1.0", "x 1.2 y 3.4.5 z", "Mono", "node v12.1.0", ".NET 5.0.1-rc.1", "a 1.2.3.4.5", "a\n1.2", "Java 1.8", "PHP 8.1.2 1.2", "1.2", " 1.2", "foo bar 1.2.3"]
MESSAGES = ["hi %s and %d%%", "hi {} {0} {1}", "{a}-{b}", "100% {}", "%s %s", "[%5d]", "%(a)s %(b)r", "%x %X %o %e", "%.2f", "%", "%%", "%5", "%q", "{", "{}}", "{0", "{a b}", "{{}}", "{0}{0}", "%s" * 10, "{é}", "%-5s|%+d|%05d|% d", "%ld %hhd", "%c", "%(é)s", "%i%u%g%G%E%F", "{-1}", "{01}", "{a.b}", "{99}", "%1$s", "{:>5}", "{}%s", "text"]
PARAMS = [["bob", 3], ["a"], {"a": 1, "b": True}, [], {}, [None], [[1], {"b": 1}], [255, 255, 255, 255], [1.5, -2.25], ["x"] * 12, {"": 1}, "x", 5, [1e300, 5e-324], [True, False], {"é": "ü"}, {"a": None, "b": 2}, [-5], [1.0], {"0": "z", "a.b": 1}, ["a" * 20000, "b" * 20000]]
AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1", "curl/8.0", "xx", "", "okhttp/4.9.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15", "Mozilla/5.0 (Linux; Android 13; SM-G991B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/112.0.0.0 Mobile Safari/537.36", "Googlebot/2.1 (+http://www.google.com/bot.html)", "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko", "Mozilla/5.0 (Linux; U; Android 4.0.3; de-de; Galaxy S II Build/GRJ22) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30", "python-requests/2.31.0", "Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.18", "MyApp/1.0 CFNetwork/1404.0.5 Darwin/22.3.0",
    "Mozilla/5.0 (CrKey armv7l 1.5.16041) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/31.0.1650.0 Safari/537.36", "Mozilla/5.0 (PlayStation 4 3.11) AppleWebKit/537.73 (KHTML, like Gecko)", "Dalvik/2.1.0 (Linux; U; Android 9; ASUS_X00TD Build/PPR1.180610.009)", "Mozilla/5.0 (iPad; CPU OS 12_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.2210.91", "ELinks (0.4pre5; Linux 2.6.10-ac7 i686; 80x33)", "Instagram 123.0.0.21.114 Android", "Mozilla/5.0 (X11; Ubuntu; Linux i686; rv:15.0) Gecko/20100101 Firefox/15.0.1", "Slackbot-LinkExpanding 1.0", "sentry.python/1.0",
]
HINTS = {
    "Sec-CH-UA": ['"Not_A Brand";v="99", "Google Chrome";v="109", "Chromium";v="109"', '"Chromium";v="1"', "x", '"A";v=""', '"A B";v="1.2"', '" Not;A Brand";v="99.0.0.0", "Opera";v="5"', ""], "sec-ch-ua-platform": ['"macOS"', "Windows", '""', ""], "SEC-CH-UA-PLATFORM-VERSION": ['"13.1.0"', '""', "10.0"], "Sec-Ch-Ua-Model": ['"Pixel 7"', '""', " x "],
}
ROOT = TABLES.parent.parent.parent
AGENTS += (ROOT / "codecs/useragent/testdata/agents.txt").read_text().splitlines()
URLS += [json.loads(line)["in"] for line in (TABLES.parent / "testdata/urls.jsonl").read_text().splitlines()]

COOKIES = ["a=b; c=d", "a=b; c", "a=b;;", "=x", "a=%20b%zz", "a=%ff", " a = b ", "a=b=c", "a", "", ";", "é=ü", "a=\"q\"", "a=b, c=d", {"a": "b"}, [["a", "b"], None, ["c"]], 5, ["x"], {"a": 5, "b": None}]
QUERIES = ["?a=b&c", "a=b&a=c", "", "?", "a+b=c%20d", "%ff=1", {"a": "b", "c": [1, 2], "d": {"z": 1, "y": 2}, "e": None}, [["a", "b"], ["c", 5], ["d"], None], 5, "=", "&", "a&b", [["a", None]], {"": ""}, "??a=b", "a=1.0", ["a", "b"]]
BODIES = ['{"a":1}', "[1,2", "a=b&c=d", "a=b", "a", "a=", "=b", "", "<?xml x=y&z=w", "é=1&b=2", "5", "null", "\"x\"", " {\"a\": 1} ", "a=b&a=c", "a==", "{a=b&c=d", "a=%ff&b=1", "true", "1e400", "-0", "1.0", "&&", "a&b", {"a": {"b": 1}}, [1], 5, None, "x" * 9000, '{"b":1,"a":{"d":1,"c":[]}}', '{"a":1,"a":2}', "[" * 200 + "]" * 200]
HEADERS = [
    {"x-y": ["1", None, 2, {}], "Content-Type": "application/json; charset=x", "cookie": "a=b"}, [["cookie", "a=b"], ["Cookie", "c=d; e"]], {"Cookie": "a=b; Path=/"}, {"Set-Cookie": "a=b; Path=/", "content-type": "text/plain;x"}, [["User-Agent", "x"], None, ["a"], [None, "b"], ["c", None]], {"ÄB-éc": "x"}, {"a": True, "b": 1.5, "c": 2**63, "d": {}}, "x", 5, {"": ""}, [["x", ["a", ["b"]]]], {"Content-Type": ""},
]
STACKS = [{"frames": [{"filename": "a.js", "lineno": "5", "vars": [1, None], "pre_context": ["x", None]}]}, {}, {"frames": []}, {"frames": [None]}, {"frames": [{"abs_path": "http://x/a/b.js?c", "context_line": None, "post_context": ["y"]}, {"function": "?", "symbol": "?"}], "registers": {"eip": "0xff", "x": "z", "y": -1}}]
KNOWN = {  # by (type, member) or member
    "platform": ["python", "PHP", "xyz", "javascript", "native", "java", "cocoa", "objc", "node", "csharp", "other", "", "ruby", " python", 5], "environment": ["None", "a/b", "production ", "x" * 65, "no\nnewline", "prod", "", "é" * 33, "a\\b"], "release": ["latest", "1.0/2", "a@1.0", " a@1 ", ".", "..", "x" * 201, 12, 1.5, True, "", "a\tb", "é" * 101, "LATEST"],
    "dist": ["x y", "1", "x" * 65, 5, " 1 ", "", "a\nb", "é", "x" * 64], "logger": ["a.b", "x" * 80, "a b\n", "com.example.foo.Bar", "com." + "x" * 70, "a." * 40, " ", " x ", "x" * 30 + "." + "y" * 40, ""], "fingerprint": [["{{ default }}", "x"], [1, None, 2.5], "x", [{}], [], [None], ["a", [], {}], [True, 2**63, 1e300], {"a": 1}],
    "tags": [{"a": "b", "level": "x", "c d": 1, "": "e", "f": ""}, [["a", "b"], ["a", "c"]], [["k" * 250, "v" * 250]], "x", [None, ["a", "b"]], [["release", "x"], ["environment", "e"], ["site", "s"], ["server_name", "h"]], {"environment": "e", "dist": "d", "user": "u"}, [["a"], ["b", "c", "d"], "x", {"a": "b"}], [[None, "x"], [None, "y"], ["a", None]], [[1, 2.5], [True, False], [{}, []]], [[" a b ", " c "], ["a-b", "d"]], {"device.class": "9"}, {"a\nb": "c\nd", "é": "ü"}, [["environment", None], ["environment", "z"]], [["x" * 200, "y" * 200], ["x" * 201, "y" * 201]]],
    "server_name": ["h1", 5, "", None, "h" * 300], "site": ["s", ""], "url": URLS, "query_string": QUERIES, "cookies": COOKIES, "headers": HEADERS, "method": ["get", "POST", "", "xx", "TOOLONGMETHODNAMEHERE123456789012", "a b", "M-SEARCH", "get_x", "é", "x" * 33, "patch\n"], ("Request", "data"): BODIES, ("ResponseContext", "data"): BODIES, "raw_description": OS_RAW + RT_RAW,
    "message": MESSAGES, "params": PARAMS, "formatted": MESSAGES, "logentry": [{"message": "a %s %d", "params": ["x", 5]}, "x", ["y"], False, True, 0, {"formatted": "f", "message": "f"}, {}, {"params": []}, {"x": 1}], "user_agent": AGENTS, "infer_ip": ["auto", "never", "legacy", "x", 5, ""], "abs_path": URLS, "filename": URLS + ["a.js", "/a/b.py", ""], "function": ["?", "f", "", "<lambda>"], "symbol": ["?", "s"],
    "pre_context": [["x", None], [], ["a" * 300] * 3, [None]], "post_context": [["y", None], []], "vars": [[1, 2], {"a": None, "b": {"c": [1]}}, [], "x"], "stacktrace": STACKS, "raw_stacktrace": STACKS, "measurements": [{"lcp": {"value": 5}, "FCP ": {"value": "x"}, "bad name": {"value": 1}, "ttfb": {"value": 1.5, "unit": "second"}, "frames_total": {"value": 0}}, {"": {"value": 1}, "1a": {}, "a": None, "b": 5, "c": {"unit": "ms"}}, {"app.start.cold": {"value": 200000}, "app_start_warm": {"value": 5, "unit": "ms"}}, {"frames_total": {"value": 10}, "frames_slow": {"value": 3}, "frames_frozen": {"value": 1}, "stall_total_time": {"value": 100}}, [], "x"],
    "breakdowns": [{"span_ops": {"ops.http": {"value": 5, "unit": "ms"}}, "bad name": {}, "x": 5}], "timestamp": TIMES, "start_timestamp": TIMES, "time_spent": [2147483647, 5, "x", 2147483646, -1, 1.5], "type": ["error", "default", "csp", "transaction", "bogus", "", None, 5], "help_link": ["http://x", "https://y", "HTTP://x", "x", ""], "source": ["url", "custom", "route", "view", "component", "sanitized", "task", "unknown", "x", "", 5],
    "transaction": ["/a/12345/b", "GET /x", "", "x" * 300, "/users/4c79f60c-1121-4eb3-8604-f4ae0781bfb2/", "/a/%20/b12c/0xff/1", "a/b", "/x/da39a3ee5e6b4b0d3255bfef95601890afd80709/y", "/x/2026-11-23T11:00:00Z/y", "/é/12/ü", "/1/2/3", "a\\b/12", "/d41d8cd98f00b204e9800998ecf8427e", None, "/a/12%zz", "/a b 2020-01-01/c"], "op": ["http.server", "", "default", None, "ui.load", "db", "x" * 130], "errors": [[{"type": "x", "name": "y"}], [{"type": "x", "z": 1, "value": {"a": 1}}, None, 5], "x"], "modules": [{"a": "1", "b": None, "c": 5}, "x", {}, []],
    "sdk": [{"name": "a", "version": "1", "integrations": [None, "x", 5], "packages": [{"name": "p"}]}, {}, {"name": ""}, {"name": "sentry.javascript.browser", "version": "8.0.0"}, {"name": "sentry.javascript.react-native", "version": "4.2.1"}, "x"], "debug_meta": [{"images": [{"type": "proguard", "uuid": "4c79f60c-1121-4eb3-8604-f4ae0781bfb2"}, {"type": "macho", "code_id": "AB-c", "debug_id": DEBUG_IDS[2]}, {"type": "q"}]}, {"sdk_info": {"sdk_name": "iOS"}, "images": [{"type": "apple", "name": "x", "uuid": DEBUG_IDS[0], "cpu_type": 5, "arch": "arm64", "image_addr": "0x1", "foo": 1}]}],
    ("DeviceContext", "family"): ["iPhone", "iOS", "iOS-Device", "iPad", "Pixel", ""], ("DeviceContext", "model"): ["iPhone14,2", "iPhone5,1", "iPhone12,1", "x", "iPad7,5", ""], "processor_frequency": [1999, 2000, 2499, 2500, 3000, "x"], "processor_count": [7, 8, 4], "memory_size": [4294967295, 4294967296, 6442450944, 1], "build": ["461808", "528040", "1", ""], "sdk_name": ["iOS", "linux", "Windows", "Android", "macos", "x", ""], "number": [1, 2, 9, 11, 6, 0, -1, 10013, 2**40, "x"], "exception": [1, 5, 10, 0, -1], "code": [0, 1, 2, -6, 128],
    "lcp": [], "_meta": [], "infer": [],
}
SCALARS = {
    "string": TEXTS, "bool": [True, False, "true", 1, None], "u64": [0, 1, 5, -1, 1.9, 2**63, 2**64 - 1, 1e19, "5", 2**53], "i64": [0, -1, 5, 1.9, -1.9, 2**63, -(2**63), 9.3e18, "5"], "f64": [0, 1, -1.5, 2**63, 1e300, "1", 0.1], "f64finite": [0, 1, -1.5, 2**63, 1e300, "1"], "lenientstring": ["a", 1, -1, 1.5, 1e15, 2**53, 9007199254740991.0, 9007199254740992.0, True, False, None, [], {}, "", 2**64 - 1, -0.0, 0.9],
    "jsonlenientstring": ["a", 1, 1.0, 1.5, True, None, [1, {"b": 1, "a": 2}], {}, ""], "uuid": IDS, "EventId": IDS, "TraceId": IDS, "SpanId": SPANS, "Addr": ADDRESSES, "RegVal": ADDRESSES, "IpAddr": ADDRS, "Level": LEVELS, "EventType": ["error", "default", "csp", "x", "", 5], "SpanStatus": STATUSES, "TransactionSource": ["url", "custom", "route", "", "x", 5], "InstructionAddrAdjustment": ["auto", "all", "none", "x", 5],
    "AutoInferSetting": ["auto", "never", "legacy", "x", 5], "SpanKind": ["internal", "server", "client", "producer", "consumer", "x", 5], "MetricUnit": UNITS, "ThreadId": [1, "1", -1, 2**63, 1.5, "main", "", True], "LockReasonType": [1, 2, 4, 8, 3, 0, "1", 1.0], "CodeId": CODE_IDS, "DebugId": DEBUG_IDS, "Timestamp": TIMES, "Fingerprint": [["a", 1], [], "x"], "any": ODD,
}
OPTIONS = {
    "enable_trimming": [True], "normalize_user_agent": [True], "client": ["sentry.python/2.1", "raven", "a/b/c", "x y/1", "/", "a/", "", " a b"], "client_ip": ["203.0.113.7", "2001:db8::1"], "max_secs_in_past": [2592000], "max_secs_in_future": [60], "project_id": [42], "key_id": ["7"], "protocol_version": ["7", "6"], "remove_other": [False, True], "is_renormalize": [True],
    "grouping_config": [{"id": "newstyle:2023-01-11", "enhancements": "e"}], "user_agent": AGENTS[:3],
}
KEEP = {"event_id", "trace_id", "span_id"}  # the reference makes them up at random when they are missing or nil


class Schema:
    """The rows of schema.tsv by type."""

    def __init__(self):
        self.types = {}
        lines = (TABLES / "schema.tsv").read_text().splitlines()
        head = lines[0].split("\t")
        for line in lines[1:]:
            row = dict(zip(head, line.split("\t")))
            self.types.setdefault(row["type"], []).append(row)

    def value(self, rnd, kind, depth, owner="", name=""):
        """A value for a position of the given type: mostly one that it expects."""
        if rnd.random() < 0.05:
            return copy.deepcopy(rnd.choice(ODD))
        pool = KNOWN.get((owner, name)) or KNOWN.get(name)
        if pool and rnd.random() < 0.7:
            return copy.deepcopy(rnd.choice(pool))
        kind = kind.rsplit("::", 1)[-1] if "<" not in kind else kind
        if kind in SCALARS:
            return copy.deepcopy(rnd.choice(SCALARS[kind]))
        if depth > 7:
            return rnd.choice([None, {}, []])
        if "<" in kind:
            outer, arg = kind[:-1].split("<", 1)
            if outer == "tuple":
                a, b = arg.split(",", 1)
                return [self.value(rnd, a, depth + 1), self.value(rnd, b, depth + 1)]
            some = [self.value(rnd, arg, depth + 1) for _ in range(rnd.choice([0, 1, 1, 2, 3]))]
            if outer == "map":
                return {rnd.choice(["a", "b", "c", "x.y", "", "trace", "os", "http.status_code", "é"]): v for v in some}
            if outer == "values" and rnd.random() < 0.6:
                return {"values": some} if rnd.random() < 0.8 else (some[0] if some else {})
            return some
        rows = self.types.get(kind)
        if not rows:
            return {}
        if rows[0]["kind"] in ("newtype", "tuple"):
            if rows[0]["kind"] == "tuple":
                return [self.value(rnd, r["value_type"], depth + 1) for r in rows]
            return self.value(rnd, rows[0]["value_type"], depth, kind)
        if rows[0]["kind"] == "variant":
            row = rnd.choice(rows)
            v = self.value(rnd, row["value_type"], depth, kind)
            if isinstance(v, dict) and row["wire_name"] != "*":
                v["type"] = row["wire_name"]
            return v
        out = {}
        fields = [r for r in rows if r["wire_name"] != "*"]
        for r in rnd.sample(fields, min(len(fields), rnd.choice([0, 1, 2, 2, 3, 3, 4, 6, 9]))):
            names = [r["wire_name"]] + [a for a in r["legacy_aliases"].split("|") if a]
            key = names[0] if rnd.random() < 0.85 else rnd.choice(names)
            out[key] = self.value(rnd, r["value_type"], depth + 1, kind, r["wire_name"])
        if rnd.random() < 0.15:
            out[rnd.choice(["zzz", "unknown", "", "type", "é", "data"])] = copy.deepcopy(rnd.choice(ODD))
        return out

    def event(self, rnd):
        rows = [r for r in self.types["Event"] if r["wire_name"] not in ("*", "event_id", "type")]
        out = {"event_id": EVENT_ID}
        for r in rnd.sample(rows, rnd.choice([1, 2, 3, 5])):
            names = [r["wire_name"]] + [a for a in r["legacy_aliases"].split("|") if a]
            out[names[0] if rnd.random() < 0.9 else rnd.choice(names)] = self.value(rnd, r["value_type"], 0, "Event", r["wire_name"])
        if rnd.random() < 0.4:
            out["contexts"] = self.contexts(rnd)
        if rnd.random() < 0.3:
            out["request"] = self.request(rnd)
        if rnd.random() < 0.3:
            out["platform"] = rnd.choice(KNOWN["platform"])
        if rnd.random() < 0.1:
            out["_meta"] = meta(rnd, out)
        return out

    def contexts(self, rnd):
        rows = [r for r in self.types["Context"] if r["wire_name"] != "*"]
        out = {}
        for r in rnd.sample(rows, rnd.choice([1, 1, 2, 3])):
            v = self.value(rnd, r["value_type"], 1, "Context")
            key = r["wire_name"]
            if isinstance(v, dict) and rnd.random() < 0.4:
                v["type"] = key
                key = rnd.choice([key, "foo", "trace", "os", "device"])
            out[key] = v
        return out

    def request(self, rnd):
        out = self.value(rnd, "Request", 1)
        if isinstance(out, dict):
            if rnd.random() < 0.6:
                out["url"] = fuzzed(rnd, rnd.choice(URLS))
            if rnd.random() < 0.4:
                headers = [["User-Agent", rnd.choice(AGENTS)]] + [[k, rnd.choice(v)] for k, v in HINTS.items() if rnd.random() < 0.3]
                out["headers"] = headers if rnd.random() < 0.5 else dict(headers)
        return out

    def transaction(self, rnd):
        out = self.event(rnd)
        start = 1795431000 + rnd.randint(0, 500)
        out.update({"type": "transaction", "start_timestamp": start, "timestamp": start + rnd.choice([0, 1, 0.5, 10, 3.25])})
        contexts = out.get("contexts")
        contexts = contexts if isinstance(contexts, dict) else {}
        trace = self.value(rnd, "TraceContext", 2, "Context")
        trace = trace if isinstance(trace, dict) else {}
        contexts["trace"] = trace | {"trace_id": EVENT_ID, "span_id": "fa90fdead5f74052", "type": "trace"}
        out["contexts"] = contexts
        if rnd.random() < 0.8:
            out["spans"] = [self.span(rnd, start, n) for n in range(rnd.choice([0, 1, 2, 5, 12]))]
        if rnd.random() < 0.5:
            out["transaction"] = fuzzed(rnd, rnd.choice(KNOWN["transaction"]))
            out["transaction_info"] = {"source": rnd.choice(KNOWN["source"])}
        if rnd.random() < 0.4:
            names = ["lcp", "fcp", "fid", "cls", "ttfb", "app_start_cold", "app.start.warm", "frames_total", "frames_slow", "frames_frozen", "stall_total_time", "time_to_initial_display", "custom", "Bad Name", "x" * 200]
            out["measurements"] = {n: {"value": rnd.choice([0, 1, 1.5, -5, 200000, 1e300, None, "x"]), **({"unit": rnd.choice(UNITS)} if rnd.random() < 0.4 else {})} for n in rnd.sample(names, 4)}
        if rnd.random() < 0.15:
            change(rnd, out)
        return out

    def span(self, rnd, start, n):
        out = self.value(rnd, "Span", 3)
        out = out if isinstance(out, dict) else {}
        at = start + rnd.choice([0, 0.1, 0.5, 1, 2, 5])
        fixed = {"trace_id": EVENT_ID, "span_id": f"{n + 1:016x}", "parent_span_id": rnd.choice(["fa90fdead5f74052", f"{max(n, 1):016x}", "aaaaaaaaaaaaaaaa"]), "start_timestamp": at, "timestamp": at + rnd.choice([0, 0.25, 1, 2])}
        return out | (fixed if rnd.random() < 0.93 else {k: v for k, v in fixed.items() if rnd.random() < 0.8})


def meta(rnd, event):
    """A metadata tree for some nodes of the event, also for such that do not exist."""
    node = lambda: rnd.choice([
        {"": {"rem": [["@ip", "x", 0, 1]]}}, {"": {"err": ["invalid_data"]}}, {"": {"err": [["invalid_data", {"reason": "r"}], "x"], "len": 5, "val": {"b": 1, "a": 2}}}, {"": {"len": -1}}, {"": {"rem": [["x"]]}}, {"": 5}, {"": None}, 5, None, {"": {"rem": [["a", "q"]], "err": []}}, {"": {"unknown": 1, "len": 3}},
        {"": {"rem": [["a", "s", 0, 3], ["b", "m", 1, 2, 9], ["c", "x"]]}}, {"0": {"": {"err": ["x"]}}}, {"0": {"1": {"": {"len": 7}}}}, {"": {"err": [["a", 5]]}}, {"": {"rem": [["a", "x", 5]]}}, {"": {"val": None, "len": None}}, {"": {"err": [["kind", {"z": 1, "a": 2}, 3]]}},
    ])
    out = {}
    for key in rnd.sample(list(event), min(len(event), rnd.choice([1, 2, 3]))):
        v, tree = event[key], node()
        if isinstance(v, dict) and v and rnd.random() < 0.7:
            tree = {rnd.choice(list(v)): node(), **(tree if isinstance(tree, dict) and rnd.random() < 0.3 else {})}
        elif isinstance(v, list) and v and rnd.random() < 0.7:
            tree = {str(rnd.randrange(len(v) + 1)): node()}
        out[key] = tree
    if rnd.random() < 0.1:
        out = rnd.choice([5, [], {"": {"err": ["x"]}}, {"nothing": {"": {"len": 1}}}])
    return out


def fuzzed(rnd, s):
    """A text with a few characters changed, sometimes."""
    if not isinstance(s, str) or rnd.random() < 0.5:
        return s
    chars = list(s)
    for _ in range(rnd.choice([1, 1, 2, 4])):
        at = rnd.randint(0, len(chars))
        piece = rnd.choice(["/", "%", "?", "#", ":", "@", " ", ".", "..", "é", "%41", "%2e", "\\", "\t", "[", "]", "&", "=", "a", "1", "12", "0x1", "\u00ad", "\u0000", "<", "'", '"', "|", "{", "~", "+", ";", "%ff", "😀", "-", "_", ","])
        if rnd.random() < 0.5 and at < len(chars):
            chars[at] = piece
        else:
            chars.insert(at, piece)
    return "".join(chars)


def nodes(v):
    todo = [v]
    while todo:
        v = todo.pop()
        for k, x in list(v.items() if isinstance(v, dict) else enumerate(v)):
            if k not in KEEP and k != "type":
                yield v, k
                if isinstance(x, (dict, list)):
                    todo.append(x)


def change(rnd, event):
    """One change of an event, in place."""
    roll = rnd.random()
    if roll < 0.35:
        name = rnd.choice([k for k in KNOWN if isinstance(k, str) and k != "type" and KNOWN[k]])
        event[name] = copy.deepcopy(rnd.choice(KNOWN[name]))
        return
    all_nodes = list(nodes(event))
    if not all_nodes:
        return
    parent, key = rnd.choice(all_nodes)
    old = parent[key]
    if roll < 0.43 and isinstance(parent, dict):
        del parent[key]
    elif roll < 0.50 and isinstance(parent, dict):
        parent[rnd.choice(["", "new", "a.b", "é", "value", "data", "name", "values", "0", "_meta"])] = copy.deepcopy(rnd.choice(ODD))
    elif roll < 0.54 and isinstance(old, list):
        parent[key] = (old * 300)[: rnd.choice([2, 60, 120, 251, 300])]
    elif roll < 0.60:
        parent[key] = [old] if rnd.random() < 0.5 else {"values": old}
    elif roll < 0.64:
        for _ in range(rnd.choice([3, 5, 6, 7, 8, 40, 90, 118, 122, 125, 127])):
            parent[key] = {"d": parent[key]} if rnd.random() < 0.8 else [parent[key]]
    elif roll < 0.70 and isinstance(old, str):
        parent[key] = rnd.choice([fuzzed(rnd, old), old.upper(), " " + old + " ", old * 40, old + "\n", old[: len(old) // 2]])
    elif roll < 0.75 and isinstance(old, (int, float)):
        parent[key] = rnd.choice([str(old), -old, old + 0.5, float(old), 2**63, 2**64 - 1, -(2**63), 1e308, 5e-324])
    elif roll < 0.79 and isinstance(parent, dict):
        other, name = rnd.choice(all_nodes)
        parent[key] = copy.deepcopy(other[name])
    else:
        parent[key] = copy.deepcopy(rnd.choice(ODD))


MOVED = {"environment", "release", "dist", "user", "filename", "function", "server_name", "site", "device.class", "cookie", "set-cookie"}


def misplaced(event):
    """Whether a tag or header that is looked up stands behind an element that is no pair: the reference then takes the element beside it (4.5, free)."""
    request, contexts = event.get("request"), event.get("contexts")
    lists = [event.get("tags"), request.get("headers") if isinstance(request, dict) else None]
    lists += [c.get("headers") for c in contexts.values() if isinstance(c, dict)] if isinstance(contexts, dict) else []
    for pairs in lists:
        broken = False
        for pair in pairs if isinstance(pairs, list) else []:
            if not isinstance(pair, list) or len(pair) != 2:
                broken = True
            elif broken and str(pair[0]).strip().lower() in MOVED:
                return True
    return False


def depth(v):
    """The number of nested containers."""
    deepest, todo = 0, [(v, 1)]
    while todo:
        v, level = todo.pop()
        if isinstance(v, (dict, list)):
            deepest = max(deepest, level)
            todo += [(x, level + 1) for x in (v.values() if isinstance(v, dict) else v)]
    return deepest


def dumps(rnd, v, again):
    """JSON text; every key comes twice with the probability again, first with another value."""
    if isinstance(v, dict):
        parts = []
        for k, x in v.items():
            if rnd.random() < again:
                parts.append(json.dumps(k) + ":" + json.dumps(rnd.choice(ODD)))
            parts.append(json.dumps(k) + ":" + dumps(rnd, x, again))
        return "{" + ",".join(parts) + "}"
    if isinstance(v, list):
        return "[" + ",".join(dumps(rnd, x, again) for x in v) + "]"
    if isinstance(v, str) and rnd.random() < again / 20:
        return '"\\ud800' + json.dumps(v)[1:]
    return json.dumps(v, ensure_ascii=rnd.random() < 0.5) if isinstance(v, str) else json.dumps(v)


def cases(rnd, captured, count):
    schema = Schema()
    captured = list(captured)
    for n in range(count):
        meta_ = {"received_at": RECEIVED, "normalize_user_agent": True, "enable_trimming": True, "client": "sentry.x/1.0"}
        if n < len(captured):
            yield line(meta_, json.dumps(captured[n]))
            continue
        meta_ = {"received_at": RECEIVED, **{k: rnd.choice(v) for k, v in OPTIONS.items() if rnd.random() < 0.3 and (k != "is_renormalize" or rnd.random() < 0.2)}}
        kind = rnd.random()
        if kind < 0.55:
            event = copy.deepcopy(rnd.choice(captured))
            for _ in range(rnd.randint(1, 4)):
                change(rnd, event)
        elif kind < 0.85:
            event = schema.event(rnd)
        else:
            event = schema.transaction(rnd)
        again = rnd.choice([0.02, 0.1]) if rnd.random() < 0.1 else 0
        try:
            text = dumps(rnd, event, again) if again else json.dumps(event, ensure_ascii=rnd.random() < 0.5)
            text.encode()
        except UnicodeEncodeError:
            text = json.dumps(event)
        if depth(event) != DEEPEST and not misplaced(event):
            yield line(meta_, text)


def line(meta_, text):
    return '{"meta": ' + json.dumps(meta_) + ', "steps": ["normalize"], "event": ' + text + "}"
