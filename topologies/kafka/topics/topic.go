package topics

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"weir/codecs/topic"
)

// Forever is a retention without an end.
const Forever time.Duration = -1

// Topic declares one topic.
type Topic struct {
	Name string
	// Partitions; 0 is the broker's default.
	Partitions int
	// Replication; 0 is the broker's default.
	Replication int
	// Retention by time; 0 is the broker's default.
	Retention time.Duration
	Cleanup   topic.Cleanup // empty is the broker's default
	// MaxMessageBytes is the largest record batch in bytes; 0 is the broker's default.
	MaxMessageBytes int
	// Config are further settings by their Kafka names; they win.
	Config map[string]string
	// Operator topics belong to the operator: created only if missing, with the broker's default partition count,
	// and Check reports nothing but their absence and their message size.
	Operator bool
}

// Declare makes declarations of specs: weir's own with the given partitions and replication (0: the broker's
// default).
func Declare(specs []topic.Spec, partitions, replication int) []Topic {
	ts := make([]Topic, 0, len(specs))
	for _, s := range specs {
		t := Topic{Name: s.Name, Retention: s.Retention, Cleanup: s.Cleanup, MaxMessageBytes: s.MaxMessageBytes, Operator: !s.Own}
		if s.Own {
			t.Partitions, t.Replication = partitions, replication
		}
		ts = append(ts, t)
	}
	return ts
}

// Validate reports what is wrong with the declaration.
func (t Topic) Validate() error {
	var errs []error
	if t.Name == "" || len(t.Name) > 249 {
		errs = append(errs, fmt.Errorf("topic %q: the name must have 1 to 249 characters", t.Name))
	}
	if t.Partitions < 0 || t.MaxMessageBytes < 0 || t.Replication < 0 {
		errs = append(errs, fmt.Errorf("topic %s: negative number", t.Name))
	}
	return errors.Join(errs...)
}

// settings are the topic's configs by their Kafka names.
func (t Topic) settings() map[string]string {
	m := map[string]string{}
	switch {
	case t.Retention == Forever:
		m["retention.ms"] = "-1"
	case t.Retention > 0:
		m["retention.ms"] = strconv.FormatInt(t.Retention.Milliseconds(), 10)
	}
	if t.Cleanup != "" {
		m["cleanup.policy"] = string(t.Cleanup)
	}
	if t.MaxMessageBytes > 0 {
		m["max.message.bytes"] = strconv.Itoa(t.MaxMessageBytes)
	}
	for k, v := range t.Config {
		m[k] = v
	}
	return m
}
