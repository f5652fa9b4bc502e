package outcome

import (
	"strconv"
	"strings"
)

// sampledOrder lists the rule categories of a sampled reason in the order in which they are written; 0 stands for all other rules.
var sampledOrder = [...]uint32{1000, 1001, 1002, 1003, 1004, 1005, 1400, 1500, 3000, 0}

const sampledPrefix = "Sampled:"

// SampledReason is the reason of an item that dynamic sampling dropped, made of the ids of the rules that matched (pipeline 7.4).
func SampledReason(rules []uint32) Reason {
	var seen [len(sampledOrder)]bool
	for _, id := range rules {
		seen[sampledCategory(id)] = true
	}
	b := []byte(sampledPrefix)
	for i, c := range sampledOrder {
		if !seen[i] {
			continue
		}
		if len(b) > len(sampledPrefix) {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, uint64(c), 10)
	}
	return Reason(b)
}

// sampledCategory returns an index of sampledOrder.
func sampledCategory(id uint32) int {
	switch {
	case id >= 1000 && id <= 1005:
		return int(id - 1000)
	case id >= 1400 && id <= 1499:
		return 6
	case id >= 1500 && id <= 1599:
		return 7
	case id >= 3000 && id <= 4999:
		return 8
	}
	return 9
}

// MapSampled turns the reason `Sampled:` and comma separated rule ids of a client report into the reason of an outcome; other texts
// are refused (pipeline 8).
func MapSampled(text string) (Reason, bool) {
	list, ok := strings.CutPrefix(text, sampledPrefix)
	if !ok {
		return "", false
	}
	var rules []uint32
	for _, part := range strings.Split(list, ",") {
		id, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return "", false
		}
		rules = append(rules, uint32(id))
	}
	return SampledReason(rules), true
}
