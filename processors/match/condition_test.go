package match

import (
	"net/netip"
	"testing"

	"weir/codecs/project"
)

// fields is a table of values for tests.
type fields map[string]Value

func (f fields) Field(name string) Value { return f[name] }

func (f fields) Elements(name string, visit func(Fields) bool) bool {
	if name != "list" {
		return false
	}
	for _, s := range []string{"one", "two"} {
		if !visit(fields{"value": Text(s)}) {
			break
		}
	}
	return true
}

func compile(t *testing.T, text string) *Condition {
	t.Helper()
	c, err := project.ParseCondition([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return CompileCondition(c)
}

func TestConditions(t *testing.T) {
	f := fields{
		"text": Text("Größe"), "one": Text("1"), "true": Bool(true), "int": Int(5), "negative": Int(-5), "big": Uint(1 << 63), "float": Float(5),
		"id": ID("A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11"), "addr": Addr(netip.MustParseAddr("10.1.2.3")), "ip": Text("10.1.2.3"), "release": Text("a@1.2"),
	}
	for text, want := range map[string]bool{
		`{"op":"eq","name":"text","value":"GRÖSSE","options":{"ignoreCase":true}}`:        true,
		`{"op":"eq","name":"text","value":"größe"}`:                                       false,
		`{"op":"eq","name":"text","value":["x","GRÖßE"],"options":{"ignoreCase":true}}`:   true,
		`{"op":"eq","name":"none","value":null}`:                                          true,
		`{"op":"eq","name":"none","value":""}`:                                            false,
		`{"op":"eq","name":"none","value":[null]}`:                                        false,
		`{"op":"eq","name":"text","value":null}`:                                          false,
		`{"op":"eq","name":"true","value":true}`:                                          true,
		`{"op":"eq","name":"true","value":false}`:                                         false,
		`{"op":"eq","name":"true","value":"true"}`:                                        false,
		`{"op":"eq","name":"int","value":5}`:                                              false,
		`{"op":"eq","name":"none","value":5}`:                                             false,
		`{"op":"eq","name":"none","value":{"a":1}}`:                                       false,
		`{"op":"eq","name":"id","value":"a0eebc999c0b4ef8bb6d6bb9bd380a11"}`:              true,
		`{"op":"eq","name":"id","value":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}`:          false,
		`{"op":"eq","name":"addr","value":"10.1.2.3"}`:                                    true,
		`{"op":"eq","name":"addr","value":"::ffff:10.1.2.3"}`:                             false,
		`{"op":"gt","name":"int","value":4}`:                                              true,
		`{"op":"gt","name":"int","value":4.9}`:                                            true,
		`{"op":"gte","name":"float","value":5}`:                                           true,
		`{"op":"lt","name":"negative","value":18446744073709551615}`:                      true,
		`{"op":"lt","name":"int","value":18446744073709551615}`:                           true,
		`{"op":"gt","name":"big","value":9223372036854775807}`:                            true,
		`{"op":"gt","name":"big","value":-1}`:                                             true,
		`{"op":"lte","name":"one","value":"10"}`:                                          true,
		`{"op":"lte","name":"one","value":10}`:                                            false,
		`{"op":"gt","name":"true","value":false}`:                                         false,
		`{"op":"lt","name":"none","value":5}`:                                             false,
		`{"op":"lt","name":"int","value":[9]}`:                                            false,
		`{"op":"glob","name":"text","value":["[","gr*"]}`:                                 true,
		`{"op":"glob","name":"int","value":["*"]}`:                                        false,
		`{"op":"glob","name":"none","value":["*"]}`:                                       false,
		`{"op":"cidr","name":"addr","value":["10.0.0.0/8"]}`:                              true,
		`{"op":"cidr","name":"ip","value":["bogus","10.1.2.3"]}`:                          true,
		`{"op":"cidr","name":"text","value":["0.0.0.0/0"]}`:                               false,
		`{"op":"release","name":"release","comparator":"gte","value":"1.2.0"}`:            true,
		`{"op":"release","name":"release","comparator":"gt","value":"a@1.1"}`:             true,
		`{"op":"release","name":"release","comparator":"gt","value":"b@1.1"}`:             false,
		`{"op":"release","name":"release","comparator":"ne","value":"9"}`:                 false,
		`{"op":"release","name":"release","comparator":"eq","value":"foo"}`:               false,
		`{"op":"release","name":"release","comparator":"eq"}`:                             false,
		`{"op":"and","inner":[]}`:                                                         true,
		`{"op":"or","inner":[]}`:                                                          false,
		`{"op":"and","inner":[{"op":"and","inner":[]},{"op":"zz"}]}`:                      false,
		`{"op":"or","inner":[{"op":"zz"},{"op":"and","inner":[]}]}`:                       true,
		`{"op":"not","inner":{"op":"zz"}}`:                                                true,
		`{"op":"any","name":"list","inner":{"op":"eq","name":"value","value":"two"}}`:     true,
		`{"op":"all","name":"list","inner":{"op":"eq","name":"value","value":"two"}}`:     false,
		`{"op":"all","name":"list","inner":{"op":"glob","name":"value","value":["*o*"]}}`: true,
		`{"op":"any","name":"none","inner":{"op":"and","inner":[]}}`:                      false,
		`{"op":"all","name":"none","inner":{"op":"and","inner":[]}}`:                      false,
	} {
		if got := compile(t, text).Match(f); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	var none *Condition
	if none.Match(f) || none.Supported() {
		t.Error("no condition matches nothing")
	}
}

func TestSupported(t *testing.T) {
	for text, want := range map[string]bool{
		`{"op":"and","inner":[]}`: true, `{"op":"zz"}`: false, `{"op":"not","inner":{"op":"zz"}}`: false,
		`{"op":"eq","name":"a","value":{}}`: true, `{"op":"glob","name":"a","value":["["]}`: true,
		`{"op":"release","name":"a","comparator":"eq","value":"1.0"}`: true, `{"op":"release","name":"a","comparator":"eq"}`: false,
		`{"op":"release","name":"a","comparator":"zz","value":"1.0"}`: false, `{"op":"release","name":"a","comparator":"gt","value":"foo"}`: false,
		`{"op":"any","name":"a","inner":{"op":"zz"}}`: false,
	} {
		if got := compile(t, text).Supported(); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func BenchmarkCondition(b *testing.B) {
	p, err := project.ParseCondition([]byte(`{"op":"and","inner":[{"op":"glob","name":"release","value":["myapp@*"]},{"op":"eq","name":"env","value":["prod","beta"]}]}`))
	if err != nil {
		b.Fatal(err)
	}
	c := CompileCondition(p)
	f := fields{"release": Text("myapp@1.2.3"), "env": Text("prod")}
	b.ReportAllocs()
	for b.Loop() {
		c.Match(f)
	}
}
