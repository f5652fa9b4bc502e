package deadletter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"weir/codecs/outcome"
	"weir/codecs/raw"
)

// Letter is one record that weir could not process.
type Letter struct {
	Reason outcome.Reason // step_panic, undecodable, too_large, ...
	Step   string         // where it happened, may be empty
	Detail string         // panic text or error chain, for people
	Unit   int            // -1: the whole record

	Topic     string // coordinates of the original record
	Partition int32
	Offset    int64
	Receipt   raw.ReceiptID // zero when it could not be read
	At        time.Time     // when it was given up, to the microsecond

	Key     []byte // of the original record, nil when it had none
	Value   []byte // the original bytes, nil when it had none
	Headers []raw.Header
}

// recordVersion is the version of the form.
const recordVersion = 1

// wire is the first line. []byte members are base64.
type wire struct {
	V         int            `json:"v"`
	Reason    outcome.Reason `json:"reason"`
	Step      string         `json:"step,omitempty"`
	Detail    string         `json:"detail,omitempty"`
	Unit      int            `json:"unit"`
	Topic     string         `json:"topic"`
	Partition int32          `json:"partition"`
	Offset    int64          `json:"offset"`
	Receipt   string         `json:"receipt,omitempty"`
	At        int64          `json:"at"` // microseconds since 1970
	Key       *[]byte        `json:"key,omitempty"`
	Headers   []wireHeader   `json:"headers,omitempty"`
	NoValue   bool           `json:"no_value,omitempty"`
}

type wireHeader struct {
	Key   string `json:"k"`
	Value []byte `json:"v"`
}

// MaxDetail is the longest Detail, in bytes, that is written; the rest is cut.
const MaxDetail = 8 << 10

// Encode returns key and value of the record on dead-letters. The key is the original one, so that letters of one event stay together.
func Encode(l *Letter) (key, value []byte) {
	w := wire{
		V: recordVersion, Reason: l.Reason, Step: l.Step, Detail: l.Detail, Unit: l.Unit,
		Topic: l.Topic, Partition: l.Partition, Offset: l.Offset, At: l.At.UnixMicro(), NoValue: l.Value == nil,
	}
	if len(w.Detail) > MaxDetail {
		w.Detail = strings.ToValidUTF8(w.Detail[:MaxDetail], "")
	}
	if !l.Receipt.IsNil() {
		w.Receipt = l.Receipt.String()
	}
	if l.Key != nil {
		w.Key = &l.Key
	}
	for _, h := range l.Headers {
		w.Headers = append(w.Headers, wireHeader(h))
	}
	head, _ := json.Marshal(w) // texts, numbers and bytes only
	value = make([]byte, 0, len(head)+1+len(l.Value))
	value = append(append(append(value, head...), '\n'), l.Value...)
	return l.Key, value
}

// Decode reads the value of a record on dead-letters. Value aliases b.
func Decode(b []byte) (*Letter, error) {
	head, body, ok := bytes.Cut(b, []byte{'\n'})
	if !ok {
		return nil, errors.New("decode dead letter: no line end")
	}
	var w wire
	if err := json.Unmarshal(head, &w); err != nil {
		return nil, fmt.Errorf("decode dead letter: %w", err)
	}
	if w.V != recordVersion {
		return nil, fmt.Errorf("decode dead letter: unknown version %d", w.V)
	}
	l := &Letter{
		Reason: w.Reason, Step: w.Step, Detail: w.Detail, Unit: w.Unit,
		Topic: w.Topic, Partition: w.Partition, Offset: w.Offset, At: time.UnixMicro(w.At).UTC(),
	}
	if w.Receipt != "" {
		var err error
		if l.Receipt, err = raw.ParseReceipt(w.Receipt); err != nil {
			return nil, fmt.Errorf("decode dead letter: %w", err)
		}
	}
	if w.Key != nil {
		l.Key = *w.Key
	}
	if !w.NoValue {
		l.Value = body
	}
	for _, h := range w.Headers {
		l.Headers = append(l.Headers, raw.Header(h))
	}
	return l, nil
}
