package server

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// statuses are all that the edge gives; other ones, which only an upstream can give, count as "other".
var statuses = [...]int{200, 201, 202, 204, 400, 401, 403, 404, 405, 413, 415, 422, 429, 500, 502, 503, 504}

// Metrics counts requests by route and status. A nil *Metrics counts nothing. Routers may share one.
type Metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

// NewMetrics registers the package's metrics; a nil registerer gives nil.
func NewMetrics(r prometheus.Registerer) *Metrics {
	if r == nil {
		return nil
	}
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "weir", Subsystem: "edge", Name: "requests_total",
			Help: "HTTP requests by route (the pattern, or none) and status."}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "weir", Subsystem: "edge", Name: "request_seconds",
			Help: "Time from the request header to the answer, by route.", Buckets: prometheus.ExponentialBuckets(0.0005, 2, 16)}, []string{"route"}),
	}
	r.MustRegister(m.requests, m.seconds)
	return m
}

// routeMetrics are the children of one route, looked up once.
type routeMetrics struct {
	requests [len(statuses) + 1]prometheus.Counter
	seconds  prometheus.Observer
}

func (m *Metrics) route(name string) *routeMetrics {
	if m == nil {
		return nil
	}
	r := &routeMetrics{seconds: m.seconds.WithLabelValues(name)}
	for i, s := range statuses {
		r.requests[i] = m.requests.WithLabelValues(name, strconv.Itoa(s))
	}
	r.requests[len(statuses)] = m.requests.WithLabelValues(name, "other")
	return r
}

func (r *routeMetrics) answered(status int, took time.Duration) {
	if r == nil {
		return
	}
	i := 0
	for i < len(statuses) && statuses[i] != status {
		i++
	}
	r.requests[i].Inc()
	r.seconds.Observe(took.Seconds())
}
