package main

import (
	"log/slog"
	"testing"

	"weir/cmd/weir/config"
	"weir/topologies/kafka"
)

// A transaction cannot wait for Redis; where nothing is counted there, it need not.
func TestDelivery(t *testing.T) {
	for _, c := range []struct {
		down       string
		processing bool
		want       kafka.Delivery
	}{{"wait", true, kafka.AtLeastOnce}, {"open", true, kafka.ExactlyOnce}, {"wait", false, kafka.ExactlyOnce}} {
		cfg := &config.Config{}
		cfg.Weir.Delivery, cfg.Weir.RedisDown = "exactly-once", c.down
		cfg.Processing.Enabled, cfg.Processing.Redis.Quotas = c.processing, &config.Redis{}
		s := &stack{cfg: cfg, log: slog.New(slog.DiscardHandler)}
		if got, err := s.delivery(); err != nil || got != c.want {
			t.Errorf("%+v: %v, %v", c, got, err)
		}
	}
}
