package intake

import "testing"

// Errors of event bodies read as senders know them.
func TestInvalidJSON(t *testing.T) {
	for body, want := range map[string]string{
		"{":                               "EOF while parsing an object at line 1 column 1",
		"{\"a":                            "EOF while parsing a string at line 1 column 3",
		"{\"a\"":                          "EOF while parsing an object at line 1 column 4",
		"{\"a\":":                         "EOF while parsing a value at line 1 column 5",
		"{\"a\": \"x":                     "EOF while parsing a string at line 1 column 8",
		"{\"a\":1":                        "EOF while parsing an object at line 1 column 6",
		"{\"a\":1,":                       "EOF while parsing a value at line 1 column 7",
		"{\"a\":1,}":                      "trailing comma at line 1 column 8",
		"{\"a\":x}":                       "expected value at line 1 column 6",
		"{\"a\":tru}":                     "expected ident at line 1 column 9",
		"{\"a\":1}x":                      "trailing characters at line 1 column 8",
		"{\"a\":01}":                      "invalid number at line 1 column 7",
		"{\"a\":1.}":                      "invalid number at line 1 column 8",
		"{\"a\":1e}":                      "invalid number at line 1 column 8",
		"{\"a\":-}":                       "invalid number at line 1 column 7",
		"{\"a\" 1}":                       "expected `:` at line 1 column 6",
		"{\"a\":1 \"b\":2}":               "expected `,` or `}` at line 1 column 8",
		"{a:1}":                           "key must be a string at line 1 column 2",
		"{\"a\":\"\\x\"}":                 "invalid escape at line 1 column 8",
		"{\"a\":[1,]}":                    "expected value at line 1 column 9",
		"{\"a\":[1":                       "EOF while parsing a list at line 1 column 7",
		"{\"a\":[1,":                      "EOF while parsing a value at line 1 column 8",
		"{\"a\":[1 2]}":                   "expected `,` or `]` at line 1 column 9",
		"{\"event_id\":\"zz\"}":           "invalid value: string \"zz\", expected an event identifier at line 1 column 16",
		"{\"type\":1}":                    "expected value at line 1 column 9",
		"{\"type\":null}":                 "expected value at line 1 column 9",
		"{\"type\":\"a\",\"type\":\"b\"}": "duplicate field `type` at line 1 column 18",
		"{\"event_id\":\"x":               "EOF while parsing a string at line 1 column 14",
		"{\"a\":\"\\\"":                   "EOF while parsing a string at line 1 column 8",
		"{\n\"a\": 1,\n x}":               "key must be a string at line 3 column 2",
		"{\"a\":\"x\n\"}":                 `control character (\u0000-\u001F) found while parsing a string at line 1 column 7`,
		"{\"ä\":\"ä":                      "EOF while parsing a string at line 1 column 9",
	} {
		_, _, err := sniffEvent([]byte(body))
		if err == nil {
			t.Errorf("%s: no error", body)
			continue
		}
		if got := invalidJSON([]byte(body), err); got.Status != 400 || len(got.Causes) != 1 || got.Causes[0] != want {
			t.Errorf("%s: %q, want %q", body, got.Causes, want)
		}
	}
	_, _, err := sniffEvent([]byte(`{"event_id":"zz"}`))
	if got, want := invalidJSON([]byte(`{"event_id":"zz"}`), err).Detail, `invalid JSON data: Error("invalid value: string \"zz\", expected an event identifier", line: 1, column: 16)`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestBase64Cause(t *testing.T) {
	for body, want := range map[string]string{
		"!!": "invalid length at 0", "aGVsbG8": "invalid length at 4", "aGVsbG8=a": "invalid length at 8", "aGVs!G8=": "invalid symbol at 4", "YR==": "non-zero trailing bits at 1",
	} {
		if _, err := decodeBase64(nil, []byte(body)); err == nil || base64Cause([]byte(body), err) != want {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
}

func FuzzInvalidJSON(f *testing.F) {
	f.Add([]byte("{\"a\":[1,\"x\\"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, _, err := sniffEvent(b); err != nil {
			invalidJSON(b, err)
		}
	})
}
