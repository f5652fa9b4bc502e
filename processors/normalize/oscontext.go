package normalize

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"weir/codecs/event"
)

// osRule reads an operating system's own description of itself (10.1). The names of the groups are fields.
type osRule struct {
	name    string // empty: group name
	pattern *regexp.Regexp
}

// Digits and white space are those of Unicode.
const (
	digits = `\p{Nd}+`
	white  = `[\t-\r\x{85}\p{Z}]+`
	kernel = `(?P<kernel_version>` + digits + `\.` + digits + `(?:\.` + digits + `(?:\.[1-9]+)?)?)`
	three  = digits + `(?:\.` + digits + `(?:\.` + digits + `)?)?`
	dotted = digits + `\.` + digits + `(?:\.` + digits + `)*`
	build  = digits + `\.` + digits + `\.(?P<build>` + digits + `)`
)

var osRules = []osRule{
	{"Windows", regexp.MustCompile(`^(?:Microsoft` + white + `)?Windows` + white + `(?:NT` + white + `)?(?P<version>` + build + `).*$`)},
	{"Windows", regexp.MustCompile(`^Windows` + white + digits + white + `\((?P<version>` + build + `).*$`)},
	{"macOS", regexp.MustCompile(`^Mac OS X (?P<version>` + digits + `\.` + digits + `\.` + digits + `)(?: \((?P<build>[0-9a-fA-F]+)\))?$`)},
	{"iOS", regexp.MustCompile(`^iOS (?P<version>` + dotted + `)`)},
	{"iPadOS", regexp.MustCompile(`^iPadOS (?P<version>` + dotted + `)`)},
	{"", regexp.MustCompile(`^Linux ` + kernel + ` (?P<name>[a-zA-Z]+) (?P<version>` + three + `)`)},
	{"", regexp.MustCompile(`^(?P<name>[a-zA-Z]+) ` + kernel)},
	{"Android", regexp.MustCompile(`^Android (?:OS )?(?P<version>` + three + `) / API-` + digits)},
	{"Nintendo OS", regexp.MustCompile(`^Nintendo Switch$`)},
}

// osContext fills name and version from raw_description, if both are unknown.
func (r *run) osContext(v *event.Value) {
	raw, ok := v.Get("raw_description").Str()
	if !ok || !v.Get("name").IsNull() || !v.Get("version").IsNull() {
		return
	}
	for _, rule := range osRules {
		groups := rule.pattern.FindStringSubmatch(raw)
		if groups == nil || rule.name == "Windows" && !setWindowsVersion(groups) {
			continue
		}
		if rule.name != "" {
			r.assign(v, "name", rule.name)
		}
		for i, field := range rule.pattern.SubexpNames() {
			switch {
			case field == "":
			case rule.name == "Windows" && field == "build":
				if isBlank(v.Get("build")) {
					r.assign(v, "build", groups[i])
				}
			case rule.name == "macOS" && field == "build" && groups[i] == "":
				if build := v.Get("build"); build != nil {
					build.SetNull()
				}
			case groups[i] != "" || field != "kernel_version" && field != "build":
				r.assign(v, field, groups[i])
			}
		}
		return
	}
	name, version, _ := strings.Cut(raw, " ")
	name, version = strings.TrimFunc(name, unicode.IsSpace), strings.TrimFunc(version, unicode.IsSpace)
	if strings.Contains(raw, " ") && !strings.ContainsFunc(name, noLetter) && strings.Trim(version, "0123456789.-") == "" {
		r.assign(v, "name", name)
		r.assign(v, "version", version)
	}
}

func noLetter(c rune) bool { return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') }

// setWindowsVersion puts the version that Microsoft sells a build under in the place of the full one, if there is such; false: the build,
// which is the last group, is no number.
func setWindowsVersion(groups []string) bool {
	number, err := strconv.ParseUint(groups[len(groups)-1], 10, 64)
	if name := windowsVersion(number); name != "" {
		groups[1] = name
	}
	return err == nil
}

func windowsVersion(build uint64) string {
	switch {
	case build >= 2600 && build <= 3790:
		return "XP"
	case build == 6002:
		return "Vista"
	case build == 7601:
		return "7"
	case build == 9200:
		return "8"
	case build == 9600:
		return "8.1"
	case build >= 10240 && build <= 19044:
		return "10"
	case build >= 22000 && build <= 22999:
		return "11"
	}
	return ""
}
