package outcome_test

import (
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/outcome"
)

func TestMessages(t *testing.T) {
	var file struct {
		Messages []struct {
			Topic string `json:"topic_config_key"`
			JSON  string `json:"value_json"`
		}
	}
	casefile.JSON(t, "testdata/outcomes.json", &file)
	if len(file.Messages) == 0 {
		t.Fatal("no messages")
	}
	for _, m := range file.Messages {
		tally, source, err := outcome.ParseMessage([]byte(m.JSON))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(outcome.AppendMessage(nil, tally, source)); got != m.JSON {
			t.Errorf("%s\nwant %s", got, m.JSON)
		}
		if billing := tally.ID.Billing(); billing != (m.Topic == "outcomes_billing") {
			t.Errorf("%s: billing %v", m.JSON, billing)
		}
	}
}

func TestMessageMembers(t *testing.T) {
	at := time.Date(2026, 10, 8, 14, 32, 10, 999_999_999, time.FixedZone("", 7200))
	for want, tally := range map[string]outcome.Tally{
		`{"timestamp":"2026-10-08T12:32:10.999999Z","project_id":0,"outcome":5,"reason":"a\"\\\n<é>","category":1,"quantity":18446744073709551615}`: {
			Timestamp: at, ID: outcome.ClientDiscard, Reason: "a\"\\\n<é>", Category: outcome.Error, Quantity: 1<<64 - 1},
		`{"timestamp":"2026-10-08T12:32:10.999999Z","project_id":0,"outcome":1,"quantity":0}`: {
			Timestamp: at, ID: outcome.Filtered, Reason: outcome.Reason(strings.Repeat("é", outcome.MaxReason+1)), Category: outcome.Unknown},
		`{"timestamp":"2026-10-08T12:32:10.999999Z","project_id":0,"outcome":0,"reason":"` + strings.Repeat("é", outcome.MaxReason) + `","category":0,"quantity":0}`: {
			Timestamp: at, Reason: outcome.Reason(strings.Repeat("é", outcome.MaxReason))},
		`{"timestamp":"2026-10-08T12:32:10.999999Z","project_id":0,"outcome":2,"reason":"","category":0,"quantity":0}`: {
			Timestamp: at, ID: outcome.RateLimited, Reason: outcome.Blank},
		`{"timestamp":"2026-10-08T12:32:10.999999Z","project_id":0,"outcome":2,"category":0,"quantity":0}`: {
			Timestamp: at, ID: outcome.RateLimited},
	} {
		got := outcome.AppendMessage(nil, tally, "")
		if string(got) != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		if read, _, err := outcome.ParseMessage(got); err != nil || read.Reason != tally.Reason.Told() {
			t.Errorf("%s: %q is not %q, %v", got, read.Reason, tally.Reason.Told(), err)
		}
	}
}

func FuzzParseMessage(f *testing.F) {
	f.Add([]byte(`{"timestamp":"2026-10-08T12:32:10.000000Z","org_id":1,"project_id":42,"key_id":123,"outcome":3,"reason":"cors","source":"weir","category":1,"quantity":1}`))
	f.Add([]byte(`{"timestamp":"2026-10-08T12:32:10Z"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		tally, source, err := outcome.ParseMessage(b)
		if err != nil || tally.Timestamp.Year() > 9999 || len(tally.Reason) > outcome.MaxReason {
			return
		}
		again, source2, err := outcome.ParseMessage(outcome.AppendMessage(nil, tally, source))
		again.Timestamp, tally.Timestamp = again.Timestamp.Truncate(time.Microsecond), tally.Timestamp.Truncate(time.Microsecond)
		if tally.Category < 0 {
			again.Category = tally.Category // other unknown numbers are not written
		}
		if err != nil || source != source2 || !reflect.DeepEqual(tally, again) {
			t.Fatalf("%+v %q becomes %+v %q, %v", tally, source, again, source2, err)
		}
	})
}

// TestCategories compares with categories.tsv of the contract.
func TestCategories(t *testing.T) {
	b, err := os.ReadFile("testdata/categories.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(string(b)), "\n")[1:]
	if len(rows) < len(outcome.AllCategories) {
		t.Fatalf("%d rows", len(rows))
	}
	units := map[string]outcome.Unit{"count": outcome.Count, "bytes": outcome.Bytes, "milliseconds": outcome.Milliseconds}
	known := 0
	for _, row := range rows {
		f := strings.Split(row, "\t")
		n, err := strconv.Atoi(f[0])
		if err != nil || n < 0 {
			continue // the row of unknown names
		}
		c := outcome.AllCategories[known]
		known++
		if int(c) != n || c.String() != f[1] || outcome.ParseCategory(f[1]) != c || c.Unit() != units[f[3]] {
			t.Errorf("%d %s %v, want %s", c, c, c.Unit(), row)
		}
		for alias := range strings.SplitSeq(f[2], ",") {
			if alias = strings.TrimSpace(alias); alias != "" && outcome.ParseCategory(alias) != c {
				t.Errorf("%s is %s, want %s", alias, outcome.ParseCategory(alias), c)
			}
		}
		indexed, ok := c.Indexed()
		if ok != (f[4] != "") || ok && indexed.String() != f[4] {
			t.Errorf("%s: indexed %v %v, want %q", c, indexed, ok, f[4])
		}
	}
	if known != len(outcome.AllCategories) {
		t.Errorf("%d categories, want %d", len(outcome.AllCategories), known)
	}
	if outcome.ParseCategory("zebra") != outcome.Unknown || outcome.Unknown.String() != "unknown" || outcome.Category(39).String() != "unknown" {
		t.Error("unknown categories")
	}
}

func TestIDs(t *testing.T) {
	for i, id := range outcome.AllIDs {
		if int(id) != i || id.String() == "unknown" {
			t.Errorf("%d: %d %s", i, id, id)
		}
	}
	if outcome.ID(7).String() != "unknown" {
		t.Error("id 7")
	}
}

// A reason that a client sends is told as it is, also where it is nothing but a control character.
func TestReasonsOfClients(t *testing.T) {
	at := time.Unix(1_790_000_000, 0)
	for reason, want := range map[outcome.Reason]string{"\x00": `,"reason":"\u0000"`, outcome.Blank: `,"reason":""`, "": ""} {
		got := string(outcome.AppendMessage(nil, outcome.Tally{Timestamp: at, ID: outcome.RateLimited, Reason: reason, Category: outcome.Error, Quantity: 1}, ""))
		if got != `{"timestamp":"2026-09-21T14:13:20.000000Z","project_id":0,"outcome":2`+want+`,"category":1,"quantity":1}` {
			t.Errorf("%q: %s", reason, got)
		}
	}
}
