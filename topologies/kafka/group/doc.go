// Package group is a sarama.ConsumerGroup on top of a franz-go group consumer, to be given to goka
// with goka.WithConsumerGroupBuilder: at-least-once. Compared with sarama's group it
//
//   - commits a contiguous watermark: offset n+1 is committed only when every record up to n is
//     finished, in whatever order goka finishes them;
//   - rejoins at once after a rebalance (goka sleeps 5 s whenever Consume returns);
//   - never lets one slow partition hold back the others, and bounds memory in bytes;
//   - uses cooperative-sticky balancing for one input topic and eager range balancing (which keeps
//     topics co-partitioned) for several.
//
// Invariant: nothing is committed that has not been finished.
package group
