package instance

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Of the errors of a poll only the one about the member ends the process, wherever among them it is.
func TestFenced(t *testing.T) {
	other, fenced := kgo.NewErrFetch(kerr.RebalanceInProgress), kgo.NewErrFetch(fmt.Errorf("join: %w", kerr.FencedInstanceID))
	for _, fetches := range []kgo.Fetches{nil, other, append(other[:1:1], other...)} {
		if err := Fenced(fetches, "a", "g"); err != nil {
			t.Error(err)
		}
	}
	for _, fetches := range []kgo.Fetches{fenced, append(fenced[:1:1], other...), append(other[:1:1], fenced...)} {
		var duplicate *DuplicateError
		if err := Fenced(fetches, "a", "g"); !errors.As(err, &duplicate) || duplicate.Instance != "a" || duplicate.Group != "g" || !strings.Contains(err.Error(), "group g") {
			t.Errorf("%v", err)
		}
	}
}
