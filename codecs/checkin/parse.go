package checkin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"weir/codecs/envelope"
	"weir/codecs/jsontext"
)

// errJSON is the cause of everything that is not of the form of items 5.1.
var errJSON = errors.New("not a check-in")

// ErrStatus says that the status is no text, which readers of the contract report as a fault of the syntax.
var ErrStatus = errors.New("the status is no text")

// known are the members that may come only once.
var known = []string{"check_in_id", "monitor_slug", "status", "environment", "duration", "monitor_config", "contexts"}

// Parse reads a payload. Types are strict, unknown members are kept. The result does not alias b.
func Parse(b []byte) (*CheckIn, error) {
	c := &CheckIn{}
	hasStatus, seen := false, uint(0)
	err := members(b, true, func(key string, v []byte) error {
		if i := slices.Index(known, key); i >= 0 {
			if seen&(1<<i) != 0 {
				return fmt.Errorf("%w: duplicate field `%s`", errJSON, key)
			}
			seen |= 1 << i
		}
		switch key {
		case "check_in_id":
			return parseID(v, &c.ID)
		case "monitor_slug":
			return parseText(v, &c.Slug)
		case "status":
			var s string
			hasStatus = true
			if parseText(v, &s) != nil {
				return fmt.Errorf("%w: %w", errJSON, ErrStatus)
			}
			c.Status = ParseStatus(s)
			return nil
		case "environment":
			return optional(v, &c.HasEnv, func() error { return parseText(v, &c.Environment) })
		case "duration":
			return optional(v, &c.HasDuration, func() error { return parseFloat(v, &c.Duration) })
		case "monitor_config":
			return optional(v, nil, func() (err error) { c.Config, err = parseConfig(v); return err })
		case "contexts":
			return optional(v, nil, func() (err error) { c.Contexts, err = parseContexts(v); return err })
		}
		return keep(&c.Other, key, v)
	})
	if err == nil && !hasStatus {
		err = fmt.Errorf("%w: status is missing", errJSON)
	}
	if err != nil {
		return nil, err
	}
	sortMembers(c.Other)
	return c, nil
}

func parseConfig(b []byte) (*MonitorConfig, error) {
	m := &MonitorConfig{}
	hasSchedule := false
	err := members(b, false, func(key string, v []byte) error {
		switch key {
		case "schedule":
			hasSchedule = true
			return parseSchedule(v, &m.Schedule)
		case "checkin_margin":
			return parseCount(v, &m.Margin)
		case "max_runtime":
			return parseCount(v, &m.MaxRuntime)
		case "failure_issue_threshold":
			return parseCount(v, &m.FailureThreshold)
		case "recovery_threshold":
			return parseCount(v, &m.RecoverThreshold)
		case "timezone":
			return parseOptionalText(v, &m.Timezone)
		case "owner":
			return parseOptionalText(v, &m.Owner)
		}
		return keep(&m.Other, key, v)
	})
	if err == nil && !hasSchedule {
		err = fmt.Errorf("%w: schedule is missing", errJSON)
	}
	sortMembers(m.Other)
	return m, err
}

func parseSchedule(b []byte, s *Schedule) error {
	var kind, unit string
	var value []byte
	err := members(b, false, func(key string, v []byte) error {
		switch key {
		case "type":
			return parseText(v, &kind)
		case "value":
			value = v
		case "unit":
			return parseText(v, &unit)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case value == nil:
		return fmt.Errorf("%w: schedule without a value", errJSON)
	case kind == "crontab":
		return parseText(value, &s.Crontab)
	case kind != "interval":
		return fmt.Errorf("%w: unknown schedule type", errJSON)
	}
	n, ok := jsontext.Uint(value)
	if !ok || !slices.Contains([]string{"year", "month", "week", "day", "hour", "minute"}, unit) {
		return fmt.Errorf("%w: interval schedule", errJSON)
	}
	s.Value, s.Unit = n, unit
	return nil
}

func parseContexts(b []byte) (*Contexts, error) {
	c := &Contexts{}
	err := members(b, false, func(key string, v []byte) error {
		if key != "trace" {
			return keep(&c.Other, key, v)
		}
		return optional(v, &c.HasTrace, func() error { return c.parseTrace(v) })
	})
	sortMembers(c.Other)
	return c, err
}

func (c *Contexts) parseTrace(b []byte) error {
	err := members(b, false, func(key string, v []byte) error {
		if key != "trace_id" {
			return keep(&c.TraceOther, key, v)
		}
		return parseID(v, &c.TraceID)
	})
	if err == nil && c.TraceID.IsNil() {
		err = fmt.Errorf("%w: trace id", errJSON)
	}
	sortMembers(c.TraceOther)
	return err
}

// members walks the members of the object that b is; whole says that b is a text of its own rather than a validated value.
func members(b []byte, whole bool, member func(key string, v []byte) error) error {
	r := jsontext.NewReader(b, 0)
	if !r.Object() {
		return errJSON
	}
	for r.More() {
		key := string(r.Key())
		v := r.Value()
		if v == nil {
			break
		}
		if err := member(key, v); err != nil {
			return err
		}
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("%w: %w", errJSON, err)
	}
	if whole && jsontext.SkipSpace(b, r.Pos()) != len(b) {
		return fmt.Errorf("%w: text behind the object", errJSON)
	}
	return nil
}

// optional treats null like an absent member.
func optional(v []byte, has *bool, parse func() error) error {
	if jsontext.IsNull(v) {
		return nil
	}
	if has != nil {
		*has = true
	}
	return parse()
}

func parseText(v []byte, dst *string) error {
	s, ok := jsontext.String(v)
	if !ok {
		return fmt.Errorf("%w: expected a string", errJSON)
	}
	*dst = s
	return nil
}

func parseOptionalText(v []byte, dst **string) error {
	return optional(v, nil, func() error {
		*dst = new(string)
		return parseText(v, *dst)
	})
}

func parseCount(v []byte, dst **uint64) error {
	return optional(v, nil, func() error {
		n, ok := jsontext.Uint(v)
		if !ok {
			return fmt.Errorf("%w: expected an unsigned integer", errJSON)
		}
		*dst = &n
		return nil
	})
}

func parseFloat(v []byte, dst *float64) error {
	if v[0] != '-' && (v[0] < '0' || v[0] > '9') {
		return fmt.Errorf("%w: expected a number", errJSON)
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil {
		return fmt.Errorf("%w: %w", errJSON, err)
	}
	*dst = f
	return nil
}

func parseID(v []byte, dst *envelope.EventID) error {
	var s string
	if err := parseText(v, &s); err != nil {
		return err
	}
	id, err := envelope.ParseEventID(s)
	if err != nil {
		return fmt.Errorf("%w: %w", errJSON, err)
	}
	*dst = id
	return nil
}

// keep stores an unknown member as compact text; a repeated key replaces the earlier one.
func keep(list *[]envelope.Member, key string, v []byte) error {
	var b bytes.Buffer
	if err := json.Compact(&b, v); err != nil {
		return fmt.Errorf("%w: %w", errJSON, err)
	}
	m := envelope.Member{Key: key, Raw: b.Bytes()}
	for i := range *list {
		if (*list)[i].Key == key {
			(*list)[i] = m
			return nil
		}
	}
	*list = append(*list, m)
	return nil
}

func sortMembers(list []envelope.Member) {
	slices.SortFunc(list, func(a, b envelope.Member) int { return strings.Compare(a.Key, b.Key) })
}
