package forward

import "github.com/prometheus/client_golang/prometheus"

// result is how an attempt ended; a closed set of label values.
type result uint8

const (
	resultDelivered result = iota
	resultLimited
	resultRefused
	resultFailed
)

var resultNames = [...]string{"delivered", "limited", "refused", "failed"}

// Metrics counts attempts. A nil *Metrics counts nothing.
type Metrics struct {
	waiting  prometheus.Gauge
	letters  prometheus.Counter
	aside    prometheus.Counter
	attempts [len(resultNames)]prometheus.Counter
}

// NewMetrics registers the package's metrics; a nil registerer gives nil.
func NewMetrics(r prometheus.Registerer) *Metrics {
	if r == nil {
		return nil
	}
	m := &Metrics{
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "weir", Subsystem: "forward", Name: "waiting_records",
			Help: "Records in memory that the upstream has not answered for."}),
		letters: prometheus.NewCounter(prometheus.CounterOpts{Namespace: "weir", Subsystem: "forward", Name: "dead_letters_total",
			Help: "Envelopes that became dead letters instead of reaching the upstream."}),
	}
	m.aside = prometheus.NewCounter(prometheus.CounterOpts{Namespace: "weir", Subsystem: "forward", Name: "set_aside_total",
		Help: "Times that an envelope was set aside because the upstream did not answer for it, or for others of its key, although it lives."})
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "weir", Subsystem: "forward", Name: "attempts_total",
		Help: "Attempts to send an envelope by result: delivered, limited, refused, failed (to be tried again)."}, []string{"result"})
	r.MustRegister(m.waiting, m.letters, m.aside, v)
	for i, n := range resultNames {
		m.attempts[i] = v.WithLabelValues(n)
	}
	return m
}

func (m *Metrics) wait(delta int) {
	if m != nil {
		m.waiting.Add(float64(delta))
	}
}

func (m *Metrics) sent(status int) {
	switch {
	case m == nil:
	case status == 429:
		m.attempts[resultLimited].Inc()
	case status >= 300:
		m.attempts[resultRefused].Inc()
	default:
		m.attempts[resultDelivered].Inc()
	}
}

func (m *Metrics) failed() {
	if m != nil {
		m.attempts[resultFailed].Inc()
	}
}

func (m *Metrics) setAside() {
	if m != nil {
		m.aside.Inc()
	}
}

func (m *Metrics) dead() {
	if m != nil {
		m.letters.Inc()
	}
}
