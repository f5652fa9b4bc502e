// Package past reads what is on topics already: stretches of offsets that are chosen by the time at which their records were written.
//
// It owns where a stretch begins and ends as of now, and reading it without a consumer group: nobody else notices. It must not know what
// records hold. Invariant: reading ends, also where offsets are deleted meanwhile or hold no record.
package past
