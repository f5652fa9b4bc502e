package admission

import (
	"strings"
	"testing"

	"weir/codecs/envelope"
)

func TestSizes(t *testing.T) {
	small := DefaultSizes()
	small.MaxEventSize = 20
	small.MaxAttachmentSize, small.MaxAttachmentsSize, small.MaxAttachmentCount = 10, 20, 3
	small.MaxSessionCount, small.MaxSessionsSize = 2, 30
	small.MaxLogSize, small.MaxContainerSize = 10, 50
	small.MaxSpanSize, small.MaxStandaloneSpanCount = 10, 2
	logs, spans := "application/vnd.sentry.items.log+json", "application/vnd.sentry.items.span.v2+json"
	item := func(kind string, length int) envelope.Item {
		return envelope.Item{Type: kind, Payload: make([]byte, length)}
	}
	typed := func(kind, attachment string, length int) envelope.Item {
		return envelope.Item{Type: kind, AttachmentType: attachment, Payload: make([]byte, length)}
	}
	container := func(kind, content string, count uint32, length int) envelope.Item {
		return envelope.Item{Type: kind, ContentType: content, ItemCount: &count, Payload: make([]byte, length)}
	}
	for name, c := range map[string]struct {
		items []envelope.Item
		want  string
	}{
		"event at the limit":             {[]envelope.Item{item("event", 20)}, ""},
		"event above it":                 {[]envelope.Item{item("event", 21)}, "event"},
		"two events":                     {[]envelope.Item{item("event", 1), item("event", 1)}, "event"},
		"event and transaction":          {[]envelope.Item{item("event", 1), item("transaction", 1)}, "transaction"},
		"event and form data":            {[]envelope.Item{item("event", 1), item("form_data", 1)}, "form_data"},
		"feedback":                       {[]envelope.Item{item("feedback", 21)}, "user_report_v2"},
		"replay event is one of them":    {[]envelope.Item{item("replay_event", 1), item("event", 1)}, "event"},
		"attachment at the limit":        {[]envelope.Item{item("attachment", 10), item("attachment", 10)}, ""},
		"attachment above it":            {[]envelope.Item{item("attachment", 11)}, "attachment:attachment"},
		"minidump above it":              {[]envelope.Item{typed("attachment", "event.minidump", 11)}, "attachment:minidump"},
		"attachments together":           {[]envelope.Item{item("attachment", 7), item("attachment", 7), typed("attachment", "event.view_hierarchy", 7)}, "attachment:view_hierarchy"},
		"too many attachments":           {[]envelope.Item{item("attachment", 1), item("user_report", 1), item("attachment", 1), item("user_report", 1)}, "user_report"},
		"empty attachments count":        {[]envelope.Item{item("attachment", 0), item("attachment", 0), item("attachment", 0), item("attachment", 0)}, "attachment:attachment"},
		"attachment type of another":     {[]envelope.Item{typed("event", "unreal.logs", 21)}, "attachment:unreal_logs"},
		"sessions together":              {[]envelope.Item{item("session", 1), item("sessions", 1), item("session", 1)}, "session"},
		"log on average":                 {[]envelope.Item{container("log", logs, 2, 20)}, ""},
		"log on average, rounded down":   {[]envelope.Item{container("log", logs, 2, 21)}, ""},
		"log above the average":          {[]envelope.Item{container("log", logs, 2, 22)}, "log"},
		"log of zero items":              {[]envelope.Item{container("log", logs, 0, 11)}, "log"},
		"log of another content type":    {[]envelope.Item{container("log", "application/json", 2, 20)}, "log"},
		"log above the total":            {[]envelope.Item{container("log", logs, 50, 51)}, "log"},
		"two logs":                       {[]envelope.Item{container("log", logs, 1, 1), container("log", logs, 1, 1)}, "log"},
		"content type in capitals":       {[]envelope.Item{container("log", strings.ToUpper(logs), 2, 20)}, ""},
		"span containers":                {[]envelope.Item{container("span", spans, 1, 1), container("span", spans, 1, 1)}, "span"},
		"span container and spans":       {[]envelope.Item{container("span", spans, 1, 1), item("span", 1), item("span", 1)}, ""},
		"too many spans":                 {[]envelope.Item{item("span", 1), item("span", 1), item("span", 1)}, "span"},
		"two check-ins":                  {[]envelope.Item{item("check_in", 1), item("check_in", 1)}, "check_in"},
		"profile and chunk":              {[]envelope.Item{item("profile", 1), item("profile_chunk", 1)}, "profile_chunk"},
		"recording and video":            {[]envelope.Item{item("replay_recording", 1), item("replay_video", 1)}, ""},
		"two recordings":                 {[]envelope.Item{item("replay_recording", 1), item("replay_recording", 1)}, "replay_recording"},
		"integrations of two kinds":      {[]envelope.Item{item("integration", 1), {Type: "integration", ContentType: IntegrationSpans}}, ""},
		"two integrations":               {[]envelope.Item{item("integration", 1), item("integration", 1)}, "integration"},
		"unknown items are not measured": {[]envelope.Item{item("zebra", 1000), {Type: "attachment", Unknown: true, Payload: make([]byte, 1000)}}, ""},
		"the first offender is named":    {[]envelope.Item{item("session", 31), item("event", 99)}, "session"},
	} {
		if got := CheckSizes(&envelope.Envelope{Items: c.items}, small); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if TooLarge("event") != "too_large:event" {
		t.Error("reason")
	}
}

func TestDefaultSizes(t *testing.T) {
	s := DefaultSizes()
	e := &envelope.Envelope{}
	for range 30 {
		e.Items = append(e.Items, envelope.Item{Type: "attachment", Payload: []byte("x")})
	}
	if got := CheckSizes(e, s); got != "" {
		t.Errorf("30 attachments: %q", got)
	}
	e.Items = append(e.Items, e.Items[0])
	if got := CheckSizes(e, s); got != "attachment:attachment" {
		t.Errorf("31 attachments: %q", got)
	}
	sessions := &envelope.Envelope{Items: make([]envelope.Item, 101)}
	for i := range sessions.Items {
		sessions.Items[i].Type = "session"
	}
	if got := CheckSizes(sessions, s); got != "session" {
		t.Errorf("101 sessions: %q", got)
	}
}

func TestSizesAllocateNothing(t *testing.T) {
	e := build(itemSpec{Type: "event", Length: 100})
	s := DefaultSizes()
	if n := testing.AllocsPerRun(100, func() { CheckSizes(e, s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
