package main

import (
	"bytes"
	"strings"
	"testing"
)

// The demo shows every fate, accounts for every item and ends with 0.
func TestDemo(t *testing.T) {
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"weir", "dev", "--demo", "--once", "--port", "0"}, nil, strings.NewReader(""), &out, &errs)
	t.Log(out.String(), errs.String())
	if code != exitOK {
		t.Fatalf("exit %d", code)
	}
	for _, text := range []string{
		"accepted", "fields scrubbed", "filtered", "rate_limited", "the sender gets 429", "X-Sentry-Rate-Limits", "invalid invalid_json", "dead letter",
		"parked", "accepted after parking", "the sender gets 403", "the sender gets 400", "parked 0 + in flight 0", "Every item is accounted for",
	} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("the demo does not show %q", text)
		}
	}
	for _, sdk := range []string{"sentry.javascript.browser", "sentry.javascript.node", "sentry.python", "sentry.go", "sentry.rust", "sentry.java", "sentry-cli", "curl"} {
		if !strings.Contains(out.String(), sdk) {
			t.Errorf("the demo has nothing of %s", sdk)
		}
	}
}
