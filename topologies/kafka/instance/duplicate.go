package instance

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// DuplicateError says that another live process uses the same instance name. The process must end with exit 2.
type DuplicateError struct {
	Instance string
	// Group is set when the consumer group found out.
	Group string
}

func (e *DuplicateError) Error() string {
	by := ""
	if e.Group != "" {
		by = " (found by group " + e.Group + ")"
	}
	return fmt.Sprintf("instance %q: another live process uses the same WEIR_INSTANCE%s: give every process its own, or unset it", e.Instance, by)
}

// Fenced returns a *DuplicateError when the errors of a poll say that another process has joined the group as the same static member.
func Fenced(fetches kgo.Fetches, instance, group string) (err error) {
	fetches.EachError(func(_ string, _ int32, e error) {
		if errors.Is(e, kerr.FencedInstanceID) {
			err = &DuplicateError{Instance: instance, Group: group}
		}
	})
	return err
}
