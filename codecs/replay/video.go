package replay

import "errors"

// Video is the payload of a replay_video item.
type Video struct {
	Event     []byte // replay event, JSON
	Recording []byte // in the form of a replay_recording item
	Video     []byte // never empty
}

// ErrVideo says that a payload is no video: outcome reason invalid_replay_video.
var ErrVideo = errors.New("not a replay video")

// ParseVideo reads a payload: a map with the three keys, or the three values as an array. Unknown keys are passed over, a missing one, an
// empty video and anything that is nested deeper than MaxDepth is an error. What follows the value does not matter.
func ParseVideo(payload []byte) (Video, error) {
	var v Video
	fields := [...]struct {
		key string
		dst *[]byte
	}{{"replay_event", &v.Event}, {"replay_recording", &v.Recording}, {"replay_video", &v.Video}}
	r := reader{b: payload}
	var seen [len(fields)]bool
	switch n, kind := r.container(); kind {
	case array:
		if n != len(fields) {
			return Video{}, ErrVideo
		}
		for i := range fields {
			*fields[i].dst, seen[i] = r.bytes(), true
		}
	case object:
	entries:
		for range n {
			key := r.text()
			if r.failed {
				break
			}
			for i := range fields {
				if string(key) == fields[i].key {
					r.failed = r.failed || seen[i]
					*fields[i].dst, seen[i] = r.bytes(), true
					continue entries
				}
			}
			r.skip(MaxDepth)
		}
	default:
		return Video{}, ErrVideo
	}
	if r.failed || seen != [len(fields)]bool{true, true, true} || len(v.Video) == 0 {
		return Video{}, ErrVideo
	}
	return v, nil
}
