package pipeline

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/codecs/raw"
	"weir/codecs/topic"
	"weir/processors/chain"
	"weir/topologies/kafka/stage"
	"weir/topologies/rawrecord"
)

// In what form outcomes reach an upstream, by mode (pipeline 7.9): each with what a mode loses, and all of them counted in the ledger.
func TestEmissionModes(t *testing.T) {
	at := time.Unix(1_790_000_003, 0).UTC()
	const a, b = dsn.PublicKey("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), dsn.PublicKey("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")
	tally := func(k dsn.PublicKey, id outcome.ID, reason outcome.Reason, c outcome.Category, n uint64) tallied {
		return tallied{outcome.Tally{Scope: dsn.Scoping{Key: k, Project: 42}, Timestamp: at, ID: id, Reason: reason, Category: c, Quantity: n}, at}
	}
	long := outcome.Reason(strings.Repeat("x", outcome.MaxReason+1))
	given := []tallied{
		tally(a, outcome.Filtered, "localhost", outcome.Error, 1), tally(a, outcome.Filtered, "localhost", outcome.Error, 2),
		tally(a, outcome.Filtered, "Sampled:3000", outcome.TransactionIndexed, 4), tally(a, outcome.RateLimited, "get_lost", outcome.Error, 5),
		tally(a, outcome.RateLimited, "", outcome.Error, 6), tally(a, outcome.RateLimited, outcome.Blank, outcome.Span, 7), tally(a, outcome.RateLimited, long, outcome.Replay, 8),
		tally(a, outcome.ClientDiscard, "queue", outcome.Error, 9), tally(a, outcome.Invalid, "missing_signature", outcome.Error, 10),
		tally(a, outcome.Invalid, "cors", outcome.Error, 11), tally(a, outcome.Accepted, "", outcome.Span, 12), tally(a, outcome.ClientDiscard, "q", outcome.Unknown, 13),
		tally(b, outcome.Filtered, "x", outcome.Session, 14),
	}
	bucket := func(id, category, reason string, n int) string {
		tags := []string{}
		for _, tag := range [][2]string{{"category", category}, {"reason", reason}, {"source", "s"}} {
			if tag[1] != "" {
				tags = append(tags, fmt.Sprintf("%q:%q", tag[0], tag[1]))
			}
		}
		return fmt.Sprintf(`{"timestamp":1790000000,"width":0,"name":"c:outcomes/%s@none","type":"c","value":%d,"tags":{%s}}`, id, n, strings.Join(tags, ","))
	}
	for _, c := range []struct {
		name   string
		mode   Reports
		kind   string
		wantAB [2]string
	}{
		{"none", NoReports, "", [2]string{}},
		{"client reports", ClientReports, envelope.TypeClientReport, [2]string{
			`{"timestamp":1790000000,"discarded_events":[{"reason":"queue","category":"error","quantity":9},{"reason":"missing_signature","category":"error","quantity":10}],` +
				`"rate_limited_events":[{"reason":"get_lost","category":"error","quantity":5},{"reason":"","category":"error","quantity":6},{"reason":"","category":"span","quantity":7},{"reason":"","category":"replay","quantity":8}],` +
				`"filtered_events":[{"reason":"localhost","category":"error","quantity":3}],"filtered_sampling_events":[{"reason":"Sampled:3000","category":"transaction_indexed","quantity":4}]}`,
			`{"timestamp":1790000000,"discarded_events":[],"filtered_events":[{"reason":"x","category":"session","quantity":14}]}`}},
		{"buckets", Buckets, envelope.TypeMetricBuckets, [2]string{
			"[" + strings.Join([]string{bucket("filtered", "1", "localhost", 3), bucket("filtered", "9", "Sampled:3000", 4), bucket("rate_limited", "1", "get_lost", 5), bucket("rate_limited", "1", "", 6),
				bucket("rate_limited", "12", "", 7), bucket("rate_limited", "7", "", 8), bucket("client_discard", "1", "queue", 9), bucket("invalid", "1", "missing_signature", 10),
				bucket("invalid", "1", "cors", 11), bucket("accepted", "12", "", 12), bucket("client_discard", "", "q", 13)}, ",") + "]",
			"[" + bucket("filtered", "5", "x", 14) + "]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPipeline(t, &stub{}, func(chain.Input) (r chain.Result) { return r })
			p.cfg.Outcomes.Source, p.cfg.Names = "s", topic.NamesIn("t-")
			up, err := dsn.Parse("https://" + string(a) + "@sentry.example/1")
			if err != nil {
				t.Fatal(err)
			}
			p.cfg.Forward = &Forward{Reports: c.mode, Upstream: up, Client: "weir/1"}
			l := &late{entry: entry{offset: 5, key: a, hour: 7, effect: ledger.Effect{Items: ledger.Items{Received: 1, Discarded: 1}}}, tallies: given}
			var got [2]string
			envelopes, books := 0, 0
			s := newSeen(&p.cfg.Names, p.topics)
			reported := func(offset int64, k dsn.PublicKey) bool {
				one := tally(k, outcome.Filtered, "x", outcome.Error, 1)
				look := &batch{Pipeline: p, Batch: &stage.Batch[*raw.Record]{Topic: p.cfg.Names.Raw}}
				return look.counts(s, offset, &one)
			}
			last := &late{entry: entry{offset: 7, key: a, hour: 7, effect: ledger.Effect{Items: ledger.Items{Received: 1, Discarded: 1}}}}
			for _, r := range p.tail(p.cfg.Names.Raw, 0, []any{l, last}) {
				s.add(&r)
				if r.Topic == p.cfg.Names.Ledger {
					books++
					continue
				}
				rec := rawrecord.Decode(&r)
				e, err := envelope.Parse(rec.Body)
				if err != nil || r.Topic != p.cfg.Names.Forward || len(e.Items) != 1 || e.Items[0].Type != c.kind || rec.Project != 42 || e.Header.DSN == nil || e.Header.DSN.Key != rec.Key || e.Header.DSN.Project != 42 {
					t.Fatalf("%s: %+v, %v", r.Topic, e, err)
				}
				if rec.Receipt == (raw.ReceiptID{}) {
					t.Error("no receipt")
				}
				envelopes++
				if rec.Key == a {
					got[0] = string(e.Items[0].Payload)
				} else {
					got[1] = string(e.Items[0].Payload)
				}
			}
			if got != c.wantAB || books != 2 {
				t.Errorf("%d ledger records, %s\n%s\nwant %s\n%s", books, got[0], got[1], c.wantAB[0], c.wantAB[1])
			}
			// Who takes over finds what the upstream is told already.
			if told := c.mode != NoReports; reported(5, a) != told || reported(7, b) != told || reported(4, a) || reported(8, b) || reported(6, "c") {
				t.Error("not what was reported is found")
			}
			if want := 2; c.mode != NoReports && envelopes != want || c.mode == NoReports && envelopes != 0 {
				t.Errorf("%d envelopes", envelopes)
			}
		})
	}
}
