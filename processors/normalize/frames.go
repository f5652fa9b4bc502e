package normalize

import "weir/codecs/event"

// Limits of a stack trace (12.5).
const (
	keepFirstFrames = 50
	keepLastFrames  = 200
	richFrames      = 50 // frames that keep source context and variables
)

// stacktrace drops frames from the middle, trims the fields, and takes variables and source context from the middle of
// what remains (12.5).
func (t *trimmer) stacktrace(v *event.Value, n *node, depth int) {
	if frames := v.Get("frames"); frames.Kind() == event.Array && frames.Len() > keepFirstFrames+keepLastFrames {
		kids := frames.Members()
		t.d.MetaOf(frames).SetLen(len(kids))
		frames.SetMembers(append(kids[:keepFirstFrames], kids[len(kids)-keepLastFrames:]...))
	}
	t.fields(v, n.st, depth)
	frames := v.Get("frames")
	if frames.Kind() != event.Array || frames.Len() <= richFrames {
		return
	}
	total := frames.Len()
	var app, system []int
	for i, m := range frames.Members() {
		if inApp, _ := m.Value.Get("in_app").Bool(); inApp {
			app = append(app, i)
		} else if !m.Value.IsNull() {
			system = append(system, i)
		}
	}
	slim := middle(system, max(0, richFrames-len(app))/2)
	rest := max(0, max(0, total-richFrames)-len(slim))
	slim = append(slim, middle(app, max(0, len(app)-rest)/2)...)
	for _, i := range slim {
		if i == total-1 {
			continue
		}
		frame := frames.Index(i)
		for _, key := range [...]string{"vars", "pre_context", "post_context"} {
			frame.Delete(key)
		}
	}
}

// middle returns list without keep entries at either end, nothing if there are not more.
func middle(list []int, keep int) []int {
	if keep > len(list)-keep {
		return nil
	}
	return append([]int(nil), list[keep:len(list)-keep]...)
}
