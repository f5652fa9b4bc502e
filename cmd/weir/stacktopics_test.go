package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"weir/cmd/weir/config"
	"weir/topologies/kafka/client"
)

// Who keeps records for so short a time that they are lost is told so.
func TestKeep(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"weir.raw_retention", "3600", ""}, {"weir.raw_retention", "60", "retention of raw"}, {"weir.ledger_retention", "0", "retention of ledger"},
		{"weir.parking_max_age", "8640000", ""}, {"weir.dead_letter_retention", "10", "retention of dead letters"},
	} {
		cfg, err := config.Load(config.Source{Flags: map[string]string{c.key: c.value}})
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		if _, err := newStack(cfg, slog.New(slog.NewTextHandler(&log, nil)), client.Config{}); err != nil {
			t.Fatal(err)
		}
		if said := log.String(); (said == "") != (c.want == "") || !strings.Contains(said, c.want) {
			t.Errorf("%s %s: %q", c.key, c.value, said)
		}
	}
}
