// Package formdata reads multipart/form-data bodies as a stream: the parts in order, each with its name, filename and
// content type. It reads what senders of crash reports write, and refuses the rest: lines end with CRLF, a part that has begun must end with
// a boundary, and the closing boundary must be there.
//
// It knows no limits but those of a part's header, and no HTTP. Invariant: memory does not grow with the body.
package formdata
