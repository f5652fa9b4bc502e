package normalize

// performanceScore is 11.8.
func (r *run) performanceScore() {}

// breakdowns is 11.9.
func (r *run) breakdowns() {}

// spanTags is 11.10.
func (r *run) spanTags() {}
