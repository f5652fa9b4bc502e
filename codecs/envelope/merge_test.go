package envelope_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
)

const testKey dsn.PublicKey = "e12d836b15bb49d7bbf99e64295d995b"

func fullRequest() envelope.Request {
	return envelope.Request{
		DSN:          dsn.DSN{Scheme: "https", Host: "up.example", Key: testKey, Project: 42},
		Client:       "sentry.python/2.75.0",
		Version:      7,
		RemoteAddr:   "10.0.0.9",
		ForwardedFor: "1.1.1.1, 10.0.0.9",
		UserAgent:    "Mozilla/5.0",
		ClientHints:  envelope.ClientHints{UA: `"Chromium";v="156"`, Platform: `"macOS"`},
	}
}

func header(t *testing.T, text string) envelope.Header {
	t.Helper()
	h, err := envelope.ParseHeader([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestMergeHeaderWins(t *testing.T) {
	h := header(t, `{"client":"c","version":6,"origin":"http://a.b","remote_addr":"::1","forwarded_for":"9.9.9.9","user_agent":"",
"client_hints":{"sec_ch_ua":"ua","sec_ch_ua_model":null},"dsn":"http://`+string(testKey)+`@other/42"}`)
	req := fullRequest()
	req.Origin, req.NoCache = "http://a.b/", true
	if err := envelope.Merge(&h, req); err != nil {
		t.Fatal(err)
	}
	const want = `{"dsn":"https://` + string(testKey) + `:@up.example/42","client":"c","version":6,"origin":"http://a.b/","remote_addr":"::1",` +
		`"forwarded_for":"9.9.9.9","user_agent":"","client_hints":{"sec_ch_ua_platform":"\"macOS\"","sec_ch_ua":"ua"},"no_cache":true}`
	if got := string(h.AppendTo(nil)); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestMergeRequestFillsGaps(t *testing.T) {
	h := header(t, `{"forwarded_for":"","user_agent":null,"client":null}`)
	req := fullRequest()
	req.Version, req.Origin = 5, "http://a.b/"
	if err := envelope.Merge(&h, req); err != nil {
		t.Fatal(err)
	}
	want := envelope.Header{
		DSN: &req.DSN, Client: req.Client, Version: 5, Origin: req.Origin, RemoteAddr: req.RemoteAddr, ForwardedFor: req.ForwardedFor,
		UserAgent: req.UserAgent, ClientHints: req.ClientHints,
	}
	if !reflect.DeepEqual(h, want) {
		t.Errorf("%+v\nwant %+v", h, want)
	}
}

// A text that is there and empty is not filled up, and is written again.
func TestMergeEmpty(t *testing.T) {
	const all = `"client":"","user_agent":"","client_hints":{"sec_ch_ua_platform":"","sec_ch_ua_platform_version":"","sec_ch_ua":"","sec_ch_ua_model":""}`
	for text, want := range map[string]string{
		"{" + all + "}": all,
		`{"client":"","user_agent":"","client_hints":["","","",""]}`: all,
		`{"client_hints":["p",null,"",null]}`:                        `"client":"sentry.python/2.75.0","user_agent":"Mozilla/5.0","client_hints":{"sec_ch_ua_platform":"p","sec_ch_ua":"","sec_ch_ua_model":""}`,
	} {
		h, req := header(t, text), fullRequest()
		req.Empty = envelope.EmptyHintModel
		if err := envelope.Merge(&h, req); err != nil {
			t.Fatal(err)
		}
		h.DSN, h.Version, h.RemoteAddr, h.ForwardedFor = nil, 7, "", ""
		got := string(h.AppendTo(nil))
		if want = strings.Replace("{"+want+"}", `,"user_agent"`, `,"version":7,"user_agent"`, 1); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestMergeMismatch(t *testing.T) {
	const key, other = string(testKey), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	for _, c := range []struct {
		name, header string
		change       func(*envelope.Request)
		cause        string
	}{
		{"same", `{"dsn":"http://` + key + `@x/42","origin":"HTTP://A.b:80"}`, func(r *envelope.Request) { r.Origin = "http://a.b/" }, ""},
		{"origin", `{"origin":"http://a.b"}`, func(r *envelope.Request) { r.Origin = "http://a.b:81/" }, envelope.CauseOriginMismatch},
		{"origin, none in the request", `{"origin":"http://a.b"}`, func(*envelope.Request) {}, envelope.CauseOriginMismatch},
		{"origin, none in the request, auth from header", `{"origin":"http://a.b"}`, func(r *envelope.Request) { r.FromHeader = true }, ""},
		{"origin before project", `{"origin":"http://a.b","dsn":"http://` + key + `@x/1"}`, func(*envelope.Request) {}, envelope.CauseOriginMismatch},
		{"project before key", `{"dsn":"http://` + other + `@x/1"}`, func(*envelope.Request) {}, envelope.CauseProjectMismatch},
		{"key", `{"dsn":"http://` + other + `@x/42"}`, func(*envelope.Request) {}, envelope.CauseKeyMismatch},
		{"request without project", `{"dsn":"http://` + key + `@x/42"}`, func(r *envelope.Request) { r.AnyProject, r.DSN.Project = true, 0 }, envelope.CauseProjectMismatch},
		{"request without project, no dsn", `{}`, func(r *envelope.Request) { r.AnyProject, r.DSN.Project = true, 0 }, ""},
	} {
		h, req := header(t, c.header), fullRequest()
		c.change(&req)
		err := envelope.Merge(&h, req)
		var fault *envelope.Error
		switch {
		case c.cause == "" && err != nil, c.cause != "" && (!errors.As(err, &fault) || fault.Cause != c.cause):
			t.Errorf("%s: %v, want %q", c.name, err, c.cause)
		}
	}
}

func TestRequestOrigin(t *testing.T) {
	for _, c := range [][3]string{
		{"https://a.com", "https://b.com/x", "https://a.com/"},
		{"null", "https://b.com/x", "https://b.com/x"},
		{"file://x", "", ""},
		{"", "not a url", ""},
	} {
		if got := envelope.RequestOrigin(c[0], c[1]); got != c[2] {
			t.Errorf("RequestOrigin(%q, %q) = %q, want %q", c[0], c[1], got, c[2])
		}
	}
}
