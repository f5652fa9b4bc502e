package replay

import (
	"errors"
	"strings"
	"testing"
)

func TestParseVideo(t *testing.T) {
	entry := func(key, head, value string) string {
		return string([]byte{0xA0 | byte(len(key))}) + key + head + value
	}
	event, recording, video := entry("replay_event", "\xC4\x02", "{}"), entry("replay_recording", "\xC5\x00\x03", "{}\n"), entry("replay_video", "\xC4\x01", "v")
	deep := "\xA1x" + strings.Repeat("\x91", MaxDepth) + "\xC0"
	for name, c := range map[string]struct {
		in string
		ok bool
	}{
		"map":                {"\x83" + event + recording + video, true},
		"any order":          {"\x83" + video + event + recording, true},
		"array":              {"\x93\xC4\x02{}\xC4\x03{}\n\xC4\x01v", true},
		"text for bytes":     {"\x83" + entry("replay_event", "\xA2", "{}") + recording + video, true},
		"unknown key":        {"\x84" + event + entry("x", "\x82", "\x01\xCB12345678\xA1y\xD6abcde") + recording + video, true},
		"deep unknown value": {"\x84" + event + deep + recording + video, true},
		"deeper":             {"\x84" + event + "\xA1x\x91" + deep[2:] + recording + video, false},
		"map of 16 bits":     {"\xDE\x00\x03" + event + recording + video, true},
		"text behind":        {"\x83" + event + recording + video + "more", true},
		"numbers":            {"\x83" + event + recording + entry("replay_video", "\x91", "\xCC\x76"), true},
		"large numbers":      {"\x83" + event + recording + entry("replay_video", "\x91", "\xCD\x01\x00"), false},
		"no video":           {"\x82" + event + recording, false},
		"empty video":        {"\x83" + event + recording + entry("replay_video", "\xC4\x00", ""), false},
		"video is nil":       {"\x83" + event + recording + entry("replay_video", "\xC0", ""), false},
		"twice":              {"\x84" + event + event + recording + video, false},
		"cut":                {"\x83" + event + recording + video[:len(video)-1], false},
		"short array":        {"\x92\xC4\x02{}\xC4\x03{}\n", false},
		"number":             {"\x01", false},
		"empty":              {"", false},
		"long length":        {"\xDF\xFF\xFF\xFF\xFF", false},
	} {
		v, err := ParseVideo([]byte(c.in))
		if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrVideo) {
			t.Errorf("%s: error %v", name, err)
		}
		if c.ok && (string(v.Event) != "{}" || string(v.Recording) != "{}\n" || string(v.Video) != "v") {
			t.Errorf("%s: got %q", name, v)
		}
	}
}

func FuzzParseVideo(f *testing.F) {
	f.Add([]byte("\x83\xACreplay_event\xC4\x02{}\xB0replay_recording\xC4\x00\xACreplay_video\xC4\x01v"))
	f.Add([]byte("\x93\xC4\x00\xC4\x00\xC4\x01v"))
	f.Add([]byte("\xDF\xFF\xFF\xFF\xFF\xDD\xFF\xFF\xFF\xFF"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := ParseVideo(b)
		if err != nil {
			return
		}
		for _, part := range [][]byte{v.Event, v.Recording, v.Video} {
			if len(part) > len(b) {
				t.Fatalf("%q is longer than the payload", part)
			}
		}
	})
}

func BenchmarkParseVideo(b *testing.B) {
	payload := append([]byte("\x83\xACreplay_event\xC4\x02{}\xB0replay_recording\xC4\x00\xACreplay_video\xC6\x00\x04\x00\x00"), make([]byte, 1<<18)...)
	b.ReportAllocs()
	b.SetBytes(int64(len(payload)))
	for b.Loop() {
		if _, err := ParseVideo(payload); err != nil {
			b.Fatal(err)
		}
	}
}
