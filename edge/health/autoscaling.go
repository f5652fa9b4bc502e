package health

import (
	"strconv"
	"strings"

	"weir/edge"
)

// Gauge is one line of /api/relay/autoscaling/ (edge 13, R31).
type Gauge struct {
	Name   string      // without the prefix relay_
	Labels [][2]string // name and value
	Value  float64
}

// autoscaling prints relay_up and the given gauges as text lines.
func autoscaling(gauges func() []Gauge) edge.Reply {
	list := []Gauge{{Name: "up", Value: 1}}
	if gauges != nil {
		list = append(list, gauges()...)
	}
	var b strings.Builder
	for _, g := range list {
		b.WriteString("relay_" + g.Name)
		for i, l := range g.Labels {
			if i == 0 {
				b.WriteByte('{')
			} else {
				b.WriteString(", ")
			}
			b.WriteString(l[0] + "=" + strconv.Quote(l[1]))
		}
		if len(g.Labels) > 0 {
			b.WriteByte('}')
		}
		b.WriteString(" " + strconv.FormatFloat(g.Value, 'f', -1, 64) + "\n")
	}
	return edge.Text(200, b.String())
}
