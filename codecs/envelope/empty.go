package envelope

// Empty are the texts about a sender that are there and empty. Such a text is not absent: that of a header wins over the request (edge 4.3 rule 3), and
// a report of a browser tells it.
type Empty uint8

const (
	EmptyClient Empty = 1 << iota
	EmptyUserAgent
	EmptyHintUA
	EmptyHintPlatform
	EmptyHintPlatformVersion
	EmptyHintModel

	emptyHints = EmptyHintUA | EmptyHintPlatform | EmptyHintPlatformVersion | EmptyHintModel
)

// Has reports whether one of some texts is there and empty.
func (e Empty) Has(some Empty) bool { return e&some != 0 }

// note remembers of a text that is there whether it is empty.
func (e *Empty) note(one Empty, text string) {
	*e &^= one
	if text == "" {
		*e |= one
	}
}
