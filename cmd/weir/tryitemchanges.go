package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"weir/codecs/inflate"
	"weir/codecs/jsontext"
	"weir/processors"
	"weir/processors/chain"
)

// itemChanges lists what scrubbing changed in the items of a unit beside its event. plain is a run without that step.
func itemChanges(unit *processors.Unit, plain *chain.Result) (list []change) {
	for _, p := range plain.Units {
		if p.Index != unit.Index || len(p.Items) != len(unit.Items) {
			continue
		}
		for i, it := range unit.Items {
			name := fmt.Sprintf("%s[%d]", it.Type, i)
			if it.Filename != "" {
				name = fmt.Sprintf("%s[%q]", it.Type, it.Filename)
			}
			for _, c := range contentChanges(contentOf(p.Items[i]), contentOf(it)) {
				if c.Path == "." {
					c.Path = ""
				}
				c.Path = name + c.Path
				list = append(list, c)
			}
		}
	}
	return list
}

// contentOf is what an item holds: its record, or its payload. The zlib body of a replay recording is inflated.
func contentOf(it *processors.Item) []byte {
	if it.Record != nil {
		return it.Record.AppendTo(nil)
	}
	if head, body, ok := bytes.Cut(it.Payload, []byte{'\n'}); ok && len(head) > 0 && head[0] == '{' {
		if plain, err := new(inflate.Decoder).Zlib(nil, body, 1<<24); err == nil {
			return plain
		}
	}
	return it.Payload
}

// contentChanges compares two contents: JSON by members, others by the stretches of bytes that differ.
func contentChanges(before, after []byte) []change {
	if bytes.Equal(before, after) {
		return nil
	}
	if jsontext.Valid(before) && jsontext.Valid(after) {
		return changesOf(before, after)
	}
	if len(before) != len(after) {
		return []change{{"", quotedBytes(before), quotedBytes(after)}}
	}
	var list []change
	for at := 0; at < len(before); {
		if before[at] == after[at] {
			at++
			continue
		}
		end := at + 1 // what differs, over short stretches that happen to be the same
		for k := end; k < len(before) && k-end < nearby; k++ {
			if before[k] != after[k] {
				end = k + 1
			}
		}
		list = append(list, change{fmt.Sprintf(" byte %d", at), quotedBytes(before[at:end]), quotedBytes(after[at:end])})
		at = end
	}
	return list
}

// nearby is how many equal bytes do not end a difference.
const nearby = 4

// quotedBytes shows bytes as a JSON text: UTF-8 and UTF-16 as what they say.
func quotedBytes(b []byte) json.RawMessage {
	text := string(b)
	if plain := bytes.ReplaceAll(b, []byte{0}, nil); 2*len(plain) <= len(b)+1 {
		text = string(plain)
	}
	if !utf8.ValidString(text) {
		text = fmt.Sprintf("%x", b)
	}
	out, err := json.Marshal(text)
	if err != nil {
		return json.RawMessage(`""`) // unreachable: a text
	}
	return out
}
