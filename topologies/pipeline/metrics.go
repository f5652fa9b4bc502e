package pipeline

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// end is what became of a record; a closed set of label values.
type end uint8

const (
	endDone end = iota
	endParked
	endDead
	endTooOld
)

var endNames = [...]string{"done", "parked", "dead", "too_old"}

// Metrics counts what the pipeline does. A nil *Metrics counts nothing.
type Metrics struct {
	records  [len(endNames)]prometheus.Counter
	oversize prometheus.Counter
	found    prometheus.Counter
	batch    prometheus.Histogram
	latency  prometheus.Histogram
}

// NewMetrics registers the package's metrics; a nil registerer gives nil.
func NewMetrics(r prometheus.Registerer) *Metrics {
	if r == nil {
		return nil
	}
	name := func(n, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "weir", Subsystem: "pipeline", Name: n, Help: help}
	}
	records := prometheus.NewCounterVec(prometheus.CounterOpts(name("records_total", "Envelopes by end: done, parked, dead, too_old.")), []string{"end"})
	m := &Metrics{
		oversize: prometheus.NewCounter(prometheus.CounterOpts(name("oversized_total", "Units whose messages no topic takes."))),
		found:    prometheus.NewCounter(prometheus.CounterOpts(name("found_total", "Outputs of a process that ended which were there and are not written again."))),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "weir", Subsystem: "pipeline", Name: "batch_seconds",
			Help: "Time from a batch to its outputs.", Buckets: prometheus.ExponentialBuckets(0.0005, 4, 8)}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "weir", Subsystem: "pipeline", Name: "latency_seconds",
			Help: "Time from the request to the outputs.", Buckets: prometheus.ExponentialBuckets(0.002, 4, 9)}),
	}
	r.MustRegister(records, m.oversize, m.found, m.batch, m.latency)
	for i, n := range endNames {
		m.records[i] = records.WithLabelValues(n)
	}
	return m
}

func (m *Metrics) ended(e end) {
	if m != nil {
		m.records[e].Inc()
	}
}

func (m *Metrics) oversized() {
	if m != nil {
		m.oversize.Inc()
	}
}

func (m *Metrics) foundAgain(outputs int) {
	if m != nil {
		m.found.Add(float64(outputs))
	}
}

func (m *Metrics) batched(took time.Duration) {
	if m != nil {
		m.batch.Observe(took.Seconds())
	}
}

func (m *Metrics) late(d time.Duration) {
	if m != nil {
		m.latency.Observe(d.Seconds())
	}
}
