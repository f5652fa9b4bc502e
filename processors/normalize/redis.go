package normalize

import (
	"strings"
)

// commandOnly keeps the command of a cache or Redis call: the first that is known. White space or the end follows it, anything may stand before.
func commandOnly(text string) string {
	known := theLists().redisCommands
	for rest := text; rest != ""; {
		token, after := rest, ""
		if i := strings.IndexAny(rest, asciiSpace); i >= 0 {
			token, after = rest[:i], rest[i:]
		}
		upper := strings.ToUpper(token[max(0, len(token)-maxCommand):])
		for i := range len(upper) {
			command := upper[i:]
			if strings.HasPrefix(after, " ") {
				second := after[1:]
				if end := strings.IndexAny(second, asciiSpace); end >= 0 {
					second = second[:end]
				}
				if len(second) <= maxCommand && known[command+" "+strings.ToUpper(second)] {
					command += " " + strings.ToUpper(second)
				}
			}
			if known[command] {
				if strings.EqualFold(strings.Trim(text, asciiSpace), command) {
					return command
				}
				return command + " *"
			}
		}
		rest = strings.TrimLeft(after, asciiSpace)
	}
	return "*"
}

const (
	asciiSpace = "\t\n\v\f\r "
	maxCommand = 32 // at least the longest command, in bytes
)
