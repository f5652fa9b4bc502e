// Package files is a source of project states: a directory of JSON files, one state each, read again when it changes.
//
// It owns finding out what the files say; what a state means is codecs/project's business. Invariant: a file that cannot
// be read never takes away the last good state that it gave.
package files
