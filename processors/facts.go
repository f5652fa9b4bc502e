package processors

import (
	"time"

	"weir/codecs/project"
)

// minDrift is the smallest difference of clocks that is corrected (items 2.1).
const minDrift = 55 * time.Minute

// defaultRetention is the event retention in days of a project that sets none (pipeline 3.2).
const defaultRetention = 90

// Drift is what has to be added to the times of a payload because the sender's clock is wrong: receive time minus sent_at when that is at
// least 55 minutes in whole seconds, else 0 (items 2.1).
func (f *Facts) Drift() time.Duration {
	if f.Header == nil || f.Header.SentAt.IsZero() {
		return 0
	}
	if d := f.ReceivedAt.Sub(f.Header.SentAt); d.Abs().Truncate(time.Second) >= minDrift {
		return d
	}
	return 0
}

// RetentionDays is how long the project keeps events.
func (f *Facts) RetentionDays() uint16 {
	if f.Project == nil || f.Project.Config.EventRetention == 0 {
		return defaultRetention
	}
	return f.Project.Config.EventRetention
}

// Retention returns how long the messages of a product are kept, in days (items 2.3).
func (f *Facts) Retention(product string) project.Retention {
	if f.Project == nil {
		return (&project.Config{}).Retention(product)
	}
	return f.Project.Config.Retention(product)
}

// Has reports whether a feature is on for the project.
func (f *Facts) Has(feature project.Feature) bool {
	return f.Project != nil && f.Project.Config.Features[feature]
}

// Client is the SDK of the request, name/version, empty when unknown.
func (f *Facts) Client() string {
	if f.Header == nil {
		return ""
	}
	return f.Header.Client
}
