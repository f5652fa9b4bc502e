package session

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/jsontext"
)

// ErrSession says that a payload is no session. Such an item is dropped without an outcome.
var ErrSession = errors.New("not a session")

func fault(what string) error { return fmt.Errorf("%w: %s", ErrSession, what) }

// Parse reads the payload of an item; aggregate says that it is of type sessions. Types are strict, unknown members are ignored.
func Parse(b []byte, aggregate bool) (*Session, error) {
	s := &Session{Aggregate: aggregate}
	attrs, started := false, false
	err := members(b, true, func(key string, v []byte) bool {
		switch {
		case key == "attrs":
			attrs = true
			return s.Attrs.parse(v)
		case !aggregate:
			started = started || key == "started"
			return s.Update.set(key, v)
		case key == "aggregates":
			return s.parseRows(v)
		}
		return true
	})
	switch {
	case err != nil:
		return nil, err
	case !attrs:
		return nil, fault("attrs are missing")
	case !aggregate && !started:
		return nil, fault("started is missing")
	}
	return s, nil
}

func (a *Attrs) parse(b []byte) bool {
	release := false
	err := members(b, false, func(key string, v []byte) (ok bool) {
		switch key {
		case "release":
			release = true
			a.Release, ok = jsontext.String(v)
		case "environment":
			a.Environment, a.HasEnvironment, ok = optionalText(v)
		case "ip_address":
			var has bool
			if a.IPAddress, has, ok = optionalText(v); has && a.IPAddress != "{{auto}}" {
				_, err := netip.ParseAddr(a.IPAddress)
				ok = ok && err == nil
			}
		case "user_agent":
			a.UserAgent, _, ok = optionalText(v)
		default:
			ok = true
		}
		return ok
	})
	return err == nil && release
}

func (u *Update) set(key string, v []byte) (ok bool) {
	switch key {
	case "sid":
		u.ID, ok = parseID(v)
		u.HasID = true
	case "did":
		u.User, u.HasUser, ok = optionalText(v)
	case "seq":
		_, ok = jsontext.Uint(v)
	case "init":
		u.Init, ok = jsontext.Bool(v)
	case "timestamp":
		u.Timestamp, ok = parseTime(v)
	case "started":
		u.Started, ok = parseTime(v)
	case "status":
		var s string
		s, ok = jsontext.String(v)
		u.Status = parseStatus(s)
	case "errors":
		u.Errors, ok = jsontext.Uint(v)
	case "abnormal_mechanism":
		s, isText := jsontext.String(v)
		ok = isText || jsontext.IsNull(v)
		if u.Mechanism = ""; s == "anr_foreground" || s == "anr_background" {
			u.Mechanism = s
		}
	default:
		ok = true
	}
	return ok
}

func (s *Session) parseRows(b []byte) bool {
	r := jsontext.NewReader(b, 0)
	if !r.Array() {
		return false
	}
	s.Rows = nil
	for r.More() {
		var row Row
		started := false
		err := members(r.Value(), false, func(key string, v []byte) (ok bool) {
			switch key {
			case "started":
				started = true
				row.Started, ok = parseTime(v)
			case "did":
				row.User, row.HasUser, ok = optionalText(v)
			case "exited":
				ok = parseCount(&row.Exited, v)
			case "errored":
				ok = parseCount(&row.Errored, v)
			case "abnormal":
				ok = parseCount(&row.Abnormal, v)
			case "unhandled":
				ok = parseCount(&row.Unhandled, v)
			case "crashed":
				ok = parseCount(&row.Crashed, v)
			default:
				ok = true
			}
			return ok
		})
		if err != nil || !started {
			return false
		}
		s.Rows = append(s.Rows, row)
	}
	return r.Err() == nil
}

// members walks an object; whole says that b is a text of its own rather than a validated value.
func members(b []byte, whole bool, member func(key string, v []byte) bool) error {
	r := jsontext.NewReader(b, 0)
	if !r.Object() {
		return fault("expected an object")
	}
	for r.More() {
		key := string(r.Key())
		v := r.Value()
		if v == nil {
			break
		}
		if !member(key, v) {
			return fault(key)
		}
	}
	if r.Err() != nil || whole && jsontext.SkipSpace(b, r.Pos()) != len(b) {
		return fault("broken JSON")
	}
	return nil
}

func optionalText(v []byte) (s string, has, ok bool) {
	if jsontext.IsNull(v) {
		return "", false, true
	}
	s, ok = jsontext.String(v)
	return s, true, ok
}

func parseCount(dst *uint32, v []byte) bool {
	n, ok := jsontext.Uint(v)
	*dst = uint32(n)
	return ok && n <= math.MaxUint32
}

func parseTime(v []byte) (time.Time, bool) {
	text, ok := jsontext.Text(v)
	if !ok {
		return time.Time{}, false
	}
	return envelope.ParseTime(text)
}

func parseID(v []byte) (envelope.EventID, bool) {
	text, ok := jsontext.String(v)
	id, err := envelope.ParseEventID(text)
	return id, ok && err == nil
}
