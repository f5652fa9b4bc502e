package clientreport

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/jsontext"
	"weir/codecs/outcome"
)

// Report is a parsed client report.
type Report struct {
	Timestamp time.Time // whole seconds; zero when absent: the receive time counts
	Entries   []Entry   // in the order of the lists below
}

// Entry is one row of one list.
type Entry struct {
	List     List
	Reason   string
	Category outcome.Category // Unknown for names that the contract does not have
	Quantity uint64
}

// List names the list of an entry.
type List uint8

// The lists, in the order in which their entries are reported.
const (
	Discarded List = iota
	RateLimited
	Filtered
	FilteredSampling
)

var listKeys = [...]string{"discarded_events", "rate_limited_events", "filtered_events", "filtered_sampling_events"}

// maxReason is the longest reason in bytes; entries with a longer one are ignored (pipeline 8).
const maxReason = 200

// Outcome returns what an entry counts as; false means that it is ignored.
func (e *Entry) Outcome() (outcome.ID, outcome.Reason, bool) {
	if len(e.Reason) > maxReason {
		return 0, "", false
	}
	switch e.List {
	case Discarded:
		return outcome.ClientDiscard, outcome.Reason(e.Reason), true
	case RateLimited:
		return outcome.RateLimited, outcome.Reason(e.Reason), true
	case Filtered:
		return outcome.Filtered, outcome.Reason(e.Reason), true
	}
	r, ok := outcome.MapSampled(e.Reason)
	return outcome.Filtered, r, ok
}

var errReport = errors.New("not a client report")

// Parse reads a payload. discarded_events is required, a wrong type anywhere fails.
func Parse(b []byte) (*Report, error) {
	rep := &Report{}
	var lists [len(listKeys)][]Entry
	required := false
	r := jsontext.NewReader(b, 0)
	if !r.Object() {
		return nil, errReport
	}
	for r.More() {
		key, v := string(r.Key()), r.Value()
		if v == nil {
			break
		}
		if key == "timestamp" {
			if err := rep.parseTimestamp(v); err != nil {
				return nil, err
			}
		}
		for l, name := range listKeys {
			if key != name {
				continue
			}
			entries, err := parseList(List(l), v)
			if err != nil {
				return nil, err
			}
			lists[l] = entries
			required = required || List(l) == Discarded
		}
	}
	if r.Err() != nil || jsontext.SkipSpace(b, r.Pos()) != len(b) || !required {
		return nil, errReport
	}
	for _, entries := range lists {
		rep.Entries = append(rep.Entries, entries...)
	}
	return rep, nil
}

func (rep *Report) parseTimestamp(v []byte) error {
	if jsontext.IsNull(v) {
		return nil
	}
	if text, ok := jsontext.Text(v); ok {
		t, ok := envelope.ParseTime(text)
		if !ok || t.Unix() < 0 {
			return fmt.Errorf("%w: timestamp", errReport)
		}
		rep.Timestamp = t.Truncate(time.Second)
		return nil
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || f < 0 || f >= math.MaxInt64 {
		return fmt.Errorf("%w: timestamp", errReport)
	}
	rep.Timestamp = time.Unix(int64(f), 0).UTC()
	return nil
}

func parseList(list List, v []byte) ([]Entry, error) {
	r := jsontext.NewReader(v, 0)
	if !r.Array() {
		return nil, fmt.Errorf("%w: %s", errReport, listKeys[list])
	}
	var entries []Entry
	for r.More() {
		e := Entry{List: list}
		if !e.parse(r.Value()) {
			return nil, fmt.Errorf("%w: entry of %s", errReport, listKeys[list])
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// parse reads {reason, category, quantity} or [reason, category, quantity].
func (e *Entry) parse(v []byte) bool {
	r := jsontext.NewReader(v, 0)
	object := len(v) > 0 && v[0] == '{'
	if object && !r.Object() || !object && !r.Array() {
		return false
	}
	seen := 0
	for n := 0; r.More(); n++ {
		field := n
		if object {
			switch string(r.Key()) {
			case "reason":
				field = 0
			case "category":
				field = 1
			case "quantity":
				field = 2
			default:
				field = -1
			}
		}
		value := r.Value()
		ok := true
		switch field {
		case -1:
			continue
		case 0:
			e.Reason, ok = jsontext.String(value)
		case 1:
			var name string
			name, ok = jsontext.String(value)
			e.Category = outcome.ParseCategory(name)
		case 2:
			e.Quantity, ok = jsontext.Uint(value)
		default:
			return false
		}
		if !ok {
			return false
		}
		seen |= 1 << field
	}
	return r.Err() == nil && seen == 7
}
