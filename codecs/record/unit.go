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

// readUnit keeps known units and makes none of all others that could be units (items 11.2).
func readUnit(d *event.Doc, v *event.Value, _ Random) {
	text, ok := v.Str()
	if !ok {
		invalid(d, v, "expected a string")
		return
	}
	switch name, known := units()[text]; {
	case known:
		v.SetString(name)
	case isUnit(text):
		v.SetString(noUnit)
	default:
		invalid(d, v, "")
	}
}

// isUnit says that a text could be the unit of somebody: at most 15 letters, digits and underscores.
func isUnit(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return len(s) <= 15
}
