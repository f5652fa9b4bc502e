package redis

import "github.com/prometheus/client_golang/prometheus"

// Metrics observes the store. A nil *Metrics observes nothing.
type Metrics struct {
	trips, calls, checks prometheus.Counter
	state                prometheus.Gauge
}

// NewMetrics registers the package's metrics; a nil registerer gives nil.
func NewMetrics(r prometheus.Registerer) *Metrics {
	if r == nil {
		return nil
	}
	opts := func(name, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "weir", Subsystem: "quota_store", Name: name, Help: help}
	}
	m := &Metrics{
		trips:  prometheus.NewCounter(prometheus.CounterOpts(opts("round_trips_total", "Pipelined round trips to Redis."))),
		checks: prometheus.NewCounter(prometheus.CounterOpts(opts("checks_total", "Checks sent to Redis."))),
		calls:  prometheus.NewCounter(prometheus.CounterOpts(opts("script_calls_total", "Script calls that carried the checks."))),
		state:  prometheus.NewGauge(prometheus.GaugeOpts(opts("up", "1 while Redis answers, 0 while the breaker is open."))),
	}
	r.MustRegister(m.trips, m.calls, m.checks, m.state)
	return m
}

func (m *Metrics) trip(calls, checks int) {
	if m != nil {
		m.trips.Inc()
		m.calls.Add(float64(calls))
		m.checks.Add(float64(checks))
	}
}

func (m *Metrics) up(up bool) {
	if m == nil {
		return
	}
	if up {
		m.state.Set(1)
	} else {
		m.state.Set(0)
	}
}
