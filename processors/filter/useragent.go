package filter

import "weir/codecs/useragent"

// browserOf is the browser of a user agent by the list of uap-core.
func browserOf(agent string) (family, major string) {
	b := useragent.Parse(agent).Browser
	if b.Family == "" {
		return "Other", ""
	}
	return b.Family, b.Major
}
