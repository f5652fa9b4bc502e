package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"weir/codecs/envelope"
	"weir/codecs/jsontext"
	"weir/codecs/project"
	"weir/processors/chain"
)

// lines answers cases line by line.
func (t *tryer) lines(ctx context.Context, in io.Reader, out io.Writer, base trial) error {
	r, w := bufio.NewReaderSize(in, 1<<20), bufio.NewWriterSize(out, 1<<20)
	var long, buf []byte
	for {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, line...)
			continue
		}
		if len(long) > 0 {
			line = append(long, line...)
			long = long[:0]
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			buf = append(t.line(ctx, buf[:0], line, base), '\n')
			if _, err := w.Write(buf); err != nil {
				return fmt.Errorf("try: write: %w", err)
			}
		}
		if r.Buffered() == 0 { // somebody may wait for the answer
			if err := w.Flush(); err != nil {
				return fmt.Errorf("try: write: %w", err)
			}
		}
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			return w.Flush()
		}
		if err != nil {
			return errors.Join(fmt.Errorf("try: read: %w", err), w.Flush())
		}
	}
}

// line appends the answer to one case.
func (t *tryer) line(ctx context.Context, dst, line []byte, cs trial) []byte {
	event, err := t.parseLine(line, &cs)
	if err == nil && event == nil {
		return t.answerEnvelope(ctx, dst, &cs)
	}
	if err == nil {
		return t.answerEvent(ctx, dst, &cs, event)
	}
	return append(appendJSON(append(dst, `{"error":`...), err.Error()), '}')
}

// parseLine reads a case; event is nil for an envelope.
func (t *tryer) parseLine(line []byte, cs *trial) (event []byte, err error) {
	var body, meta, state, global, steps []byte
	r := jsontext.NewReader(line, 0)
	for ok := r.Object(); ok && r.More(); {
		switch key, value := string(r.Key()), r.Value(); key {
		case "event":
			event = value
		case "envelope_b64":
			body = value
		case "meta":
			meta = notNull(value)
		case "project":
			state = notNull(value)
		case "global":
			global = notNull(value)
		case "steps":
			steps = notNull(value)
		}
	}
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("the line is no JSON object: %w", err)
	}
	if end := r.Pos(); jsontext.SkipSpace(line, end) < len(line) {
		return nil, fmt.Errorf("the line goes on behind the object at byte %d", end)
	}
	if state != nil {
		if cs.state, err = t.states.parse(state); err != nil {
			return nil, fmt.Errorf("project: %w", err)
		}
	}
	if global != nil {
		if cs.global, err = project.ParseGlobal(global); err != nil {
			return nil, fmt.Errorf("global: %w", err)
		}
	}
	if steps != nil {
		var names []string
		if err := json.Unmarshal(steps, &names); err != nil {
			return nil, fmt.Errorf("steps: %w", err)
		}
		if cs.steps, err = parseSteps(names); err != nil {
			return nil, fmt.Errorf("steps: %w", err)
		}
	}
	if err := cs.apply(meta); err != nil {
		return nil, err
	}
	return event, cs.input(event, body)
}

// input sets the envelope of a case.
func (cs *trial) input(event, body []byte) error {
	switch {
	case event != nil:
		cs.seed = event
		cs.envelope = eventEnvelope(event)
		return nil
	case body == nil:
		return errors.New("neither event nor envelope_b64")
	}
	text, ok := jsontext.Text(body)
	if !ok {
		return errors.New("envelope_b64: not a string")
	}
	b, err := base64.StdEncoding.DecodeString(string(text))
	if err == nil {
		cs.envelope, err = envelope.Parse(b)
	}
	if err != nil {
		return fmt.Errorf("envelope_b64: %w", err)
	}
	cs.library, cs.seed = nil, b
	return nil
}

func notNull(b []byte) []byte {
	if jsontext.IsNull(b) {
		return nil
	}
	return b
}

// answerEvent answers a line with an event.
func (t *tryer) answerEvent(ctx context.Context, dst []byte, cs *trial, sent []byte) []byte {
	res := t.run(ctx, cs, false)
	it := res.Units[0].Items[0]
	verdict := verdictOf(it)
	dst = append(dst, `{"event":`...)
	switch payload := eventPayload(res.Units[0]); {
	case payload == nil:
		dst = append(dst, "null"...)
	case cs.steps == noSteps|chain.StepScrub && untouched(cs.state), cs.steps == noSteps:
		dst = appendSent(dst, sent) // nothing reads it
	case string(payload) == "null":
		dst = append(dst, "{}"...) // an event without anything, not even metadata
	default:
		dst = append(dst, payload...)
	}
	dst = appendJSON(append(dst, `,"verdict":`...), verdict)
	return append(dst, '}')
}

// appendSent writes an event as it came, without what JSON allows between values.
func appendSent(dst, sent []byte) []byte {
	b := bytes.NewBuffer(dst)
	if json.Compact(b, sent) != nil {
		return append(dst, "null"...)
	}
	return b.Bytes()
}

// answerEnvelope answers a line with an envelope.
func (t *tryer) answerEnvelope(ctx context.Context, dst []byte, cs *trial) []byte {
	res := t.run(ctx, cs, false)
	return append(appendJSON(append(dst, `{"items":`...), itemsOf(&res)), '}')
}

func appendJSON(dst []byte, v any) []byte {
	w := bytes.NewBuffer(dst)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil { // texts and numbers only
		return append(dst, "null"...)
	}
	return bytes.TrimSuffix(w.Bytes(), []byte{'\n'})
}

// stateCache remembers states by their text: a file of cases has few of them.
type stateCache struct {
	m map[[32]byte]parsedState
}

type parsedState struct {
	state *project.State
	err   error
}

// maxStates bounds the cache.
const maxStates = 1000

func (c *stateCache) parse(b []byte) (*project.State, error) {
	key := sha256.Sum256(b)
	if p, ok := c.m[key]; ok {
		return p.state, p.err
	}
	state, err := parseState(bytes.Clone(b), 0)
	if c.m == nil || len(c.m) >= maxStates {
		c.m = map[[32]byte]parsedState{}
	}
	c.m[key] = parsedState{state, err}
	return state, err
}
