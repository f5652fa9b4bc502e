// Package minidump finds the parts of a Windows minidump (also written by Breakpad and Crashpad on Linux and macOS) that can hold
// personal data: memory regions, module names, debug file names, the environment and command line of the process.
//
// It reads the stream directory and nothing else of the file, copies nothing and allocates no more than the lists of what
// it found; every part is a range of the file, so that a part can be overwritten in place and the file stays valid.
// It must not know what is looked for in the parts. Invariant: every range lies within the file.
package minidump
