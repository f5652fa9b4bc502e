package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"weir/codecs/dsn"
)

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a b → ü": "a b → ü", "a\x1b[2J\nb\t\x00": `a\x1b[2J\nb\t\x00`, "\u202ecod.exe": `\u202ecod.exe`, "a\u009bb": `a\u009bb`, "\xff": "\ufffd",
	} {
		if got := printable(text); got != want && utf8.ValidString(text) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Texts that senders choose are on the lines of what they belong to, and nothing but text.
func TestHostileTexts(t *testing.T) {
	const bad = "x\x1b[2J\r\n\u202ey"
	ended := verdict{Outcome: "client_discard", Reason: bad}
	story := traceDocument{ID: "1", Envelopes: []traceEnvelope{{
		Receipt:     "2",
		Sender:      &traceSender{Client: bad, RemoteAddr: bad, ForwardedFor: bad + "z", UserAgent: bad, Origin: bad, Items: []string{bad, "event"}},
		Discards:    []tryOutcome{{"invalid", bad, "error", 1}},
		Ledger:      []traceLedger{{Counts: []statusCount{{Outcome: "client_discard", Reason: bad, Category: "error", Quantity: 1}}}},
		DeadLetters: []traceLetter{{Step: "scrub", Reason: "step_panic", Detail: bad}},
		Trail:       []stepView{{Step: "filter", Verdict: "drop", Outcome: "filtered", Reason: bad, Changes: []change{{Path: bad}}}},
		Items:       []traceItem{{Type: bad, Name: bad, Verdict: ended}},
		Outcomes:    []traceOutcome{{tryOutcome: tryOutcome{"client_discard", bad, "error", 1}}},
		Dead:        []tryDead{{"scrub", "step_panic", bad}},
	}, {Problem: bad}}}
	tried := backtestDocument{Keys: []dsn.PublicKey{"a"}, Outcomes: []backtestOutcome{{"client_discard", bad, "error", 1, 2}},
		Dropped:       []backtestDropped{{"client_discard", bad, "error", 1, 1, []string{"1"}}},
		NewlyScrubbed: []backtestFieldRow{{bad, []string{bad}, 1, []string{"1"}}}}
	row := tapRow{Type: bad, ID: bad, Text: bad, Size: 1, Outcome: "client_discard", Reason: bad}
	var out bytes.Buffer
	if err := story.print(&out, false, true); err != nil {
		t.Fatal(err)
	}
	if err := tried.print(&out, false); err != nil {
		t.Fatal(err)
	}
	row.print(&out, false)
	for _, r := range out.String() {
		if r != '\n' && unicode.IsControl(r) || r == '\u202e' {
			t.Fatalf("%q is in %q", r, &out)
		}
	}
	if n, want := strings.Count(out.String(), `x\x1b[2J\r\n\u202ey`), 25; n != want {
		t.Errorf("%d texts of %d are there\n%s", n, want, &out)
	}
}
