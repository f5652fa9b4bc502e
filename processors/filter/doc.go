// Package filter decides which items the project's and the global filter settings drop, and with which reason (filters 1-5).
//
// It knows the settings and what each filter reads of an item, not what a dropped item counts for. Settings are compiled once per
// project state and global config. Invariant: the first hit in the order of filters 3 gives the reason; nothing un-filters.
package filter
