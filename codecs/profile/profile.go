package profile

import (
	"weir/codecs/envelope"
	"weir/codecs/event"
)

// version1 and version2 are the formats with samples.
const (
	version1 = "1"
	version2 = "2"
)

// UI reports whether a platform's profiles count as those of user interfaces; all others are those of backends (items 1.3).
func UI(platform string) bool {
	return platform == "cocoa" || platform == "android" || platform == "javascript"
}

// Profile is the profile of a transaction.
type Profile struct {
	Doc      *event.Doc // its owner is the caller
	ID       envelope.EventID
	Platform string
	android  bool
}

// Parse reads a payload and checks its metadata, not the samples. payload must stay unchanged while the document lives. Every error is a Fault.
func Parse(payload []byte) (*Profile, error) {
	d, err := event.Parse(payload)
	if err != nil {
		return nil, ErrJSON
	}
	p := &Profile{Doc: d}
	if err := p.open(); err != nil {
		d.Release()
		return nil, err
	}
	return p, nil
}

func (p *Profile) open() error {
	root := p.Doc.Root
	if root.Kind() != event.Object {
		return ErrJSON
	}
	id, ok := idOf(root)
	platform, isText := root.Get("platform").Str()
	version, known := root.Get("version").Str()
	if !ok || !isText || root.Get("version") != nil && !known || !isOptionalText(root.Get("release")) {
		return ErrJSON
	}
	p.ID, p.Platform = id, platform
	switch {
	case version == version1 && known:
		if !metadata.apply(p.Doc, root, false) {
			return ErrJSON
		}
	case !known && platform == "android":
		p.android = true
		if !android.apply(p.Doc, root, false) {
			return ErrJSON
		}
	case !known || version == version2 || version == versionTrace:
		return ErrPlatform
	default:
		return ErrJSON
	}
	return nil
}

// idOf is the id of a profile under one of its names; false: none, several, or one that is no id.
func idOf(root *event.Value) (id envelope.EventID, ok bool) {
	n := 0
	for _, key := range [...]string{"event_id", "profile_id", "chunk_id"} {
		v := root.Get(key)
		if v == nil {
			continue
		}
		found, err := envelope.ParseEventID(v.Text())
		if err != nil {
			return id, false
		}
		id = found
		n++
	}
	return id, n == 1
}

func isOptionalText(v *event.Value) bool { return v.IsNull() || v.Kind() == event.String }

// Expand checks the samples, drops what cannot be used and takes over what t tells. It leaves the members of the contract.
func (p *Profile) Expand(t *Transaction) error {
	shape, expand := whole, expandSample
	if p.android {
		shape, expand = wholeAndroid, expandAndroid
	}
	if err := expand(p.Doc); err != nil {
		return err
	}
	t.tell(p.Doc)
	shape.arrange(p.Doc, p.Doc.Root)
	return nil
}

// Chunk is a piece of a continuous profile.
type Chunk struct {
	Doc      *event.Doc // its owner is the caller
	Platform string
	android  bool
}

// ParseChunk reads a payload; of an Android trace only its format. payload must stay unchanged while the document lives. Every error is a Fault.
func ParseChunk(payload []byte) (*Chunk, error) {
	d, err := event.Parse(payload)
	if err != nil {
		return nil, ErrJSON
	}
	root := d.Root
	platform, isText := root.Get("platform").Str()
	version, known := root.Get("version").Str()
	c := &Chunk{Doc: d, Platform: platform}
	switch {
	case !isText, root.Get("version") != nil && !known:
		err = ErrJSON
	case version == versionTrace:
		c.android, c.Platform = true, "android"
	case version == version2:
		c.android = platform == "android" && root.Get("sampled_profile") != nil
	case !known, version == version1:
		err = ErrPlatform
	default:
		err = ErrJSON
	}
	if err == nil && (!isOptionalText(root.Get("release")) || !c.android && !chunk.apply(d, root, true)) {
		err = ErrJSON
	}
	if err != nil {
		d.Release()
		return nil, err
	}
	return c, nil
}

// Expand checks the chunk and drops what cannot be used. It leaves the members of the contract.
func (c *Chunk) Expand() error {
	if c.android {
		return expandAndroidChunk(c.Doc)
	}
	return expandChunk(c.Doc)
}
