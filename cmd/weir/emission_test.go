package main

import (
	"testing"

	"weir/cmd/weir/config"
	"weir/topologies/pipeline"
)

// outcomes.emit_outcomes by mode (pipeline 7.9): with processing they are always written.
func TestEmissionModes(t *testing.T) {
	for _, c := range []struct {
		emit, mode string
		processing bool
		off        bool
		reports    pipeline.Reports
	}{
		{"true", "managed", true, false, pipeline.Buckets},
		{"false", "managed", true, false, pipeline.NoReports},
		{"as_client_reports", "managed", true, false, pipeline.ClientReports},
		{"true", "managed", false, false, pipeline.Buckets},
		{"false", "managed", false, true, pipeline.NoReports},
		{"as_client_reports", "managed", false, false, pipeline.ClientReports},
		{"true", "proxy", false, false, pipeline.ClientReports},
		{"false", "proxy", false, true, pipeline.NoReports},
		{"as_client_reports", "proxy", false, false, pipeline.ClientReports},
	} {
		cfg, err := config.Load(config.Source{Flags: map[string]string{"relay.port": "0"}})
		if err != nil {
			t.Fatal(err)
		}
		cfg.Outcomes.Emit, cfg.Relay.Mode, cfg.Processing.Enabled = c.emit, c.mode, c.processing
		if off, reports := outcomesConfig(cfg).Off, reportsConfig(cfg); off != c.off || reports != c.reports {
			t.Errorf("%s, %s, processing %v: off %v, reports %d", c.emit, c.mode, c.processing, off, reports)
		}
	}
}
