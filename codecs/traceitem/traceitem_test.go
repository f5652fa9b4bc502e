package traceitem_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/record"
	"weir/codecs/traceitem"
)

// protoJSON is a trace item in the JSON form of protobuf.
type protoJSON struct {
	OrganizationID, ProjectID, TraceID string
	ItemID                             []byte
	ItemType                           string
	Timestamp, Received                time.Time
	Attributes                         map[string]anyJSON
	ClientSampleRate                   float64
	RetentionDays                      uint16
	DownsampledRetentionDays           uint16
	Outcomes                           *struct {
		CategoryCount []struct {
			DataCategory int
			Quantity     string
		}
		KeyID string
	}
}

type anyJSON struct {
	StringValue *string
	BoolValue   *bool
	IntValue    *string
	DoubleValue *float64
	ArrayValue  *struct{ Values []anyJSON }
}

func (a *anyJSON) value(d *event.Doc) *event.Value {
	switch {
	case a.StringValue != nil:
		return d.NewString(*a.StringValue)
	case a.BoolValue != nil:
		return d.NewBool(*a.BoolValue)
	case a.IntValue != nil:
		return d.NewNumber(*a.IntValue)
	case a.DoubleValue != nil:
		return d.NewFloat(*a.DoubleValue)
	case a.ArrayValue != nil:
		v := d.NewArray(len(a.ArrayValue.Values))
		for i := range a.ArrayValue.Values {
			v.Append(a.ArrayValue.Values[i].value(d))
		}
		return v
	}
	return d.NewNull()
}

func number(t *testing.T, s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func check(t *testing.T, name string, text json.RawMessage, want string) {
	t.Helper()
	var in protoJSON
	if err := json.Unmarshal(text, &in); err != nil {
		t.Fatal(err)
	}
	d := event.New()
	defer d.Release()
	it := traceitem.Item{
		Org: dsn.OrgID(number(t, in.OrganizationID)), Project: dsn.ProjectID(number(t, in.ProjectID)), TraceID: in.TraceID, Timestamp: in.Timestamp, Received: in.Received,
		ClientRate: in.ClientSampleRate, Retention: project.Retention{Standard: in.RetentionDays, Downsampled: in.DownsampledRetentionDays},
		Type: map[string]traceitem.Type{"TRACE_ITEM_TYPE_LOG": traceitem.Log, "TRACE_ITEM_TYPE_METRIC": traceitem.Metric}[in.ItemType],
	}
	for i, c := range in.ItemID {
		it.ID[len(in.ItemID)-1-i] = c
	}
	if o := in.Outcomes; o != nil {
		it.Key = dsn.KeyID(number(t, o.KeyID))
		for _, c := range o.CategoryCount {
			it.Counts = append(it.Counts, outcome.Quantity{Category: outcome.Category(c.DataCategory), N: number(t, c.Quantity)})
		}
	}
	var b traceitem.Builder
	b.Reset(d)
	for name, a := range in.Attributes {
		b.Value(name, a.value(d))
	}
	if got := hex.EncodeToString(b.AppendMessage(nil, &it)); got != want {
		t.Errorf("%s:\n got %s\nwant %s", name, got, want)
	}
}

func TestMessages(t *testing.T) {
	var items map[string]json.RawMessage
	casefile.JSON(t, "testdata/trace_item.json", &items)
	for _, name := range []string{"log", "trace_metric"} {
		var v struct {
			JSON json.RawMessage
			Hex  string
		}
		if err := json.Unmarshal(items[name], &v); err != nil {
			t.Fatal(err)
		}
		check(t, name, v.JSON, v.Hex)
	}
	var kafka struct {
		Messages []struct {
			Headers map[string]string
			Value   json.RawMessage `json:"value_proto_json"`
			Hex     string          `json:"value_hex"`
		}
	}
	casefile.JSON(t, "testdata/kafka.json", &kafka)
	for _, m := range kafka.Messages {
		if kind := m.Headers["item_type"]; kind == traceitem.Log.String() || kind == traceitem.Metric.String() {
			check(t, "kafka "+kind, m.Value, m.Hex)
		}
	}
}

// TestOverwriting: fields win over attributes of the same name, these over metadata.
func TestOverwriting(t *testing.T) {
	d := event.New()
	defer d.Release()
	v, err := d.ParseText(`{"timestamp":1.5,"attributes":{"sentry.body":{"type":"string","value":"spoof"},"n":{"type":"integer","value":18446744073709551615},"nul":null}}`)
	if err != nil {
		t.Fatal(err)
	}
	d.AddRemark(v.Get("timestamp"), event.Remark{Rule: "r", Type: 's'})
	var b traceitem.Builder
	b.Reset(d)
	b.Record(v)
	b.Log("info", "real")
	b.Fields(v, 7)
	m := b.AppendMessage(nil, &traceitem.Item{Type: traceitem.Log})
	for text, there := range map[string]bool{"real": true, "spoof": false, `{"meta":{"":{"rem":[["r","s"]]}}}`: true, "nul": false, "sentry.timestamp_precise": true} {
		if bytes.Contains(m, []byte(text)) != there {
			t.Errorf("%q: %q", text, m)
		}
	}
}

func TestID(t *testing.T) {
	at := time.UnixMilli(0x0123456789AB)
	id := traceitem.ID(at, [16]byte{6: 0xFF, 7: 1, 8: 0xFF, 15: 2})
	if want := (envelope.EventID{1, 0x23, 0x45, 0x67, 0x89, 0xAB, 0x7F, 1, 0xBF, 15: 2}); id != want {
		t.Errorf("%x, want %x", id, want)
	}
}

// FuzzRecord: whatever a record says, its message is one that can be read, with attributes in order.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"timestamp":1.5,"span_id":"eee19b7ec3c1b174","attributes":{"a":{"value":[1,null,"x",[2],{"a":1}]},"b":{"value":1e300},"":{"value":""}},"_meta":{"attributes":{"a":{"":{"err":["x"]}}}}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		d := event.New()
		defer d.Release()
		v, err := d.ParseText(string(in))
		if err != nil {
			return
		}
		record.Log.Open(d, v, func(string) [16]byte { return [16]byte{1} })
		var b traceitem.Builder
		b.Reset(d)
		b.Record(v)
		b.Fields(v, 1)
		last, first := "", true
		for rest := b.AppendMessage(nil, &traceitem.Item{Org: 1, TraceID: "x", Type: traceitem.Log, Counts: []outcome.Quantity{{Category: 23, N: 1}}}); len(rest) > 0; {
			field, body, after := next(t, rest)
			rest = after
			if field != 7 {
				continue
			}
			_, name, more := next(t, body)
			for len(more) > 0 {
				_, _, more = next(t, more)
			}
			if !first && string(name) <= last {
				t.Errorf("%q stands behind %q", name, last)
			}
			last, first = string(name), false
		}
	})
}

// next reads one field.
func next(t *testing.T, b []byte) (field uint64, body, rest []byte) {
	tag, n := binary.Uvarint(b)
	if n <= 0 {
		t.Fatalf("no tag: %x", b)
	}
	b = b[n:]
	size := 8
	switch tag & 7 {
	case 0:
		_, size = binary.Uvarint(b)
	case 2:
		length, n := binary.Uvarint(b)
		if n <= 0 || uint64(len(b)-n) < length {
			t.Fatalf("no length: %x", b)
		}
		return tag >> 3, b[n : n+int(length)], b[n+int(length):]
	}
	if size <= 0 || size > len(b) {
		t.Fatalf("no number: %x", b)
	}
	return tag >> 3, nil, b[size:]
}
