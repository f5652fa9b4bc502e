package relay

import (
	"strconv"

	"weir/codecs/envelope"
	"weir/codecs/record"
	"weir/processors"
)

// containers are the items that records of a kind travel in.
var containers = map[processors.Kind]struct{ itemType, content string }{
	processors.KindSpans:        {envelope.TypeSpan, record.ContentSpan},
	processors.KindLogs:         {envelope.TypeLog, record.ContentLog},
	processors.KindTraceMetrics: {envelope.TypeTraceMetric, record.ContentMetric},
}

// pack puts the records that are left back into containers (items 3.1): members into their own, or into the one that an integration becomes;
// spans of version 1 into one together. Sizes are told as they were before anything was changed: the upstream counts them.
func pack(u *processors.Unit) {
	form, ok := containers[u.Kind]
	if !ok {
		return
	}
	var legacy *processors.Item
	var loose []*processors.Item
	members := map[*processors.Item][]*processors.Item{}
	for _, it := range u.Items {
		switch {
		case it.Fate != processors.FateOpen || it.Record == nil:
		case it.Parent != nil:
			members[it.Parent] = append(members[it.Parent], it)
		default:
			loose = append(loose, it)
		}
	}
	if len(loose) > 0 {
		legacy = loose[0]
		members[legacy] = loose
	}
	for c, list := range members {
		payload := append(make([]byte, 0, len(c.Payload)+len(c.Payload)/2), `{"version":2,"items":[`...)
		for i, it := range list {
			if i > 0 {
				payload = append(payload, ',')
			}
			payload = appendRecord(payload, it)
		}
		n := uint32(len(list))
		c.Item = envelope.Item{Type: form.itemType, ContentType: form.content, ItemCount: &n, Payload: append(payload, "]}"...), Other: c.Other}
		c.Length = len(c.Payload)
	}
	for _, it := range loose[min(1, len(loose)):] {
		it.Parent = legacy // it travels in the other one
	}
}

func appendRecord(dst []byte, it *processors.Item) []byte {
	if it.Size == 0 {
		return it.Doc.AppendTree(dst, it.Record)
	}
	dst = strconv.AppendUint(append(dst, `{"__header":{"byte_size":`...), it.Size, 10)
	dst = append(dst, '}')
	at := len(dst)
	dst = it.Doc.AppendTree(dst, it.Record)
	if dst[at+1] == '}' {
		return append(dst[:at], '}')
	}
	dst[at] = ','
	return dst
}

// replayEvent puts the event of a replay back into its item.
func replayEvent(u *processors.Unit) {
	if u.Kind != processors.KindReplay {
		return
	}
	for _, it := range u.Items {
		if it.Fate != processors.FateOpen {
			continue
		}
		if it.Type == envelope.TypeReplayEvent && it.Record != nil {
			it.Payload, it.ContentType = it.Doc.AppendTree(make([]byte, 0, len(it.Payload)), it.Record), envelope.ContentJSON
		}
		it.Length = len(it.Payload)
	}
}
