package normalize

import "strings"

// NewDeviceNames reads the public list of devices that Google Play supports: a header, then rows of Retail Branding, Marketing Name, Device
// and Model, split at every comma; later rows win (10.5). It returns the marketing name of a model, "" for unknown ones.
func NewDeviceNames(csv string) func(model string) string {
	names := make(map[string]string)
	first := true
	for line := range strings.Lines(csv) {
		if first {
			first = false
			continue
		}
		fields := strings.Split(strings.TrimRight(line, "\r\n"), ",")
		if len(fields) >= 4 && fields[1] != "" {
			names[fields[3]] = fields[1]
		}
	}
	return func(model string) string { return names[model] }
}
