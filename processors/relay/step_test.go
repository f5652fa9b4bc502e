package relay_test

import (
	"testing"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/processors"
	"weir/processors/relay"
)

func TestStep(t *testing.T) {
	doc, err := event.Parse([]byte(`{"message":"hi"}`))
	if err != nil {
		t.Fatal(err)
	}
	main := &processors.Item{Item: envelope.Item{Type: envelope.TypeRawSecurity, Payload: []byte("raw"), Length: 3}}
	file := &processors.Item{Item: envelope.Item{Type: envelope.TypeAttachment, Payload: []byte("file"), Length: -1}}
	gone := &processors.Item{Item: envelope.Item{Type: envelope.TypeUserReport}, Fate: processors.FateDropped, ID: outcome.Filtered}
	u := &processors.Unit{Facts: &processors.Facts{}, Kind: processors.KindError, Main: main, Event: doc, Items: []*processors.Item{main, file, gone}}
	if v := relay.Step(relay.Config{Full: true})(t.Context(), u); v.Action != processors.ActionKeep {
		t.Errorf("%+v", v)
	}
	if main.Type != envelope.TypeSecurity || string(main.Payload) != `{"message":"hi"}` || main.Length != 16 || !main.FullyNormal || main.ContentType != envelope.ContentJSON {
		t.Errorf("%+v", main.Item)
	}
	if string(file.Payload) != "file" || file.Length != -1 || file.Fate != processors.FateAccepted || main.Fate != processors.FateAccepted || gone.Fate != processors.FateDropped {
		t.Errorf("%+v %+v", file, gone)
	}
}
