package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"weir/codecs/deadletter"
	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/ingest"
	"weir/codecs/outcome"
	"weir/codecs/raw"
	"weir/topologies/rawrecord"
)

// tapRow is one item on a topic.
type tapRow struct {
	Record  recordID      `json:"record"`
	At      time.Time     `json:"at"`
	Project dsn.ProjectID `json:"project,omitempty"`
	Key     dsn.PublicKey `json:"key,omitempty"`
	Type    string        `json:"type"`
	ID      string        `json:"id,omitempty"`
	Outcome string        `json:"outcome,omitempty"`
	Reason  string        `json:"reason,omitempty"`
	Size    int           `json:"size,omitempty"`
	Text    string        `json:"-"` // what else there is to say in a line
	Whole   bool          `json:"-"` // with --json the record is printed once, not once an item
	Value   any           `json:"value,omitempty"`
}

// recordID are the coordinates of a record.
type recordID struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// opener makes rows of a record.
type opener func(*kgo.Record) []tapRow

func (f *tapFilter) wants(r *tapRow) bool {
	return (f.project == 0 || r.Project == f.project) && (f.key == "" || r.Key == f.key) &&
		(f.types == nil || slices.Contains(f.types, r.Type)) && (f.outcome == "" || r.Outcome == f.outcome)
}

// openRaw makes a row of every item of an envelope.
func openRaw(r *kgo.Record) []tapRow {
	rec := rawrecord.Decode(r)
	return rawRows(rec, r.Timestamp)
}

func rawRows(rec *raw.Record, written time.Time) []tapRow {
	base := tapRow{At: rec.ReceivedAt, Project: rec.Project, Key: rec.Key, ID: rec.Receipt.String(), Whole: true}
	if !rec.EventID.IsNil() {
		base.ID = rec.EventID.String()
	}
	if rec.Err != nil {
		base.At, base.Type, base.Text, base.Size = written, "?", rec.Err.Error(), len(rec.Body)
		return []tapRow{base}
	}
	if rec.Manifest != nil {
		base.Type, base.Size, base.Text = "envelope", rec.Manifest.Length, fmt.Sprintf("%d items in %d chunks", rec.Items, len(rec.Manifest.Offsets))
		return []tapRow{base}
	}
	e, err := envelope.Parse(rec.Body)
	if err != nil {
		base.Type, base.Text, base.Size = "?", err.Error(), len(rec.Body)
		return []tapRow{base}
	}
	var rows []tapRow
	for i := range e.Items {
		it := &e.Items[i]
		row := base
		row.Type, row.Size = it.Type, len(it.Payload)
		row.Text = strings.TrimSpace(it.Filename + " " + e.Header.Client)
		rows = append(rows, row)
	}
	for _, d := range rec.Discards {
		row := base
		row.Type, row.Outcome, row.Reason = d.Category.String(), d.ID.String(), d.Reason.Text()
		row.Text = fmt.Sprintf("%d discarded by the edge", d.Quantity)
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		base.Type, base.Text = "envelope", "no items"
		rows = append(rows, base)
	}
	return rows
}

// openDeadLetter makes rows of the items in the original of a dead letter.
func openDeadLetter(r *kgo.Record) []tapRow {
	l, err := deadletter.Decode(r.Value)
	if err != nil {
		return []tapRow{{At: r.Timestamp, Type: "?", Text: err.Error(), Size: len(r.Value), Whole: true}}
	}
	why, _, _ := strings.Cut(l.Detail, "\n")
	rows := rawRows(raw.Decode(l.Key, l.Value, l.Headers), l.At)
	for i := range rows {
		rows[i].At, rows[i].Reason = l.At, l.Reason.Text()
		rows[i].Text = strings.TrimSpace(fmt.Sprintf("%s %s/%d@%d %s", l.Step, l.Topic, l.Partition, l.Offset, why))
	}
	return rows
}

// openOutcome makes a row of an outcome message.
func openOutcome(r *kgo.Record) []tapRow {
	t, source, err := outcome.ParseMessage(r.Value)
	if err != nil {
		return []tapRow{{At: r.Timestamp, Type: "?", Text: err.Error(), Size: len(r.Value)}}
	}
	row := tapRow{At: t.Timestamp, Project: t.Scope.Project, Type: t.Category.String(), Outcome: t.ID.String(), Reason: string(t.Reason), Text: "×" + strconv.FormatUint(t.Quantity, 10)}
	if source != "" {
		row.Text += " from " + source
	}
	return []tapRow{row}
}

// openIngest makes a row of a message on one of the ingest topics.
func openIngest(r *kgo.Record) []tapRow {
	row := tapRow{At: r.Timestamp, Type: strings.TrimPrefix(r.Topic, "ingest-"), Size: len(r.Value), Text: r.Topic}
	for _, h := range r.Headers {
		if h.Key == "project_id" {
			row.Project, _ = dsn.ParseProjectID(string(h.Value))
		}
	}
	value, err := decodeMessage(r.Value)
	var m struct {
		Type      string        `json:"type"`
		ProjectID dsn.ProjectID `json:"project_id"`
		EventID   string        `json:"event_id"`
		ReplayID  string        `json:"replay_id"`
		SpanID    string        `json:"span_id"`
		Name      string        `json:"name"`
		Payload   struct {
			Type        string `json:"type"`
			Level       string `json:"level"`
			Transaction string `json:"transaction"`
			Logentry    struct{ Formatted, Message string }
			Exception   struct {
				Values []struct{ Type, Value string }
			}
			Slug   string `json:"monitor_slug"`
			Status string `json:"status"`
		} `json:"payload"`
		Attachment struct{ Name string } `json:"attachment"`
	}
	if text, merr := json.Marshal(value); err == nil && merr == nil && r.Topic != ingest.Items.DefaultName() {
		_ = json.Unmarshal(text, &m) // what does not fit stays empty
	}
	row.Type, row.ID = first(m.Type, row.Type), first(m.EventID, m.ReplayID, m.SpanID)
	if m.ProjectID != 0 {
		row.Project = m.ProjectID
	}
	p := m.Payload
	text := first(p.Logentry.Formatted, p.Logentry.Message, p.Slug, m.Attachment.Name, m.Name)
	if n := len(p.Exception.Values); n > 0 {
		text = strings.TrimSuffix(p.Exception.Values[n-1].Type+": "+p.Exception.Values[n-1].Value, ": ")
	}
	if p.Type == "transaction" {
		text = first(p.Transaction, text)
	}
	if row.Type == "event" {
		row.Type = first(p.Type, row.Type)
	}
	if text = strings.Join(strings.Fields(strings.Join([]string{p.Level, p.Status, text}, " ")), " "); text != "" {
		row.Text += "  " + text
	}
	return []tapRow{row}
}

// whole adds the record's content.
func (r tapRow) whole(rec *kgo.Record) tapRow {
	value, err := decodeMessage(rec.Value)
	if err != nil {
		value = rec.Value
	}
	if b, ok := value.([]byte); ok && json.Valid([]byte(strconv.Quote(string(b)))) {
		value = string(b) // envelopes and dead letters are mostly text
	}
	r.Value = value
	return r
}

// maxTapText bounds the free text of a line.
const maxTapText = 100

// print writes the row as a line. Errors show when w is flushed.
func (r tapRow) print(w io.Writer, p paint) {
	text := printable(r.Text)
	if len([]rune(text)) > maxTapText {
		text = string([]rune(text)[:maxTapText-1]) + "…"
	}
	end := ""
	switch r.Outcome {
	case "":
	case "accepted":
		end = p.green(r.Outcome) + " "
	default:
		end = p.yellow(endText(r.Outcome, r.Reason)) + " "
	}
	if r.Outcome == "" && r.Reason != "" {
		end = p.red(printable(r.Reason)) + " "
	}
	project := "-"
	if r.Project != 0 {
		project = r.Project.String()
	} else if r.Key != "" {
		project = string(r.Key[:8]) + "…"
	}
	size := ""
	if r.Size > 0 {
		size = strconv.Itoa(r.Size) + " B"
	}
	id := ""
	if r.Size > 0 {
		id = fmt.Sprintf("%-32s %9s  ", printable(orDash(r.ID)), size)
	}
	line := fmt.Sprintf("%s  %-10s %s  %s%s%s", p.dim(r.At.UTC().Format("15:04:05.000")), project, p.cyan(fmt.Sprintf("%-17s", printable(r.Type))), id, end, text)
	fmt.Fprintln(w, strings.TrimRight(line, " "))
}
