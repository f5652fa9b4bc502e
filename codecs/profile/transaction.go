package profile

import (
	"slices"
	"strings"

	"weir/codecs/event"
)

// Transaction is what a profile takes over from the transaction that it belongs to. Empty texts are absent.
type Transaction struct {
	Name, Release, Dist, Environment string
	SpanID                           string // of the root span
	SDKName, SDKVersion              string
	Metadata, Tags                   []Pair // in any order
}

// Pair is a text under a key.
type Pair struct{ Key, Value string }

// factFields are the members of version 1 that come from the transaction.
var factFields = shape{
	{key: "transaction_metadata", need: defaulted, rule: anything},
	{key: "transaction_tags", need: defaulted, rule: anything},
	{key: "client_sdk", need: optional, rule: anything},
}

// defaultSDKs are the SDKs of platforms, for transactions that do not tell theirs.
var defaultSDKs = map[string]string{
	"android": "sentry.java.android", "cocoa": "sentry.cocoa", "csharp": "sentry.dotnet", "go": "sentry.go", "javascript": "sentry.javascript",
	"node": "sentry.javascript.node", "php": "sentry.php", "python": "sentry.python", "ruby": "sentry.ruby", "rust": "sentry.rust",
}

// tell writes the facts of t into a profile.
func (t *Transaction) tell(d *event.Doc) {
	root := d.Root
	set := func(v *event.Value, key, s string) {
		if s != "" {
			v.Set(key, d.NewString(s))
		}
	}
	tx := root.Get("transaction")
	set(tx, "name", t.Name)
	set(tx, "segment_id", t.SpanID)
	transactionShape.arrange(d, tx)
	set(root, "dist", t.Dist)
	set(root, "environment", t.Environment)
	if root.Get("release").IsNull() {
		set(root, "release", t.Release)
	}
	root.Set("transaction_metadata", pairs(d, t.Metadata))
	if len(t.Tags) > 0 {
		root.Set("transaction_tags", pairs(d, t.Tags))
	} else {
		root.Delete("transaction_tags")
	}
	name, version := t.SDKName, t.SDKVersion
	if name == "" || version == "" {
		name, version = defaultSDKs[root.Get("platform").Text()], ""
	}
	if name != "" {
		sdk := d.NewObject(2)
		sdk.Set("name", d.NewString(name))
		sdk.Set("version", d.NewString(version))
		root.Set("client_sdk", sdk)
	} else {
		root.Delete("client_sdk")
	}
}

// pairs is an object in ascending order of keys; of equal keys the last stays.
func pairs(d *event.Doc, list []Pair) *event.Value {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Pair) int { return strings.Compare(a.Key, b.Key) })
	v := d.NewObject(len(list))
	for _, p := range list {
		v.Set(p.Key, d.NewString(p.Value))
	}
	return v
}
