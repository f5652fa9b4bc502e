package deadletter_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"weir/codecs/deadletter"
	"weir/codecs/raw"
)

var at = time.Date(2026, 10, 8, 12, 32, 10, 123456000, time.UTC)

func full() *deadletter.Letter {
	return &deadletter.Letter{
		Reason: "step_panic", Step: "scrub", Detail: "index out of range\n\tline 2", Unit: 1, Topic: "weir-raw", Partition: 3, Offset: 77,
		Receipt: raw.NewReceipt(at, [10]byte{1}), At: at, Key: []byte("9ec79c33ec9942ab8353589fcb2e04dc"), Value: []byte("{}\n\x00\xff\n{\"type\":\"event\"}\n{}\n"),
		Headers: []raw.Header{{Key: "v", Value: []byte("1")}, {Key: "odd", Value: []byte{0, 255}}, {Key: "empty", Value: []byte{}}},
	}
}

func TestRoundTrip(t *testing.T) {
	bare := &deadletter.Letter{Reason: "undecodable", Unit: -1, Topic: "weir-raw", At: at}
	empty := &deadletter.Letter{Reason: "undecodable", Unit: -1, At: at, Key: []byte{}, Value: []byte{}}
	for _, l := range []*deadletter.Letter{full(), bare, empty} {
		key, value := deadletter.Encode(l)
		if !bytes.Equal(key, l.Key) {
			t.Errorf("key %q", key)
		}
		got, err := deadletter.Decode(value)
		if err != nil || !reflect.DeepEqual(got, l) {
			t.Errorf("%+v, %v\nwant %+v", got, err, l)
		}
	}
}

func TestForm(t *testing.T) {
	_, value := deadletter.Encode(full())
	const want = `{"v":1,"reason":"step_panic","step":"scrub","detail":"index out of range\n\tline 2","unit":1,"topic":"weir-raw","partition":3,"offset":77,` +
		`"receipt":"01a11b7f-e98b-7100-8000-000000000000","at":1791462730123456,"key":"OWVjNzljMzNlYzk5NDJhYjgzNTM1ODlmY2IyZTA0ZGM=",` +
		`"headers":[{"k":"v","v":"MQ=="},{"k":"odd","v":"AP8="},{"k":"empty","v":""}]}` + "\n{}\n\x00\xff\n{\"type\":\"event\"}\n{}\n"
	if string(value) != want {
		t.Errorf("%s\nwant %s", value, want)
	}
}

func TestLongDetailIsCut(t *testing.T) {
	l := full()
	l.Detail = "x" + strings.Repeat("é", deadletter.MaxDetail)
	_, value := deadletter.Encode(l)
	got, err := deadletter.Decode(value)
	if err != nil || len(got.Detail) > deadletter.MaxDetail || !strings.HasPrefix(l.Detail, got.Detail) {
		t.Errorf("%d bytes, %v", len(got.Detail), err)
	}
}

func TestDecodeErrors(t *testing.T) {
	for _, s := range []string{"", "{}", "{}\n", "{\"v\":2}\n", "x\n", "{\"v\":1,\"receipt\":\"x\"}\n", "{\"v\":1,\"key\":\"!\"}\n"} {
		if l, err := deadletter.Decode([]byte(s)); err == nil {
			t.Errorf("%q: %+v", s, l)
		}
	}
}

func FuzzDecode(f *testing.F) {
	_, value := deadletter.Encode(full())
	f.Add(value)
	f.Add([]byte("{\"v\":1,\"no_value\":true}\nrest"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := deadletter.Decode(b)
		if err != nil || len(l.Detail) > deadletter.MaxDetail {
			return
		}
		for i := range l.Headers {
			if l.Headers[i].Value == nil {
				l.Headers[i].Value = []byte{}
			}
		}
		_, value := deadletter.Encode(l)
		again, err := deadletter.Decode(value)
		if err != nil || !reflect.DeepEqual(again, l) {
			t.Fatalf("%+v becomes %+v, %v", l, again, err)
		}
	})
}
