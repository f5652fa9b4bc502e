package record

import (
	_ "embed"
	"strings"
	"sync"

	"weir/codecs/event"
)

//go:embed data/metric_units.tsv
var unitsTSV string

// units maps names and aliases of the known duration, information and fraction units to their names.
var units = sync.OnceValue(func() map[string]string {
	m := make(map[string]string)
	for _, row := range tableRows(unitsTSV) {
		m[row[0]] = row[0]
		for alias := range strings.SplitSeq(row[2], "|") {
			m[alias] = row[0]
		}
	}
	return m
})

// noUnit is the unit of everything that has none that is known.
const noUnit = "none"

// readUnit keeps known units and makes none of all others (items 11.2).
func readUnit(d *event.Doc, v *event.Value, _ Random) {
	text, ok := v.Str()
	if !ok {
		invalid(d, v, "expected a string")
		return
	}
	if name, ok := units()[text]; ok {
		v.SetString(name)
	} else {
		v.SetString(noUnit)
	}
}
