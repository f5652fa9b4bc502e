package outcomes

import (
	"github.com/prometheus/client_golang/prometheus"

	"weir/codecs/dsn"
	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/codecs/topic"
)

// Collector shows the totals of a view to Prometheus. They are the same in every process, and sums over everything that was ever counted.
type Collector struct {
	view  *View
	names topic.Names
}

// NewCollector returns a collector of a view.
func NewCollector(v *View, names topic.Names) *Collector { return &Collector{v, names} }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName("weir", "ledger", name), help, labels, nil)
}

var (
	descQuantity  = describe("quantity_total", "Quantities by end and category, in the unit of the category.", "outcome", "category")
	descItems     = describe("items_total", "Items by end: received = accepted + discarded + dead.", "end")
	descEnvelopes = describe("envelopes_total", "Envelopes: finished, dead ones of these, and those that were processed again.", "end")
	descParked    = describe("envelopes_parked", "Envelopes that wait for their project's config.")
	descUnchecked = describe("unchecked_total", "Quota checks that the store did not answer.")
)

// Describe implements prometheus.Collector.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descQuantity, descItems, descEnvelopes, descParked, descUnchecked} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	totals := c.view.Totals()
	counter := func(d *prometheus.Desc, n float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, n, labels...)
	}
	type end struct {
		id       outcome.ID
		category outcome.Category
	}
	sums := map[end]uint64{} // reasons are open: people and clients make them up
	for _, n := range totals.Counts {
		sums[end{n.ID, n.Category}] += n.Quantity
	}
	for e, n := range sums {
		counter(descQuantity, float64(n), e.id.String(), e.category.String())
	}
	b := totals.Balance(c.names)
	for name, n := range map[string]uint64{"received": b.Items.Received, "accepted": b.Items.Accepted, "discarded": b.Items.Discarded, "dead": b.Items.Dead} {
		counter(descItems, float64(n), name)
	}
	for name, n := range map[string]int64{"finished": b.Finished, "dead": b.Dead, "repeated": b.Duplicates} {
		counter(descEnvelopes, float64(n), name)
	}
	to <- prometheus.MustNewConstMetric(descParked, prometheus.GaugeValue, float64(b.Parked))
	counter(descUnchecked, float64(b.Unchecked))
}

// Detail shows the rows of project keys to Prometheus, with their reasons: as many series as there are keys and reasons, so it is no part of
// the metrics of a process, but asked for by itself. Hours go with the retention, so the sums are gauges.
type Detail struct {
	View *View
	Key  dsn.PublicKey // empty: all
}

var descDetail = prometheus.NewDesc("weir_project_quantity", "Quantities of a project key within the retention, by end, category and reason.",
	[]string{"key", "outcome", "category", "reason"}, nil)

// Describe implements prometheus.Collector.
func (d Detail) Describe(to chan<- *prometheus.Desc) { to <- descDetail }

// Collect implements prometheus.Collector.
func (d Detail) Collect(to chan<- prometheus.Metric) {
	sums := map[dsn.PublicKey]*Part{}
	d.View.Each(func(k Key, row *Row) bool {
		if k.Project == ledger.TotalsKey || d.Key != "" && d.Key != k.Project {
			return true
		}
		if sums[k.Project] == nil {
			sums[k.Project] = &Part{}
		}
		sums[k.Project].Add(&row.Live)
		return true
	})
	for key, p := range sums {
		for l, n := range p.series() {
			to <- prometheus.MustNewConstMetric(descDetail, prometheus.GaugeValue, float64(n), string(key), l.id.String(), l.category.String(), l.reason)
		}
	}
}

// series are the labels of a quantity.
type series struct {
	id       outcome.ID
	category outcome.Category
	reason   string
}

// series sums the counts by their labels: rows tell a reason that is empty from one that is not there, and Prometheus refuses an answer in
// which a series comes twice.
func (p *Part) series() map[series]uint64 {
	sums := map[series]uint64{}
	for _, n := range p.Counts {
		sums[series{n.ID, n.Category, n.Reason.Text()}] += n.Quantity
	}
	return sums
}
