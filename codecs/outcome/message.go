package outcome

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"weir/codecs/dsn"
	"weir/codecs/jsontext"
)

// timeLayout is RFC 3339 in UTC with six fractional digits (pipeline 7.6).
const timeLayout = "2006-01-02T15:04:05.000000Z"

// MaxReason is the longest reason, in characters, that a message carries; a longer one is left out (pipeline 7.5).
const MaxReason = 200

// Told is the reason that ParseMessage finds in a message with r.
func (r Reason) Told() Reason {
	if r.long() {
		return ""
	}
	return Reason(r.Text())
}

func (r Reason) long() bool { return utf8.RuneCountInString(string(r)) > MaxReason }

// AppendMessage appends the JSON message of the outcomes topics (pipeline 7.6): members in fixed order, unknown ones left out. What clients
// discarded (items 6.3) and what was filtered, by a generic filter without a name, have a reason even when it is empty. source is
// `outcomes.source`, empty when not configured; the tally's own comes first.
func AppendMessage(dst []byte, t Tally, source string) []byte {
	dst = append(dst, `{"timestamp":"`...)
	dst = t.Timestamp.UTC().AppendFormat(dst, timeLayout)
	dst = append(dst, '"')
	if t.Scope.Org != 0 {
		dst = appendUint(dst, `,"org_id":`, uint64(t.Scope.Org))
	}
	dst = appendUint(dst, `,"project_id":`, uint64(t.Scope.Project))
	if t.Scope.KeyID != 0 {
		dst = appendUint(dst, `,"key_id":`, uint64(t.Scope.KeyID))
	}
	dst = appendUint(dst, `,"outcome":`, uint64(t.ID))
	if (t.Reason != "" || t.ID == ClientDiscard || t.ID == Filtered) && !t.Reason.long() {
		dst = jsontext.AppendString(append(dst, `,"reason":`...), t.Reason.Text())
	}
	if t.Source != "" {
		source = t.Source
	}
	if source != "" {
		dst = jsontext.AppendString(append(dst, `,"source":`...), source)
	}
	if t.Category >= 0 {
		dst = appendUint(dst, `,"category":`, uint64(t.Category))
	}
	return append(appendUint(dst, `,"quantity":`, t.Quantity), '}')
}

// Billing reports whether messages of this outcome go to the outcomes-billing topic, the others to outcomes (pipeline 7.7).
func (id ID) Billing() bool { return id == Accepted || id == RateLimited }

func appendUint(dst []byte, name string, n uint64) []byte {
	return strconv.AppendUint(append(dst, name...), n, 10)
}

// ParseMessage reads a message of the outcomes topics back (`weir tap`, tests). Unknown members are ignored.
func ParseMessage(b []byte) (t Tally, source string, err error) {
	m := struct {
		Timestamp string   `json:"timestamp"`
		Org       uint64   `json:"org_id"`
		Project   uint64   `json:"project_id"`
		KeyID     uint64   `json:"key_id"`
		ID        uint8    `json:"outcome"`
		Reason    string   `json:"reason"`
		Source    string   `json:"source"`
		Category  Category `json:"category"`
		Quantity  uint64   `json:"quantity"`
	}{Category: Unknown}
	if err := json.Unmarshal(b, &m); err != nil {
		return Tally{}, "", fmt.Errorf("parse outcome: %w", err)
	}
	at, err := time.Parse(time.RFC3339Nano, m.Timestamp)
	if err != nil {
		return Tally{}, "", fmt.Errorf("parse outcome: timestamp: %w", err)
	}
	return Tally{
		Scope:     dsn.Scoping{Org: dsn.OrgID(m.Org), Project: dsn.ProjectID(m.Project), KeyID: dsn.KeyID(m.KeyID)},
		Timestamp: at.UTC(),
		ID:        ID(m.ID),
		Reason:    Reason(m.Reason),
		Category:  m.Category,
		Quantity:  m.Quantity,
	}, m.Source, nil
}
