package normalize

import (
	"regexp"
	"strconv"
	"strings"

	"weir/codecs/event"
)

// osRule reads an operating system's own description of itself (10.1). The names of the groups are fields.
type osRule struct {
	name    string // empty: group name
	pattern *regexp.Regexp
}

const kernel = `(?P<kernel_version>[0-9]+\.[0-9]+(?:\.[0-9]+(?:\.[1-9]+)?)?)`

var osRules = []osRule{
	{"Windows", regexp.MustCompile(`^(?:Microsoft )?Windows (?:NT )?(?P<version>[0-9]+\.[0-9]+\.(?P<build>[0-9]+))`)},
	{"Windows", regexp.MustCompile(`^(?:Microsoft )?Windows [0-9]+ \((?P<version>[0-9]+\.[0-9]+\.(?P<build>[0-9]+))`)},
	{"macOS", regexp.MustCompile(`^Mac OS X (?P<version>[0-9]+\.[0-9]+\.[0-9]+)(?: \((?P<build>[0-9a-fA-F]+)\))?$`)},
	{"iOS", regexp.MustCompile(`^iOS (?P<version>[0-9]+\.[0-9]+(?:\.[0-9]+)*)`)},
	{"iPadOS", regexp.MustCompile(`^iPadOS (?P<version>[0-9]+\.[0-9]+(?:\.[0-9]+)*)`)},
	{"", regexp.MustCompile(`^Linux ` + kernel + ` (?P<name>[a-zA-Z]+) (?P<version>[0-9]+(?:\.[0-9]+(?:\.[0-9]+)?)?)`)},
	{"", regexp.MustCompile(`^(?P<name>[a-zA-Z]+) ` + kernel)},
	{"Android", regexp.MustCompile(`^Android (?:OS )?(?P<version>[0-9]+(?:\.[0-9]+(?:\.[0-9]+)?)?) / API-[0-9]+`)},
	{"Nintendo OS", regexp.MustCompile(`^Nintendo Switch$`)},
	{"", regexp.MustCompile(`^(?P<name>[a-zA-Z]*) \s*(?P<version>[0-9.\-]*)\s*$`)},
}

// osContext fills name and version from raw_description, if both are unknown.
func (r *run) osContext(v *event.Value) {
	raw, ok := v.Get("raw_description").Str()
	if !ok || !v.Get("name").IsNull() || !v.Get("version").IsNull() {
		return
	}
	for _, rule := range osRules {
		groups := rule.pattern.FindStringSubmatch(raw)
		if groups == nil {
			continue
		}
		if rule.name != "" {
			r.assign(v, "name", rule.name)
		}
		for i, field := range rule.pattern.SubexpNames() {
			switch {
			case field == "":
			case rule.name == "Windows" && field == "version":
				r.assign(v, "version", windowsVersion(groups[i]))
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
}

// windowsVersion names the version that Microsoft sells a build under.
func windowsVersion(full string) string {
	build, _ := strconv.Atoi(full[strings.LastIndexByte(full, '.')+1:])
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
	return full
}
