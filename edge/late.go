package edge

import "sync"

// Late is the error of a write that has waited long enough while its record may still arrive. Whoever takes account of failures
// learns by Then whether it was one.
type Late struct {
	reason error

	mu       sync.Mutex
	answered bool
	answer   error
	then     func(error)
}

// NewLate returns the error of a writer that stopped waiting for a reason, such as ErrTimeout.
func NewLate(reason error) *Late { return &Late{reason: reason} }

func (l *Late) Error() string { return l.reason.Error() }

// Unwrap returns the reason.
func (l *Late) Unwrap() error { return l.reason }

// Answer is called once by the writer when the broker's answer comes after all; nil says that the record is written.
func (l *Late) Answer(err error) {
	l.mu.Lock()
	l.answered, l.answer = true, err
	then := l.then
	l.then = nil
	l.mu.Unlock()
	if then != nil {
		then(err)
	}
}

// Then has f called once with the answer: now if there is one, else by the writer, whom f must not hold up. Only one f is kept.
func (l *Late) Then(f func(error)) {
	l.mu.Lock()
	answered := l.answered
	if !answered {
		l.then = f
	}
	l.mu.Unlock()
	if answered {
		f(l.answer)
	}
}
