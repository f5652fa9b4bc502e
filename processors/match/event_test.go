package match

import (
	"testing"

	"weir/codecs/event"
	"weir/codecs/project"
)

// The vectors of processors/filter hold most names; these are about the edges.
func TestEventFields(t *testing.T) {
	doc, err := event.Parse([]byte(`{"type":"transaction","start_timestamp":1,"timestamp":2.5,"release":"app@1.2+deadbeefdead","tags":[null,["a"],["a.b","x"]],
		"measurements":{"a.value":{"value":3}},"contexts":{"device":{"type":"os","name":"x"},"os":{"name":"y","os":"y 1"}},
		"exception":{"values":[null,{"type":"A"}]},"extra":{"list":[1]}}`))
	if err != nil {
		t.Fatal(err)
	}
	defer doc.Release()
	f := EventFields(doc.Root)
	for name, want := range map[string]Value{
		"event.duration": Float(1500), "event.release.package": Text("app"), "event.release.build": Text("deadbeefdead"),
		"event.release.version.short": Text("1.2"), "event.tags.a.b": Text("x"), "event.tags.a": {}, "event.platform": Text("other"),
		"event.measurements.a.value.value": Float(3), "event.measurements.a.value": {}, "event.contexts.device.name": {},
		"event.contexts.os.name": Text("y"), "event.contexts.os": Text("y 1"), "event.contexts": {}, "event.contexts.os.x": {},
		"event.extra.list": Other(), "event.extra.list.0": {}, "event.type": {}, "event.": {}, "event": {}, "": {}, "release": {},
		"envelope.client_ip": {}, "event.request.headers.": {}, "event.breakdowns.a": {},
	} {
		if got := f.Field(name); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	c, err := project.ParseCondition([]byte(`{"op":"all","name":"event.exception.values","inner":{"op":"eq","name":"ty","value":"A"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if !CompileCondition(c).Match(f) {
		t.Error("null entries do not take part")
	}
}
