package route

import (
	"weir/codecs/envelope"
	"weir/codecs/ingest"
	"weir/codecs/outcome"
	"weir/processors"
)

// reasonReplaySize is the outcome of replays that are too large for one message.
const reasonReplaySize outcome.Reason = "too_large:replay_recording"

// replayHead is what a replay message counts for beside its parts, in bytes.
const replayHead = 2000

// replay writes the recording with its event and video as one message (items 8.4).
func (w *writer) replay() processors.Verdict {
	u := w.u
	m := ingest.ReplayRecording{
		ReplayID: u.EventID, KeyID: u.Scope.KeyID, OrgID: u.Scope.Org, ProjectID: u.Scope.Project, Received: u.ReceivedAt.Unix(),
		RetentionDays: u.RetentionDays(), Payload: []byte{},
	}
	for _, it := range u.Items {
		if it.Fate != processors.FateOpen {
			continue
		}
		switch it.Type {
		case envelope.TypeReplayEvent:
			if m.Event = it.Payload; it.Doc != nil {
				m.Event = it.Doc.AppendTo(make([]byte, 0, len(it.Payload)+256))
			}
		case envelope.TypeReplayRecording:
			m.Payload = it.Payload
		case envelope.TypeReplayVideo:
			m.Video = it.Payload
		}
	}
	size := replayHead + len(m.Payload) + len(m.Event) + len(m.Video)
	if size >= w.cfg.MaxReplayMessage {
		return processors.Drop(outcome.Invalid, reasonReplaySize)
	}
	if !w.emit(ingest.ReplayRecordings, w.counterKey(0), nil, ingest.AppendReplayRecording(make([]byte, 0, size), m)) {
		return processors.Drop(outcome.Invalid, reasonInternal)
	}
	w.acceptAll()
	return processors.Keep()
}
