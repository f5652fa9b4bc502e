package quota

import "github.com/prometheus/client_golang/prometheus"

// result is how one check ended; a closed set of label values.
type result uint8

const (
	resultAccepted result = iota
	resultRejected
	resultKnown     // a cached limit or a zero quota decided, the store was not asked
	resultUnchecked // the store did not answer
)

var resultNames = [...]string{"accepted", "rejected", "known", "unchecked"}

// Metrics counts checks. A nil *Metrics counts nothing.
type Metrics struct {
	checks [len(resultNames)]prometheus.Counter
}

// NewMetrics registers the package's metrics; a nil registerer gives nil.
func NewMetrics(r prometheus.Registerer) *Metrics {
	if r == nil {
		return nil
	}
	v := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "weir", Subsystem: "quota", Name: "checks_total",
		Help: "Quota checks by result: accepted, rejected, known (no store call), unchecked (store down).",
	}, []string{"result"})
	r.MustRegister(v)
	m := &Metrics{}
	for i, n := range resultNames {
		m.checks[i] = v.WithLabelValues(n)
	}
	return m
}

func (m *Metrics) checked(r result) {
	if m != nil {
		m.checks[r].Inc()
	}
}
