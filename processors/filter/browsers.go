package filter

import (
	"math"
	"slices"
	"strconv"
)

// browserRule hits a family in a range of major versions, both ends included.
type browserRule struct {
	family   string
	low, top int
}

type browserRules []browserRule

// browserDefaults are the rules of the option `default`: below these versions (filters 4.8).
var browserDefaults = browserRules{
	below("Chrome", 0), below("IE", 10), below("Firefox", 0), below("Safari", 6), below("Edge", 0), below("Opera", 15), below("Android", 4),
	below("Opera Mini", 8),
}

// browserOptions are the other options.
var browserOptions = map[string]browserRule{
	"ie_pre_9": below("IE", 9), "ie9": {"IE", 9, 9}, "ie10": {"IE", 10, 10}, "ie11": {"IE", 11, 11},
	"opera_pre_15": below("Opera", 15), "opera_mini_pre_8": below("Opera Mini", 8), "android_pre_4": below("Android", 4),
	"safari_pre_6": below("Safari", 6), "edge_pre_79": below("Edge", 79), "ie": below("IE", 12), "safari": below("Safari", 16),
	"opera": below("Opera", 100), "opera_mini": below("Opera Mini", 35), "android": below("Android", 4), "firefox": below("Firefox", 111),
	"chrome": below("Chrome", 111), "edge": below("Edge", 111),
}

func below(family string, version int) browserRule {
	return browserRule{family: family, low: math.MinInt, top: version - 1}
}

// compileBrowsers turns options into rules: `default` makes all others ineffective, unknown names are ignored.
func compileBrowsers(options []string) browserRules {
	if slices.Contains(options, "default") {
		return browserDefaults
	}
	var rules browserRules
	for _, o := range options {
		if r, ok := browserOptions[o]; ok {
			rules = append(rules, r)
		}
	}
	return rules
}

// legacy says that the item's browser is one of the rules.
func (f *filters) legacy(rules browserRules, it Item) bool {
	family, major, ok := it.Browser()
	if !ok {
		agent, ok := it.UserAgent()
		if !ok {
			return false
		}
		family, major = f.browser(agent)
	}
	if family == "IE Mobile" {
		family = "IE"
	}
	version, err := strconv.Atoi(major)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(rules, func(r browserRule) bool { return r.family == family && r.low <= version && version <= r.top })
}
