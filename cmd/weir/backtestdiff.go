package main

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/valyala/fastjson"

	"weir/codecs/dsn"
	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/processors"
	"weir/processors/chain"
	"weir/topologies/backtest"
)

// Bounds of what is remembered of a difference, so that any amount of traffic can be compared.
const (
	fewExamples = 5
	maxPaths    = 2000
)

// backtestDiff gathers how envelopes end under two configs.
type backtestDiff struct {
	inForce, then chain.Items
	same          int64
	outcomes      map[ledger.Count]*[2]uint64      // by end; Quantity is 0 in all keys
	dropped       map[ledger.Count]*backtestEffect // newly
	kept          map[ledger.Count]*backtestEffect // no longer dropped
	fields        [len(backtestWays)]map[string]*backtestField
	docs          documents
}

// deadUnits is the end of units that go to dead-letters, for which no category counts.
var deadUnits = ledger.Count{Category: outcome.Unknown}

// backtestEffect is how much ends otherwise in one way.
type backtestEffect struct {
	quantity, envelopes uint64
	examples            []string
}

// backtestField is a field that is another one in some envelopes.
type backtestField struct {
	rules    map[string]bool
	count    uint64
	examples []string
}

// The ways in which a field can differ.
const (
	newlyScrubbed = iota
	noLongerScrubbed
	scrubbedOtherwise
	changedOtherwise
)

var backtestWays = [...]string{newlyScrubbed: "newly scrubbed", noLongerScrubbed: "no longer scrubbed", scrubbedOtherwise: "scrubbed by another rule", changedOtherwise: "changed otherwise"}

func newBacktestDiff() *backtestDiff {
	d := &backtestDiff{outcomes: map[ledger.Count]*[2]uint64{}, dropped: map[ledger.Count]*backtestEffect{}, kept: map[ledger.Count]*backtestEffect{}}
	for i := range d.fields {
		d.fields[i] = map[string]*backtestField{}
	}
	return d
}

// add compares one envelope.
func (d *backtestDiff) add(p *backtest.Pair) {
	d.inForce.Add(p.InForce.Items)
	d.then.Add(p.Then.Items)
	name := exampleOf(p)
	ends := d.ends(p, name)
	fields := d.documents(p, name)
	if !ends && !fields {
		d.same++
	}
}

// exampleOf is the id by which `weir trace` finds the envelope.
func exampleOf(p *backtest.Pair) string {
	if id := p.Sent.Header.EventID; !id.IsNil() {
		return id.String()
	}
	return p.Record.Receipt.String()
}

// ends compares what the envelope counts for.
func (d *backtestDiff) ends(p *backtest.Pair, name string) (differs bool) {
	delta := map[ledger.Count]int64{}
	for side, res := range []*chain.Result{&p.InForce, &p.Then} {
		for _, t := range res.Ledger {
			k := ledger.Count{Category: t.Category, ID: t.ID, Reason: t.Reason}
			n := d.outcomes[k]
			if n == nil {
				n = new([2]uint64)
				d.outcomes[k] = n
			}
			n[side] += t.Quantity
			delta[k] += int64(t.Quantity) * int64(2*side-1)
		}
		for range res.Dead {
			delta[deadUnits] += int64(2*side - 1)
		}
	}
	for k, n := range delta {
		if n == 0 {
			continue
		}
		differs = true
		switch {
		case k.ID == outcome.Accepted && k != deadUnits:
		case n > 0:
			effect(d.dropped, k, uint64(n), name)
		default:
			effect(d.kept, k, uint64(-n), name)
		}
	}
	return differs
}

func effect(m map[ledger.Count]*backtestEffect, k ledger.Count, n uint64, name string) {
	e := m[k]
	if e == nil {
		e = &backtestEffect{}
		m[k] = e
	}
	e.quantity += n
	e.envelopes++
	e.examples = example(e.examples, name)
}

func example(list []string, name string) []string {
	if len(list) < fewExamples && !slices.Contains(list, name) {
		list = append(list, name)
	}
	return list
}

// documents compares what both configs leave of the items that both accept.
func (d *backtestDiff) documents(p *backtest.Pair, name string) (differs bool) {
	seen := map[string]bool{} // a path counts once for an envelope
	note := func(way int, path string, rules ...string) {
		differs = true
		if key := backtestWays[way] + path; !seen[key] {
			seen[key] = true
			d.field(way, path, name, rules)
		}
	}
	for _, a := range p.InForce.Units {
		i := slices.IndexFunc(p.Then.Units, func(b *processors.Unit) bool { return b.Index == a.Index })
		if i < 0 {
			continue
		}
		b := p.Then.Units[i]
		if a.Event != nil && b.Event != nil && accepted(a.Main) && accepted(b.Main) {
			d.docs.a, d.docs.b = a.Event.AppendTo(d.docs.a[:0]), b.Event.AppendTo(d.docs.b[:0])
			d.docs.compare("", note)
		}
		if len(a.Items) != len(b.Items) {
			continue
		}
		for k, x := range a.Items {
			if y := b.Items[k]; x != a.Main && (a.Main == nil || x.Parent != a.Main) && accepted(x) && accepted(y) { // spans of a transaction are of its event
				d.compareItems(p, x, y, note)
			}
		}
	}
	return differs
}

func accepted(it *processors.Item) bool { return it != nil && it.Fate == processors.FateAccepted }

// field counts a difference; paths beyond a bound are counted together.
func (d *backtestDiff) field(way int, path, name string, rules []string) {
	f := d.fields[way][path]
	if f == nil {
		if len(d.fields[way]) >= maxPaths {
			path = "(more)"
		}
		if f = d.fields[way][path]; f == nil {
			f = &backtestField{rules: map[string]bool{}}
			d.fields[way][path] = f
		}
	}
	f.count++
	f.examples = example(f.examples, name)
	for _, r := range rules {
		f.rules[r] = true
	}
}

// compareItems tells two contents of an item apart: by their remarks, or by which is what was sent.
func (d *backtestDiff) compareItems(p *backtest.Pair, x, y *processors.Item, note func(way int, path string, rules ...string)) {
	name := x.Type
	if x.Record != nil && y.Record != nil && x.Doc != nil && y.Doc != nil {
		d.docs.a, d.docs.b = x.Doc.AppendTree(d.docs.a[:0], x.Record), y.Doc.AppendTree(d.docs.b[:0], y.Record)
		d.docs.compare(name, note)
		return
	}
	a, b := contentOf(x), contentOf(y)
	if bytes.Equal(a, b) {
		return
	}
	way := scrubbedOtherwise
	if x.Index < len(p.Sent.Items) {
		switch sent := contentOf(&processors.Item{Item: p.Sent.Items[x.Index]}); {
		case bytes.Equal(sent, a):
			way = newlyScrubbed
		case bytes.Equal(sent, b):
			way = noLongerScrubbed
		}
	}
	for _, c := range contentChanges(a, b) {
		path := general(c.Path)
		if strings.HasPrefix(path, " byte") {
			path = " (bytes)"
		}
		note(way, name+strings.TrimSuffix(path, "."))
	}
}

// documents compares two documents with remarks about what was done to their fields. Its memory is used again for the next two.
type documents struct {
	before, after fastjson.Parser
	a, b          []byte
}

// compare tells how what stands in c.a has become what stands in c.b.
func (c *documents) compare(prefix string, note func(way int, path string, rules ...string)) {
	if bytes.Equal(c.a, c.b) {
		return
	}
	a, err := c.before.ParseBytes(c.a)
	if err != nil {
		return
	}
	b, err := c.after.ParseBytes(c.b)
	if err != nil {
		return
	}
	before, after := remarksOf(a), remarksOf(b)
	for path, rules := range after {
		switch was, ok := before[path]; {
		case !ok:
			note(newlyScrubbed, prefix+path, rules...)
		case !slices.Equal(was, rules):
			note(scrubbedOtherwise, prefix+path, strings.Join(was, ", ")+" → "+strings.Join(rules, ", "))
		}
	}
	for path, rules := range before {
		if _, ok := after[path]; !ok {
			note(noLongerScrubbed, prefix+path, rules...)
		}
	}
	a.Del("_meta")
	b.Del("_meta")
	near := nearPaths(before, after)
	var list []change
	compareValues("", a, b, &list)
	for _, c := range list {
		if path := general(c.Path); !near.has(path) {
			note(changedOtherwise, prefix+path)
		}
	}
}

// document is what people are told.
func (d *backtestDiff) document(r backtest.Report, keys []dsn.PublicKey) *backtestDocument {
	doc := &backtestDocument{Finished: r.Finished, Enough: r.Enough, Records: r.Records, Done: r.Done, Compared: r.Compared, Skipped: r.Skipped, NoConfig: r.Unknown, Broken: r.Broken,
		First: r.First, Last: r.Last, Keys: keys, Same: d.same, Outcomes: []backtestOutcome{}}
	doc.Items.InForce, doc.Items.Proposed = replayItems(d.inForce), replayItems(d.then)
	for k, n := range d.outcomes {
		doc.Outcomes = append(doc.Outcomes, backtestOutcome{k.ID.String(), k.Reason.Text(), k.Category.String(), n[0], n[1]})
	}
	slices.SortFunc(doc.Outcomes, func(a, b backtestOutcome) int {
		return cmp.Or(strings.Compare(a.Outcome, b.Outcome), strings.Compare(a.Reason, b.Reason), strings.Compare(a.Category, b.Category))
	})
	doc.Dropped, doc.Kept = effects(d.dropped), effects(d.kept)
	doc.NewlyScrubbed, doc.NoLonger = fieldRows(d.fields[newlyScrubbed]), fieldRows(d.fields[noLongerScrubbed])
	doc.Otherwise, doc.Changed = fieldRows(d.fields[scrubbedOtherwise]), fieldRows(d.fields[changedOtherwise])
	return doc
}
