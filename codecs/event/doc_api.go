package event

// Doc owns the nodes of one document. It is not safe for concurrent use.
type Doc struct {
	Root *Value
}
