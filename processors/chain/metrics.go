package chain

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"weir/codecs/outcome"
)

// Metrics observes chains. A nil *Metrics observes nothing.
type Metrics struct {
	items   [3]prometheus.Counter // accepted, discarded, dead
	dead    *prometheus.CounterVec
	seconds *prometheus.CounterVec
	runs    *prometheus.CounterVec
	steps   sync.Map // name -> *stepMetrics; the names are those of the chains
}

type stepMetrics struct{ runs, seconds prometheus.Counter }

// NewMetrics registers the package's metrics; a nil registerer gives nil.
func NewMetrics(r prometheus.Registerer) *Metrics {
	if r == nil {
		return nil
	}
	vec := func(name, help, label string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "weir", Subsystem: "chain", Name: name, Help: help}, []string{label})
		r.MustRegister(v)
		return v
	}
	ends := vec("items_total", "Envelope items by end.", "end")
	m := &Metrics{
		dead:    vec("dead_units_total", "Units that weir could not process, by reason.", "reason"),
		seconds: vec("step_seconds_total", "Time spent in each step.", "step"),
		runs:    vec("step_runs_total", "Runs of each step.", "step"),
	}
	for i, end := range [...]string{"accepted", "discarded", "dead"} {
		m.items[i] = ends.WithLabelValues(end)
	}
	return m
}

func (m *Metrics) step(name string, took time.Duration) {
	if m == nil {
		return
	}
	v, ok := m.steps.Load(name)
	if !ok {
		v, _ = m.steps.LoadOrStore(name, &stepMetrics{m.runs.WithLabelValues(name), m.seconds.WithLabelValues(name)})
	}
	s := v.(*stepMetrics)
	s.runs.Inc()
	s.seconds.Add(took.Seconds())
}

func (m *Metrics) died(reason outcome.Reason) {
	if m != nil {
		m.dead.WithLabelValues(string(reason)).Inc()
	}
}

func (m *Metrics) finished(r *Result) {
	if m == nil {
		return
	}
	for i, n := range [...]uint64{r.Items.Accepted, r.Items.Discarded, r.Items.Dead} {
		if n > 0 {
			m.items[i].Add(float64(n))
		}
	}
}
