package route

import (
	"github.com/prometheus/client_golang/prometheus"

	"weir/codecs/ingest"
)

// Metrics counts messages. A nil *Metrics counts nothing.
type Metrics struct {
	messages, bytes []prometheus.Counter // by topic
}

// NewMetrics registers the package's metrics; a nil registerer gives nil.
func NewMetrics(r prometheus.Registerer) *Metrics {
	if r == nil {
		return nil
	}
	vec := func(name, help string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "weir", Subsystem: "route", Name: name, Help: help}, []string{"topic"})
		r.MustRegister(v)
		return v
	}
	messages := vec("messages_total", "Messages made for the operator's topics, by topic key.")
	bytes := vec("bytes_total", "Bytes of the values of these messages.")
	m := &Metrics{}
	for _, t := range ingest.AllTopics {
		m.messages = append(m.messages, messages.WithLabelValues(t.Key()))
		m.bytes = append(m.bytes, bytes.WithLabelValues(t.Key()))
	}
	return m
}

func (m *Metrics) wrote(t ingest.Topic, bytes int) {
	if m != nil {
		m.messages[t].Inc()
		m.bytes[t].Add(float64(bytes))
	}
}
