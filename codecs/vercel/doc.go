// Package vercel reads the log drain of Vercel and turns its entries into logs (items 15.3).
//
// It knows the entry format, no request and no project. Invariant: a list is read as a whole or refused; of lines, those that are entries are read.
package vercel
