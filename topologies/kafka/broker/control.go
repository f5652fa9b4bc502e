package broker

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// keepForever takes time retention out of topics that are created without compaction: kfake would delete unread records
// by age.
func (b *Broker) keepForever() {
	b.cluster.ControlKey(int16(kmsg.CreateTopics), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		r := req.(*kmsg.CreateTopicsRequest)
		for i := range r.Topics {
			t := &r.Topics[i]
			compact := slices.ContainsFunc(t.Configs, func(c kmsg.CreateTopicsRequestTopicConfig) bool {
				return c.Name == "cleanup.policy" && c.Value != nil && strings.Contains(*c.Value, "compact")
			})
			if !compact {
				t.Configs = slices.DeleteFunc(t.Configs, func(c kmsg.CreateTopicsRequestTopicConfig) bool {
					return c.Name == "retention.ms" || c.Name == "retention.bytes"
				})
			}
		}
		return nil, nil, false
	})
}

// setFull starts or stops refusing input.
func (b *Broker) setFull(full bool) {
	if b.full.Swap(full) == full {
		return
	}
	if !full {
		b.faults.Remove()
		b.cfg.Log.Info("embedded broker has room again")
		return
	}
	var faults []kfake.Fault
	for _, t := range b.cfg.Entry {
		faults = append(faults, kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: t, Err: kerr.PolicyViolation, Count: -1})
	}
	b.faults = b.cluster.Fault(faults...)
	b.cfg.Log.Warn("embedded broker is full: new input is refused", "max_bytes", b.cfg.MaxBytes)
}

// logger gives kfake's lines to slog.
type logger struct{ log *slog.Logger }

// Logf implements kfake.Logger.
func (l logger) Logf(level kfake.LogLevel, msg string, args ...any) {
	at := slog.LevelDebug
	switch level {
	case kfake.LogLevelError:
		at = slog.LevelError
	case kfake.LogLevelWarn:
		at = slog.LevelWarn
	}
	if l.log.Enabled(context.Background(), at) {
		l.log.Log(context.Background(), at, "embedded broker: "+fmt.Sprintf(msg, args...))
	}
}
