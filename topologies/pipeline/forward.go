package pipeline

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"weir/codecs/clientreport"
	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/jsontext"
	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/codecs/raw"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/stage"
	"weir/topologies/rawrecord"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Forward says how records reach the forward group.
type Forward struct {
	// Reports says in what form outcomes travel (pipeline 7.9).
	Reports Reports
	// Upstream is what the DSN of envelopes of our own has for scheme, host and port.
	Upstream dsn.DSN
	// Client is the client of envelopes of our own, name/version.
	Client string
	// Blobs takes bodies that are too large for one record.
	Blobs BlobWriter
	// MaxBody is the largest body in bytes that goes on as one record.
	MaxBody int
}

// BlobWriter writes large bodies; blobs.Writer implements it.
type BlobWriter interface {
	Write(ctx context.Context, out producer.Sink, receipt raw.ReceiptID, body []byte) (*raw.Manifest, error)
}

// Reports is a form of outcomes for an upstream.
type Reports uint8

// The forms of outcomes.emit_outcomes.
const (
	NoReports     Reports = iota
	ClientReports         // as an SDK reports what it has dropped
	Buckets               // counters, which an upstream takes from relays that it trusts
)

// onward puts what is left of a record on the forward topic.
func (b *batch) onward(ctx context.Context, j *job, it *stage.Item[*raw.Record]) error {
	e := j.result.Forward
	if e == nil || len(e.Items) == 0 || j.end == endDead {
		return nil
	}
	rec := raw.Record{Receipt: j.rec.Receipt, EventID: j.rec.EventID, ReceivedAt: j.rec.ReceivedAt, Key: j.rec.Key, Project: j.result.Scope.Project, ByKey: true,
		Items: len(e.Items), Body: j.rec.Body, Manifest: j.rec.Manifest}
	if !j.result.Untouched {
		rec.Body, rec.Manifest = e.AppendTo(make([]byte, 0, e.Size())), nil
	}
	if rec.Manifest == nil && len(rec.Body) > b.cfg.Forward.MaxBody {
		manifest, err := b.cfg.Forward.Blobs.Write(ctx, b.out, rec.Receipt, rec.Body)
		if err != nil {
			return err // the batch is repeated
		}
		rec.Manifest, rec.Body = manifest, nil
	}
	it.Out = append(it.Out, rawrecord.Encode(b.cfg.Names.Forward, &rec))
	return nil
}

// left takes what goes on out of the effect on the ledger: the forward group enters how it ends.
func left(e *ledger.Effect) {
	e.Items.Received -= e.Items.Accepted
	e.Items.Accepted = 0
	e.Counts = slices.DeleteFunc(e.Counts, func(c ledger.Count) bool { return c.ID == outcome.Accepted })
	e.Parked = true
}

// reports makes one envelope for each public key out of aggregated outcomes. Nobody has sent them, so by their facts they have no items.
func (p *Pipeline) reports(dst []kgo.Record, tallies []outcome.Tally, covers Cover) []kgo.Record {
	f := p.cfg.Forward
	if f.Reports == NoReports {
		return dst
	}
	by := map[route][]outcome.Tally{}
	var order []route
	for _, t := range tallies {
		r := route{covers.source, t.Scope.Key, t.Scope.Project}
		if by[r] == nil {
			order = append(order, r)
		}
		by[r] = append(by[r], t)
	}
	now := p.cfg.Clock()
	id, _ := covers.bytes() // zero: none
	for _, r := range order {
		e := envelope.Envelope{Header: envelope.Header{Version: 7, Client: f.Client, DSN: new(dsn.DSN)}}
		*e.Header.DSN = f.Upstream
		e.Header.DSN.Key, e.Header.DSN.Project = r.key, r.project
		if f.Reports == Buckets {
			e.Items = bucketItems(by[r], p.cfg.Outcomes.Source)
		} else {
			e.Items = reportItems(by[r])
		}
		if len(e.Items) == 0 {
			continue
		}
		rec := raw.Record{Receipt: raw.NewReceipt(now, [10]byte{}), ReceivedAt: now, Key: r.key, Project: r.project, ByKey: true, Covers: id, Body: e.AppendTo(nil)}
		dst = append(dst, rawrecord.Encode(p.cfg.Names.Forward, &rec))
	}
	return dst
}

// reportItems makes a client report of every time slot.
func reportItems(tallies []outcome.Tally) (items []envelope.Item) {
	slots := map[int64]*clientreport.Report{}
	var order []int64
	for _, t := range tallies {
		entry, ok := clientreport.EntryOf(t.ID, outcome.Reason(told(t.Reason)), t.Category, t.Quantity)
		if !ok || t.Category == outcome.Unknown {
			continue
		}
		at := t.Timestamp.Unix()
		if slots[at] == nil {
			slots[at] = &clientreport.Report{Timestamp: t.Timestamp}
			order = append(order, at)
		}
		slots[at].Entries = append(slots[at].Entries, entry)
	}
	for _, at := range order {
		items = append(items, jsonItem(envelope.TypeClientReport, slots[at].AppendTo(nil)))
	}
	return items
}

// bucketItems makes one item of counters (edge 12.8).
func bucketItems(tallies []outcome.Tally, source string) []envelope.Item {
	b := []byte{'['}
	for i, t := range tallies {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, `{"timestamp":`...), t.Timestamp.Unix(), 10)
		b = append(append(append(b, `,"width":0,"name":"c:outcomes/`...), t.ID.String()...), `@none","type":"c","value":`...)
		b = append(strconv.AppendUint(b, t.Quantity, 10), `,"tags":{`...)
		sep := ""
		for _, tag := range [...][2]string{{"category", category(t.Category)}, {"reason", told(t.Reason)}, {"source", cmp.Or(t.Source, source)}} {
			if tag[1] != "" {
				b = append(append(b, sep...), '"')
				b = append(append(b, tag[0]...), `":`...)
				b = jsontext.AppendString(b, tag[1])
				sep = ","
			}
		}
		b = append(b, "}}"...)
	}
	return []envelope.Item{jsonItem(envelope.TypeMetricBuckets, append(b, ']'))}
}

// told is a reason as messages tell it: nothing of one that is too long (pipeline 7.5).
func told(r outcome.Reason) string {
	if r == tooLong {
		return ""
	}
	return r.Text()
}

// category is the number of a category as text, empty when it is not known.
func category(c outcome.Category) string {
	if c == outcome.Unknown {
		return ""
	}
	return strconv.Itoa(int(c))
}

func jsonItem(itemType string, payload []byte) envelope.Item {
	return envelope.Item{Type: itemType, ContentType: envelope.ContentJSON, Length: len(payload), Payload: payload}
}
