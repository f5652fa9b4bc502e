package blobs

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// final marks errors of a fetch that will not go away.
func final(err error) error {
	var loss *kgo.ErrDataLoss
	if errors.Is(err, kerr.OffsetOutOfRange) || errors.As(err, &loss) {
		return fmt.Errorf("%w: %w", ErrLost, err)
	}
	return err
}
