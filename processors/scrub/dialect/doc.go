// Package dialect runs the regular expressions that users write in PII configs (scrub 2.4): leftmost-first, no look-around, no
// back-references, Unicode classes and word boundaries, class set operations, verbose mode.
//
// It parses that dialect itself, writes what it understood in the syntax of Go's regexp and lets that engine run it. Word
// boundaries of texts that are not ASCII and assertions that Go lacks run on a second engine over the same kind of program.
// All matches of a long text are found with a pass from its end and one from its start, however hostile the pattern. A pattern is refused for its size
// by the measure of the contract's engine: size.go counts the automata that it would build, testdata/sizes.json has limits of that engine. Properties beside categories, scripts, letter cases
// and \w follow the Unicode version of the Go release.
// It knows texts and byte offsets, no rules. Invariant: time is linear in the text for every pattern, and a pattern
// either behaves as the dialect says or does not compile.
package dialect
