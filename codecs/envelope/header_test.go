package envelope

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestHeaderMembers(t *testing.T) {
	const id = `"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"`
	for text, ok := range map[string]bool{
		`"client":null`: true, `"client":5`: false, `"client":""`: true,
		`"version":null`: false, `"version":-0`: false, `"version":65535`: true, `"version":65536`: false, `"version":7.0`: false,
		`"origin":null`: true, `"origin":"null"`: false, `"origin":"foo:bar"`: true, `"origin":5`: false,
		`"remote_addr":null`: true, `"remote_addr":"fe80::1%eth0"`: false, `"remote_addr":"1.2.3.4:80"`: false, `"remote_addr":"01.2.3.4"`: false, `"remote_addr":" 1.2.3.4"`: false,
		`"forwarded_for":null`: false, `"forwarded_for":5`: false, `"user_agent":null`: true, `"user_agent":{}`: false,
		`"no_cache":null`: false, `"no_cache":1`: false, `"no_cache":true`: true,
		`"client_hints":null`: false, `"client_hints":[]`: false, `"client_hints":{"sec_ch_ua":1}`: false, `"client_hints":{"sec_ch_ua":null,"x":1}`: true,
		`"client_hints":["p",null,"",""]`: true, `"client_hints":["p","v","u"]`: false, `"client_hints":["p","v","u","m","x"]`: false, `"client_hints":["p","v",1,"m"]`: false,
		`"required_features":null`: false, `"required_features":["a"]`: true, `"required_features":[1]`: false, `"required_features":[]`: true,
		`"trace":"x"`: true, `"trace":null`: true, `"x":null`: false, `"sdk":null`: false, `"x":[null]`: true, `"sent_at":5`: false, `"dsn":null`: true, `"dsn":5`: false,
		`"a":1,"a":2`: true, `"client":"a","client":"b"`: false, `"trace":1,"trace":2`: false, `"x":"\ud800"`: false, `"x":1e999`: false, `"x":01`: false,
		`"a":1` + strings.Repeat(`,"a":1`, MaxMembers-1): true, `"a":1` + strings.Repeat(`,"a":1`, MaxMembers): false,
		id: false, `"x":` + strings.Repeat("[", 126) + strings.Repeat("]", 126): true, `"x":` + strings.Repeat("[", 127) + strings.Repeat("]", 127): false,
	} {
		_, err := ParseHeader([]byte("{" + id + "," + text + "}"))
		if (err == nil) != ok {
			t.Errorf("%.80s: %v", text, err)
		}
	}
}

func TestParseHeaderLine(t *testing.T) {
	for text, cause := range map[string]string{
		"": CauseMissingHeader, " \r": CauseMissingHeader, " {} \r": "", "{}x": CauseHeader, "{": CauseHeader, "[]": CauseHeader,
	} {
		_, err := ParseHeader([]byte(text))
		var fault *Error
		if errors.As(err, &fault); cause == "" && err != nil || cause != "" && (fault == nil || fault.Cause != cause) {
			t.Errorf("%q: %v, want %q", text, err, cause)
		}
	}
}

func TestNilEventID(t *testing.T) {
	e, err := Parse([]byte(`{"event_id":"00000000-0000-0000-0000-000000000000"}` + "\n"))
	if err != nil || !e.Header.NilEventID {
		t.Fatal(e, err)
	}
	if got := string(e.Header.AppendTo(nil)); got != `{"event_id":"00000000000000000000000000000000","version":7}` {
		t.Error(got)
	}
}

func TestParseEventID(t *testing.T) {
	const want = "9ec79c33ec9942ab8353589fcb2e04dc"
	for in, ok := range map[string]bool{
		want: true, "9EC79C33EC9942AB8353589FCB2E04DC": true, "9ec79c33-ec99-42ab-8353-589fcb2e04dc": true, "{9ec79c33-ec99-42ab-8353-589fcb2e04dc}": true,
		"urn:uuid:9ec79c33-ec99-42ab-8353-589fcb2e04dc": true, "URN:UUID:9ec79c33-ec99-42ab-8353-589fcb2e04dc": false, "{" + want + "}": false, "urn:uuid:" + want: false,
		" " + want: false, "": false, "9ec79c33-ec99-42ab-8353-589fcb2e04d-": false, "9ec79c33ec99-42ab-8353-589fcb2e-04dc": false, want[1:] + "g": false,
	} {
		id, err := ParseEventID(in)
		if (err == nil) != ok || ok && id.String() != want {
			t.Errorf("%q: %s, %v", in, id, err)
		}
	}
	id, _ := ParseEventID(want)
	if id.Hyphenated() != "9ec79c33-ec99-42ab-8353-589fcb2e04dc" {
		t.Error(id.Hyphenated())
	}
	if v4 := NewEventID([16]byte(id)); v4.String() != want {
		t.Errorf("a version 4 id stays as it is: %s", v4)
	}
	if v4 := NewEventID([16]byte{}); v4.String() != "00000000000040008000000000000000" {
		t.Error(v4)
	}
}

func TestParseTime(t *testing.T) {
	for in, want := range map[string]string{
		"2020-01-01T00:00:00Z": "2020-01-01T00:00:00Z", "2020-01-01 00:00:00Z": "2020-01-01T00:00:00Z", "2020-01-01t00:00:00z": "2020-01-01T00:00:00Z",
		"2020-01-01T00:00:60Z": "2020-01-01T00:01:00Z", "2020-01-01T02:00:00+0200": "2020-01-01T00:00:00Z", "2020-01-01T00:00:00 +02:00": "2019-12-31T22:00:00Z",
		"2020-01-01T00:00:00.123456789012Z": "2020-01-01T00:00:00.123456789Z", "2020-01-01T00:00:00.5-00:00": "2020-01-01T00:00:00.5Z", "2020-1-1T1:2:3Z": "2020-01-01T01:02:03Z",
		"2020-01-01T00:00:00UTC": "2020-01-01T00:00:00Z", " 2020-01-01T00:00:00Z": "2020-01-01T00:00:00Z", "2020-01-01T00:00:00\u221202:00": "2020-01-01T02:00:00Z",
		"197 - 01 -01T 00: 00 :00.5 +00 : 00 ": "0197-01-01T00:00:00.5Z",
		"+12020-01-01T00:00:00Z":               "12020-01-01T00:00:00Z", "0000-01-01T00:00:00Z": "0000-01-01T00:00:00Z", "2024-02-29T12:00:00+23:59": "2024-02-28T12:01:00Z",
	} {
		got, ok := ParseTime([]byte(in))
		if !ok || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%q: %v, %v, want %s", in, got, ok, want)
		}
		if again, ok := ParseTime(appendTime(nil, got)); !ok || !again.Equal(got) {
			t.Errorf("%q is written as %q", in, appendTime(nil, got))
		}
	}
	for _, in := range []string{
		"", "2020-01-01", "2020-01-01T00:00:00", "2020-01-01T00:00Z", "2020-01-01T00:00:61Z", "2020-01-01T00:00:00.Z", "2020-01-01T24:00:00Z", "2020-02-30T00:00:00Z", "2020-13-01T00:00:00Z",
		"2020-01-01T00:00:00+02", "2020-01-01T00:00:00+02:0", "2020-01-01T00:00:00+2:00", "2020-01-01 T00:00:00Z", "2020-01-01T00:00:00+ 02:00", "2020-01-01T00:00:00+25:00", "2020-01-01T00:00:00,5Z", "2020-01-01_00:00:00Z", "2020-01-01T00:00:00Zx", "20200-01-01T00:00:00Z", "not a date",
	} {
		if got, ok := ParseTime([]byte(in)); ok {
			t.Errorf("%q: %v", in, got)
		}
	}
}
