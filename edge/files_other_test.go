//go:build !unix

package edge_test

// openFiles is how many files this process may have open.
func openFiles() int { return 1000 }
