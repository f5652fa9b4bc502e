package normalize

// traceHeader writes the trace header of the envelope to `_dsc` (6.4).
func (r *run) traceHeader() {
	header := r.in.Server.Trace
	if header == nil {
		return
	}
	parsed, err := r.d.ParseText(string(header))
	if err != nil {
		return
	}
	r.free(parsed)
	v := r.slot(r.d.Root, "_dsc")
	v.SetMeta(nil)
	tag := v.Tag()
	v.TakeContent(parsed)
	v.SetTag(tag)
}
