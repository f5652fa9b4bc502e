// Package delivery has the words in which the part that keeps envelopes and the part that sends them speak about one envelope (edge 12.9).
// It owns no rule and knows neither HTTP nor Kafka: both sides may import it, and neither the other.
package delivery
