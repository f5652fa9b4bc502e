package normalize

import (
	"strings"
)

// wholeCategories keep two parts of their operation, plainCategories one (11.10).
var wholeCategories = map[string]bool{
	"ui.react": true, "ui.vue": true, "ui.svelte": true, "ui.angular": true, "ui.ember": true, "ai.pipeline": true,
	"function.nextjs": true, "function.remix": true, "function.gpc": true, "function.aws": true, "function.azure": true,
}

var plainCategories = map[string]bool{
	"ai": true, "app": true, "browser": true, "cache": true, "console": true, "db": true, "event": true, "file": true, "graphql": true, "grpc": true, "http": true, "measure": true,
	"middleware": true, "navigation": true, "pageload": true, "queue": true, "resource": true, "rpc": true, "serialize": true, "subprocess": true, "template": true, "topic": true,
	"view": true, "websocket": true,
}

func spanCategory(op string, data lookup) (category string, ok bool) {
	if s, ok := data("sentry.category").Str(); ok {
		return s, true
	}
	first, rest, _ := strings.Cut(op, ".")
	second, _, _ := strings.Cut(rest, ".")
	if two := first + "." + second; second != "" && wholeCategories[two] {
		return two, true
	}
	if plainCategories[first] {
		return first, true
	}
	for _, c := range attributeCategories {
		if !isBlank(data.first(c.attributes...)) {
			return c.category, true
		}
	}
	if data("sentry.origin").Text() == "auto.ui.browser.metrics" {
		return "browser", true
	}
	return "", false
}

// attributeCategories are told by an attribute that is there and not empty.
var attributeCategories = [...]struct {
	category   string
	attributes []string
}{
	{"db", []string{"db.system.name", "db.system"}}, {"http", []string{"http.request.method", "http.method"}}, {"ui", []string{"ui.component_name"}},
	{"resource", []string{"resource.render_blocking_status"}},
}
