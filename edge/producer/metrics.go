package producer

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"weir/edge"
)

// end is how a write ended; a closed set of label values.
type end uint8

const (
	endAcknowledged end = iota
	endFull
	endTimeout
	endClosed
	endFailed // the broker refused it
)

var endNames = [...]string{"acknowledged", "full", "timeout", "closed", "failed"}

// Metrics counts writes. A nil *Metrics counts nothing.
type Metrics struct {
	writes [len(endNames)]prometheus.Counter
	ack    prometheus.Histogram
	chunks prometheus.Counter
}

// NewMetrics registers the package's metrics; a nil registerer gives nil.
func NewMetrics(r prometheus.Registerer) *Metrics {
	if r == nil {
		return nil
	}
	writes := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "weir", Subsystem: "raw", Name: "writes_total",
		Help: "Envelopes for the raw topic by end: acknowledged, full (byte budget), timeout, closed, failed."}, []string{"end"})
	m := &Metrics{
		ack: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "weir", Subsystem: "raw", Name: "ack_seconds",
			Help: "Time from the write of an envelope to the broker's acknowledgement.", Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15)}),
		chunks: prometheus.NewCounter(prometheus.CounterOpts{Namespace: "weir", Subsystem: "raw", Name: "chunked_total",
			Help: "Envelopes that were too large for one record."}),
	}
	for i, n := range endNames {
		m.writes[i] = writes.WithLabelValues(n)
	}
	r.MustRegister(writes, m.ack, m.chunks)
	return m
}

func (m *Metrics) ended(err error, took time.Duration) {
	if m == nil {
		return
	}
	e := endFailed
	switch {
	case err == nil:
		e = endAcknowledged
		m.ack.Observe(took.Seconds())
	case errors.Is(err, edge.ErrFull):
		e = endFull
	case errors.Is(err, edge.ErrTimeout):
		e = endTimeout
	case errors.Is(err, edge.ErrClosed):
		e = endClosed
	}
	m.writes[e].Inc()
}

func (m *Metrics) chunked() {
	if m != nil {
		m.chunks.Inc()
	}
}
