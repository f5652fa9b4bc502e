package scrub

import (
	"encoding/json"
	"strings"
	"testing"

	"weir/codecs/project"
)

// problemCases are configs and what is said about them: "E" or "W", the path, and a part of the text each.
var problemCases = []struct {
	name, config string
	settings     project.Scrubbing
	want         []string
}{
	{name: "none"},
	{name: "null", config: "null"},
	{name: "nothing to say", config: `{"rules":{"a":{"type":"pattern","pattern":"x"}},"applications":{"$string":["a","@ip"],"$user.ip_address || tags.x":["@anything"],"!x":["@email"]}}`},
	{name: "no object", config: `"x"`, want: []string{"E : expected a map"}},
	{name: "rules", config: `{"rules":{"a":{"type":"foo"},"b":{"type":"pattern"}},"applications":{"*":["a"],"$x":[],"y":"@ip","z":["a"]},"vars":5}`, want: []string{
		"E rules.a: unknown variant", "E rules.b: missing field `pattern`", "E applications.*: wildcard must be part of a path", "E applications.$x: unknown value",
		"E applications.y: expected a sequence", "E vars: expected a map",
	}},
	{name: "patterns", config: `{"rules":{"a":{"type":"pattern","pattern":"("},"b":{"type":"redact_pair","keyPattern":"(?=x)"},"c":{"type":"pattern","pattern":"x{1000000}"}},"applications":{"$string":["a","b"]}}`, want: []string{
		"E rules.a.pattern: regex parse error", "E rules.b.keyPattern: look", "W rules.c: no application uses", "W rules.c.pattern: size limit",
	}},
	{name: "rules that nothing uses", config: `{"rules":{"a":{"type":"ip"},"b":{"type":"alias","rule":"a"},"c":{"type":"multiple","rules":["b","nope"]}},"applications":{"$string":["@ip","gone"]}}`, want: []string{
		"W rules.a: no application uses", "W rules.b: no application uses", "W rules.c: no application uses", `W rules.c: there is no rule "nope"`, `W applications.$string: there is no rule "gone"`,
	}},
	{name: "rules in a circle", config: `{"rules":{"a":{"type":"alias","rule":"b"},"b":{"type":"alias","rule":"a"}},"applications":{"x":["a"],"y":[]}}`, want: []string{
		"W applications.x: applies no rule", "W applications.y: applies no rule",
	}},
	{name: "patterns that cannot match", config: `{"rules":{"a":{"type":"pattern","pattern":"[a&&b]"},"b":{"type":"pattern","pattern":"x^"},"c":{"type":"pattern","pattern":"$(x|y+)"},"d":{"type":"pattern","pattern":"(?m)$x|^y","replaceGroups":[2,0]},"e":{"type":"pattern","pattern":"x","replaceGroups":[]}},"applications":{"$string":["a","b","c","d","e"]}}`, want: []string{
		"W rules.a.pattern: can never match", "W rules.b.pattern: can never match", "W rules.c.pattern: can never match", "W rules.d.replaceGroups: no group 2", "W rules.e.replaceGroups: no group is to be replaced",
	}},
	{name: "selectors that cannot match", config: `{"applications":{"$event.extra":["@ip"],"$datetime":["@ip"],"$logentry.message":["@ip"],"$error.type && x":["@ip"],"$frame.function || $user.segment":["@ip"],"$boolean":["@anything"]}}`, want: []string{
		"W applications.$event.extra: can never match", "W applications.$datetime: can never match", "W applications.$logentry.message: can never match",
		"W applications.$error.type && x: can never match", "W applications.$frame.function || $user.segment: can never match", "W applications.$boolean: can never match",
	}},
	{name: "rules that never see what is selected", config: `{"applications":{"$number":["@ip","@password"],"$object || $array":["@email"],"$object.x":["@email"]}}`, want: []string{
		"W applications.$number: looks at texts", "W applications.$object || $array: looks at texts",
	}},
	{name: "selectors that can match", config: `{"applications":{"$log.body":["@ip"],"$span.attributes.'x'.value":["@ip"],"$span.attributes.x":["@ip"],"$frame.filename":["@ip"],"$stack_memory":["@ip"],"$minidump.$binary":["@ip"],"$attachments.'a'":["@ip"],"$attachments.**":["@ip"],"**.x":["@ip"],"a.**.0.b":["@ip"],"$object.**.a":["@ip"],"$number":["@anything"],"data.payload.data.x":["@ip"],"$trace_metric.attributes.y.value":["@ip"],"contexts.*.*":["@ip"],"$message":["@ip"],"$http.headers.cookie":["@ip"],"frames.*.filename":["@ip"],"$minidump.code_file":["@ip"],"$user.ip_address.ip_address":["@ip"],"$binary":["@ip"],"$sdk.client_ip":["@ip"],"$thread.**":["@ip"],"$breadcrumb.message":["@ip"]}}`},
	{name: "the same selector twice", config: `{"applications":{"$string":["@ip"],"text":["@email"]}}`, want: []string{`W applications.$string: same selector as "text"`}},
	{name: "unknown method", config: `{"rules":{"a":{"type":"ip","redaction":{"method":"Mask"}}},"applications":{"x":["a"]}}`, want: []string{`W rules.a: unknown redaction method "Mask"`}},
	{name: "settings", settings: project.Scrubbing{ScrubDefaults: true, SensitiveFields: []string{"a"}, ExcludeFields: []string{"b"}}, want: []string{
		"W datascrubbingSettings.scrubDefaults: no effect", "W datascrubbingSettings.sensitiveFields: no effect", "W datascrubbingSettings.excludeFields: no effect",
	}},
	{name: "good settings", settings: project.Scrubbing{ScrubData: true, SensitiveFields: []string{"a"}, ExcludeFields: []string{"b"}}},
}

func TestProblems(t *testing.T) {
	for _, c := range problemCases {
		t.Run(c.name, func(t *testing.T) {
			got := Problems(json.RawMessage(c.config), c.settings)
			for i, p := range got {
				if i >= len(c.want) {
					t.Errorf("unexpected: %+v", p)
					continue
				}
				kind, text := "E ", c.want[i]
				if p.Warning {
					kind = "W "
				}
				path, part, _ := strings.Cut(text[2:], ": ")
				if text[:2] != kind || !strings.HasPrefix(p.Path, path) || !strings.Contains(p.Text, part) {
					t.Errorf("got %s%s, want %s", kind, p, text)
				}
			}
			if len(got) < len(c.want) {
				t.Errorf("missing: %q", c.want[len(got):])
			}
		})
	}
}

// What Problems calls an error is what makes a config invalid, and nothing else is.
func TestProblemsAgreeWithValidate(t *testing.T) {
	for _, v := range load[struct {
		Config string
		Valid  bool
	}](t, "config_validation") {
		if v.Config == "null" { // no config, unless one must be there
			continue
		}
		problems := Problems(json.RawMessage(v.Config), project.Scrubbing{})
		if valid := len(problems) == 0 || problems[0].Warning; valid != v.Valid {
			t.Errorf("%s: valid %v, %v", v.Config, v.Valid, problems)
		}
	}
}

func TestProblemPositions(t *testing.T) {
	config := " {\n \"rules\": {\"a.b\": {\"type\": \"pattern\", \"pattern\": \"(\"}},\n \"applications\": {\"x\": [\"a.b\"]}}"
	got := Problems(json.RawMessage(config), project.Scrubbing{})
	if len(got) != 1 || got[0].Rule != "a.b" || !strings.HasPrefix(config[got[0].Offset:], `"("`) {
		t.Errorf("%+v", got)
	}
}
