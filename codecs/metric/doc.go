// Package metric is a metric bucket: its key, how buckets merge, and the message on the metrics topic (pipeline 10.4, 14; items 4.4).
//
// It knows no session and no span. Invariant: adding buckets to an Aggregator in any order gives the same sums and sets; what leaves it
// has its time cut to the interval and its tags in ascending order.
package metric
