package ratelimit

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/jsontext"
	"weir/codecs/outcome"
)

// recordVersion is the version of the form on the rate-limits topic.
const recordVersion = 1

// EncodeRecord returns key and value of a record on the rate-limits topic: compact JSON, version 1, expiry in microseconds since 1970
// (rounded up).
func EncodeRecord(l Limit) (key, value []byte) {
	b := append(make([]byte, 0, 192), `{"v":1,"scope":`...)
	b = jsontext.AppendString(b, l.Scope.Kind.String())
	b = jsontext.AppendString(append(b, `,"id":`...), l.Scope.id())
	b = append(b, `,"categories":[`...)
	for i, c := range l.Categories {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsontext.AppendString(b, c.String())
	}
	b = append(b, ']')
	if l.Reason != "" {
		b = jsontext.AppendString(append(b, `,"reason":`...), string(l.Reason))
	}
	micros := l.Expires.UnixMicro()
	if l.Expires.Nanosecond()%1000 != 0 {
		micros++
	}
	b = strconv.AppendInt(append(b, `,"expires":`...), micros, 10)
	if len(l.Namespaces) > 0 {
		b = append(b, `,"namespaces":[`...)
		for i, n := range l.Namespaces {
			if i > 0 {
				b = append(b, ',')
			}
			b = jsontext.AppendString(b, n)
		}
		b = append(b, ']')
	}
	if l.Dimensional {
		b = append(b, `,"dimensional":true`...)
	}
	if l.Found != 0 {
		b = strconv.AppendInt(append(b, `,"found":`...), l.Found, 10)
	}
	return []byte(l.Key()), append(b, '}')
}

// DecodeRecord reads the value of a record on the rate-limits topic.
func DecodeRecord(value []byte) (Limit, error) {
	var m struct {
		V           int      `json:"v"`
		Scope       string   `json:"scope"`
		ID          string   `json:"id"`
		Categories  []string `json:"categories"`
		Reason      string   `json:"reason"`
		Expires     int64    `json:"expires"`
		Namespaces  []string `json:"namespaces"`
		Dimensional bool     `json:"dimensional"`
		Found       int64    `json:"found"`
	}
	if err := json.Unmarshal(value, &m); err != nil {
		return Limit{}, fmt.Errorf("decode rate limit: %w", err)
	}
	if m.V != recordVersion {
		return Limit{}, fmt.Errorf("decode rate limit: unknown version %d", m.V)
	}
	l := Limit{
		Scope:       Scope{Kind: ParseScopeKind(m.Scope)},
		Reason:      outcome.Reason(m.Reason),
		Expires:     time.UnixMicro(m.Expires).UTC(),
		Namespaces:  m.Namespaces,
		Dimensional: m.Dimensional,
		Found:       m.Found,
	}
	var err error
	switch id, number := dsn.ParseProjectID(m.ID); {
	case l.Scope.Kind == ScopeOrganization && number == nil:
		l.Scope.Org = dsn.OrgID(id)
	case l.Scope.Kind == ScopeProject && number == nil:
		l.Scope.Project = id
	default: // no id has 32 characters
		l.Scope.Key, err = dsn.ParsePublicKey(m.ID)
	}
	if err != nil {
		return Limit{}, fmt.Errorf("decode rate limit: scope id: %w", err)
	}
	for _, name := range m.Categories {
		l.Categories = append(l.Categories, outcome.ParseCategory(name))
	}
	l.Categories = SortCategories(l.Categories)
	return l, nil
}
