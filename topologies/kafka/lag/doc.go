// Package lag asks the cluster how far groups are: start, end and committed offset of every partition.
//
// It knows nothing about what groups do. Invariant: it reads only; committed offsets are asked before end offsets,
// so a lag is never too small.
package lag
