//go:build !unix

package broker

import "os"

func flock(*os.File) error { return nil }
