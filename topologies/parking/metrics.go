package parking

import "github.com/prometheus/client_golang/prometheus"

// end is how a wait ended; a closed set of label values.
type end uint8

const (
	endReleased end = iota
	endParkedAgain
	endTooOld
)

var endNames = [...]string{"released", "parked_again", "too_old"}

// Metrics counts waits. A nil *Metrics counts nothing.
type Metrics struct {
	waiting prometheus.Gauge
	ends    [len(endNames)]prometheus.Counter
}

// NewMetrics registers the package's metrics; a nil registerer gives nil.
func NewMetrics(r prometheus.Registerer) *Metrics {
	if r == nil {
		return nil
	}
	m := &Metrics{waiting: prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "weir", Subsystem: "parking", Name: "waiting_records",
		Help: "Records in memory that wait for the config of their project."})}
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "weir", Subsystem: "parking", Name: "waits_total",
		Help: "Waits by end: released, parked_again, too_old."}, []string{"end"})
	r.MustRegister(m.waiting, v)
	for i, n := range endNames {
		m.ends[i] = v.WithLabelValues(n)
	}
	return m
}

func (m *Metrics) wait(delta int) {
	if m != nil {
		m.waiting.Add(float64(delta))
	}
}

func (m *Metrics) ended(e end) {
	if m != nil {
		m.ends[e].Inc()
	}
}
