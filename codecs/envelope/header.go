package envelope

import (
	"net/netip"

	"weir/codecs/dsn"
	"weir/codecs/jsontext"
)

// ParseHeader reads the header line alone, as authentication by an envelope's dsn needs it (edge 3.3): line is the
// text before the first line feed. Whether there is a DSN is up to the caller. Errors are *Error.
func ParseHeader(line []byte) (Header, error) {
	var h Header
	if jsontext.SkipSpace(line, 0) == len(line) {
		return Header{}, &Error{Cause: CauseMissingHeader}
	}
	pos, err := readHeader(&h, line)
	if err != nil {
		return Header{}, err
	}
	if jsontext.SkipSpace(line, pos) != len(line) {
		return Header{}, &Error{Cause: CauseHeader, Detail: "trailing characters"}
	}
	return h, nil
}

// readHeader reads the header object and returns the offset behind its closing brace (edge 4.2).
func readHeader(h *Header, b []byte) (int, error) {
	h.Version = 7
	r := jsontext.NewReader(b, 0)
	var seen uint16
	for ok := r.Object(); ok && r.More(); {
		key, raw := r.Key(), r.Value()
		if raw == nil {
			break
		}
		m := headerMember(key)
		if m == memberOther {
			if jsontext.IsNull(raw) { // edge 4.2 is silent here; the reference accepts any value but this
				return 0, &Error{Cause: CauseHeader, Detail: string(key) + ": expected a value other than null"}
			}
			if len(h.Other) == MaxMembers {
				return 0, &Error{Cause: CauseHeader, Detail: "too many members"}
			}
			h.Other = append(h.Other, Member{Key: internKey(key), Raw: raw})
			continue
		}
		what := ""
		if seen&(1<<m) != 0 {
			what = "duplicate member"
		} else {
			what = h.set(m, raw)
		}
		if what != "" {
			return 0, &Error{Cause: CauseHeader, Detail: string(key) + ": " + what}
		}
		seen |= 1 << m
	}
	if err := r.Err(); err != nil {
		return 0, &Error{Cause: CauseHeader, Detail: err.Error()}
	}
	return r.Pos(), nil
}

// member is a known member of the envelope header.
type member uint8

const (
	memberOther member = iota
	memberEventID
	memberDSN
	memberClient
	memberVersion
	memberOrigin
	memberRemoteAddr
	memberForwardedFor
	memberUserAgent
	memberClientHints
	memberNoCache
	memberSentAt
	memberTrace
	memberFeatures
)

func headerMember[T string | []byte](key T) member {
	switch string(key) {
	case "event_id":
		return memberEventID
	case "dsn":
		return memberDSN
	case "client":
		return memberClient
	case "version":
		return memberVersion
	case "origin":
		return memberOrigin
	case "remote_addr":
		return memberRemoteAddr
	case "forwarded_for":
		return memberForwardedFor
	case "user_agent":
		return memberUserAgent
	case "client_hints":
		return memberClientHints
	case "no_cache":
		return memberNoCache
	case "sent_at":
		return memberSentAt
	case "trace":
		return memberTrace
	case "required_features":
		return memberFeatures
	}
	return memberOther
}

// set stores a known member; a text says why its value makes the envelope invalid.
func (h *Header) set(m member, raw []byte) string {
	const wantString = "expected a string"
	if jsontext.IsNull(raw) {
		switch m {
		case memberEventID, memberDSN, memberClient, memberOrigin, memberRemoteAddr, memberUserAgent, memberSentAt:
			return ""
		}
	}
	text, isText := jsontext.Text(raw)
	switch m {
	case memberTrace:
		h.Trace = raw
		return ""
	case memberVersion:
		n, ok := jsontext.Uint(raw)
		if !ok || n > 65535 {
			return "expected an integer from 0 to 65535"
		}
		h.Version = uint16(n)
		return ""
	case memberNoCache:
		var ok bool
		if h.NoCache, ok = jsontext.Bool(raw); !ok {
			return "expected a boolean"
		}
		return ""
	case memberClientHints:
		return h.setHints(raw)
	case memberFeatures:
		return h.setFeatures(raw)
	}
	if !isText {
		return wantString
	}
	switch m {
	case memberEventID:
		id, err := ParseEventID(string(text))
		if err != nil {
			return err.Error()
		}
		h.EventID, h.NilEventID = id, id.IsNil()
	case memberDSN:
		d, err := dsn.Parse(string(text))
		if err != nil {
			return err.Error()
		}
		h.DSN = &d
	case memberClient:
		h.Client = string(text)
		h.Empty.note(EmptyClient, h.Client)
	case memberOrigin:
		var ok bool
		if h.Origin, ok = NormalizeURL(string(text)); !ok {
			return "expected an absolute URL"
		}
	case memberRemoteAddr:
		var ok bool
		if h.RemoteAddr, ok = normalAddr(string(text)); !ok {
			return "expected an IP address"
		}
	case memberForwardedFor:
		h.ForwardedFor = string(text)
	case memberUserAgent:
		h.UserAgent = string(text)
		h.Empty.note(EmptyUserAgent, h.UserAgent)
	case memberSentAt:
		t, ok := ParseTime(text)
		if !ok {
			return "expected an RFC 3339 time with zone"
		}
		h.SentAt = t
	}
	return ""
}

// setHints reads hints by name, or all of them in order from a list.
func (h *Header) setHints(raw []byte) string {
	hints := h.hints()
	fault := "expected an object, or a list of all hints"
	n, ok := jsontext.Fields(raw, hintNames, func(i int, value []byte) bool {
		if jsontext.IsNull(value) {
			return true
		}
		text, isText := jsontext.String(value)
		if !isText {
			fault = hintNames[i] + ": expected a string"
			return false
		}
		*hints[i].text = text
		h.Empty.note(hints[i].empty, text)
		return true
	})
	if !ok || raw[0] == '[' && n < len(hintNames) {
		return fault
	}
	return ""
}

func (h *Header) setFeatures(raw []byte) string {
	const want = "expected a list of strings"
	const most = 100
	r := jsontext.NewReader(raw, 0)
	for ok := r.Array(); ok && r.More(); {
		name, isText := jsontext.String(r.Value())
		if !isText || len(h.RequiredFeatures) == most {
			return want
		}
		h.RequiredFeatures = append(h.RequiredFeatures, name)
	}
	if r.Err() != nil {
		return want
	}
	return ""
}

// normalAddr returns the usual form of an IP address without zone.
func normalAddr(s string) (string, bool) {
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.Zone() != "" {
		return "", false
	}
	var buf [64]byte
	if b := addr.AppendTo(buf[:0]); string(b) != s {
		return string(b), true
	}
	return s, true
}

// internKey returns a member name without allocating for the usual ones.
func internKey(key []byte) string {
	switch string(key) {
	case "sdk":
		return "sdk"
	case "retention":
		return "retention"
	case "span_id":
		return "span_id"
	}
	return string(key)
}
