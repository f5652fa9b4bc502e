package scrub

import "weir/processors/scrub/selector"

// attachments is how a PII config applies to contents (scrub 9). The config generated from settings never does.
type attachments struct {
	set   *selector.Set
	apps  [][]byteRule
	named bool // an application names a file: the switch for ordinary attachments
}

// byteRule is a rule as it applies to contents.
type byteRule struct {
	redaction redaction
	tests     []byteTest
}

func compileAttachments(c *config) *attachments {
	a := new(attachments)
	var exprs []*selector.Expr
	for _, app := range c.applications {
		exprs = append(exprs, app.selector)
		a.named = a.named || app.selector.NamesAttachment()
		var rules []byteRule
		for _, l := range c.resolve(app.rules) {
			rules = append(rules, byteRule{l.redaction, l.rule.byteTests()})
		}
		a.apps = append(a.apps, rules)
	}
	a.set = selector.NewSet(exprs)
	return a
}

// Attachment scrubs the content of a plain attachment that is called name. It returns the content, which is the same slice
// when nothing was found and else a copy of the same length.
func (c *Compiled) Attachment(name string, content []byte) []byte {
	if c.attachments == nil || !c.attachments.named {
		return content
	}
	return c.attachments.scrub(name, content)
}

func (a *attachments) scrub(name string, content []byte) []byte {
	path := []selector.Component{selector.Root(0), selector.Root(selector.Attachments), selector.Field(name, selector.Binary)}
	s := &contents{content: content}
	for _, c := range a.set.Candidates(selector.True, &path[2]) {
		if !c.Matches(path) {
			continue
		}
		for i := range a.apps[c.At] {
			s.rule(&a.apps[c.At][i])
		}
	}
	return s.content
}

// contents is a content while rules are applied to it.
type contents struct {
	content []byte
	copied  bool
	narrow  *narrow // the content for builtin matchers, nil when it has changed
	runs    []wideText
	decoded bool // runs are those of the whole content
}

// change makes the content writable.
func (b *contents) change() {
	if !b.copied {
		b.content, b.copied = append([]byte{}, b.content...), true
	}
	b.narrow, b.decoded = nil, false
}

func (b *contents) rule(r *byteRule) {
	for i := range r.tests {
		b.test(&r.redaction, &r.tests[i])
	}
}

// test runs one pattern on the bytes and on the UTF-16 texts between what it found to overwrite.
func (b *contents) test(r *redaction, t *byteTest) {
	at := 0
	all := b.bytes(r, t, func(parts []span) {
		for _, part := range parts {
			b.wide(r, t.wide, at, part.start)
			at = part.end
		}
	})
	if !all {
		b.wide(r, t.wide, at, len(b.content))
	}
}

// maxRehash bounds the bytes that hashes of whole contents are made of.
const maxRehash = 1 << 26

// bytes runs one pattern on the bytes, tells of the parts of each match when they have been overwritten, and reports whether everything was.
func (b *contents) bytes(r *redaction, t *byteTest, found func(parts []span)) (all bool) {
	if t.bytes == nil {
		return false
	}
	if b.narrow == nil {
		b.narrow = newNarrow(b.content)
	}
	content, narrow := b.content, b.narrow
	if !t.whole {
		t.bytes.hits(content, narrow, func(h hit) {
			for _, part := range h.parts {
				b.change()
				r.overwrite(b.content, part)
			}
			found(h.parts)
		})
		return false
	}
	times := 0
	count := func(h hit) {
		if h.end > h.start {
			times++
		}
	}
	if t.bytes.hits(content, narrow, count); times > 0 && r.method == methodHash && t.each != nil {
		times = 0
		t.each.hits(content, narrow, count)
	}
	if times == 0 {
		return false
	}
	if r.method != methodHash { // nothing changes after the first time
		times = 1
	}
	for range min(times, 1+maxRehash/len(content)) { // each match overwrites everything anew: a hash is one of the last one
		b.change()
		r.overwrite(b.content, span{0, len(b.content)})
	}
	return true
}

func (b *contents) wide(r *redaction, m matcher, from, to int) {
	for _, run := range b.wideRuns(from, to) {
		if !m.possible(&run.features) {
			continue
		}
		spans, _ := m.spans(nil, run.text)
		var at wideOffset
		for _, part := range spans {
			if part.start == len(run.text) { // nothing, behind the last character: the contract takes that for everything
				part.start = 0
			}
			if part.end > part.start {
				b.change()
				r.overwriteWide(b.content, run.start+2*at.units(run.text, part.start), run.start+2*at.units(run.text, part.end))
			}
		}
	}
}

// wideRuns returns the UTF-16 texts of a part of the content; those of all of it are kept until it changes.
func (b *contents) wideRuns(from, to int) []wideText {
	if from > 0 || to < len(b.content) {
		return wideRuns(b.content, from, to)
	}
	if !b.decoded {
		b.runs, b.decoded = wideRuns(b.content, 0, to), true
	}
	return b.runs
}
