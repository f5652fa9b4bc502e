package record

import (
	_ "embed"
	"sync"
)

//go:embed data/measurements.tsv
var measurementsTSV string

var measurements = sync.OnceValue(func() map[string]string {
	m := make(map[string]string)
	for _, row := range tableRows(measurementsTSV) {
		m[row[0]] = row[1]
	}
	return m
})

// MeasurementName is the attribute that holds a measurement of an event, if it has a name of its own (items 13.1).
func MeasurementName(measurement string) (string, bool) {
	name, ok := measurements()[measurement]
	return name, ok
}
