// Package route is the last step: it writes the messages for the operator's topics, in the order in which consumers may see them
// (pipeline 9, items 7.4).
//
// It decides topic, key, headers and the way of attachments; bytes are made by codecs/ingest. It must not know a Kafka client or
// topic names. Invariant: an item that is open when the step begins has ended when it returns, and what is accepted is in Unit.Out.
package route
