package items

import (
	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/replay"
	"weir/processors"
)

var oneReplay = []outcome.Quantity{{Category: outcome.Replay, N: 1}}

// replays applies the gates, takes one of the combinations that make a replay, and opens videos (items 8.1). The event and the recording
// of a video become members of it, so that the steps which follow treat them like those of a web replay; what stays as the video's payload is
// the film. All three count as one.
func replays(u *processors.Unit) processors.Verdict {
	open := u.Open()
	n := map[string]int{}
	for _, it := range open {
		it.Quantities = oneReplay
		n[it.Type]++
	}
	events, recordings, videos := n[envelope.TypeReplayEvent], n[envelope.TypeReplayRecording], n[envelope.TypeReplayVideo]
	switch {
	case !u.Has(project.FeatureSessionReplay), videos > 0 && u.Has(project.FeatureReplayVideoDisabled):
		return processors.DropSilent(outcome.Invalid, reasonFeature)
	case videos == 0 && events <= 1 && recordings == 1:
		return processors.Keep()
	case videos == 0 && events == 1 && recordings == 0:
		return processors.Drop(outcome.Invalid, reasonNoRecording)
	case videos != 1 || events+recordings > 0:
		return processors.Drop(outcome.Invalid, reasonDuplicate)
	}
	film := open[0]
	v, err := replay.ParseVideo(film.Payload)
	if err != nil {
		return processors.Drop(outcome.Invalid, reasonVideo)
	}
	film.Payload = v.Video
	member := func(kind string, payload []byte, q []outcome.Quantity) {
		it := &processors.Item{Parent: film, Quantities: q}
		it.Type, it.Payload = kind, payload
		u.Derive(it)
	}
	member(envelope.TypeReplayEvent, v.Event, oneReplay)
	member(envelope.TypeReplayRecording, v.Recording, []outcome.Quantity{})
	return processors.Keep()
}
