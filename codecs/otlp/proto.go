package otlp

import "math"

// readProto reads a payload of resources, their scopes and the records of these.
func readProto(payload []byte, read func(r *protoReader, o *origin, b []byte)) error {
	r := &protoReader{}
	r.each(payload, func(f *field) {
		if f.number == 1 && r.want(f, wireBytes) {
			r.resource(f.b, read)
		}
	})
	if r.bad {
		return ErrProto
	}
	return nil
}

// resource reads the records of one resource, whose attributes may stand behind them.
func (r *protoReader) resource(b []byte, read func(r *protoReader, o *origin, b []byte)) {
	var o origin
	var scopes [][]byte
	r.each(b, func(f *field) {
		switch f.number {
		case 1:
			r.message(f, func(f *field) {
				if f.number == 1 {
					o.resource = r.pair(o.resource, f)
				}
			})
		case 2:
			scopes = append(scopes, r.bytes(f))
		case 3:
			r.text(f) // the address of a schema
		}
	})
	for _, s := range scopes {
		o.scope = scope{}
		var records [][]byte
		r.each(s, func(f *field) {
			switch f.number {
			case 1:
				r.message(f, func(f *field) {
					switch f.number {
					case 1:
						o.scope.name = r.text(f)
					case 2:
						o.scope.version = r.text(f)
					case 3:
						o.scope.attributes = r.pair(o.scope.attributes, f)
					}
				})
			case 2:
				records = append(records, r.bytes(f))
			case 3:
				r.text(f)
			}
		})
		for _, b := range records {
			if !r.bad {
				read(r, &o, b)
			}
		}
	}
}

func (r *protoReader) pair(list []keyValue, f *field) []keyValue {
	var kv keyValue
	r.message(f, func(f *field) {
		switch f.number {
		case 1:
			kv.key = r.text(f)
		case 2:
			r.value(&kv.value, f)
		}
	})
	return append(list, kv)
}

func (r *protoReader) value(v *anyValue, f *field) {
	r.message(f, func(f *field) {
		switch f.number {
		case 1:
			*v = anyValue{kind: anyText, text: r.text(f)}
		case 2:
			*v = anyValue{kind: anyBool}
			if r.number(f, wireVarint) != 0 {
				v.n = 1
			}
		case 3:
			*v = anyValue{kind: anyInt, n: int64(r.number(f, wireVarint))}
		case 4:
			*v = anyValue{kind: anyDouble, f: math.Float64frombits(r.number(f, wire64))}
		case 5:
			*v = anyValue{kind: anyArray}
			r.message(f, func(f *field) {
				if f.number == 1 {
					var x anyValue
					r.value(&x, f)
					v.list = append(v.list, keyValue{value: x})
				}
			})
		case 6:
			*v = anyValue{kind: anyList}
			r.message(f, func(f *field) {
				if f.number == 1 {
					v.list = r.pair(v.list, f)
				}
			})
		case 7:
			*v = anyValue{kind: anyBytes, text: string(r.bytes(f))}
		}
	})
}

func (r *protoReader) log(b []byte) *logRecord {
	l := &logRecord{}
	r.each(b, func(f *field) {
		switch f.number {
		case 1:
			l.time = r.number(f, wire64)
		case 2:
			l.severity = int32(r.number(f, wireVarint))
		case 3:
			l.severityText = r.text(f)
		case 5:
			r.value(&l.body, f)
		case 6:
			l.attributes = r.pair(l.attributes, f)
		case 9:
			l.traceID = r.bytes(f)
		case 10:
			l.spanID = r.bytes(f)
		case 11:
			l.observed = r.number(f, wire64)
		case 12:
			l.eventName = r.text(f)
		}
	})
	return l
}

func (r *protoReader) span(b []byte) *spanRecord {
	s := &spanRecord{}
	r.each(b, func(f *field) {
		switch f.number {
		case 1:
			s.traceID = r.bytes(f)
		case 2:
			s.spanID = r.bytes(f)
		case 3:
			s.state = r.text(f)
		case 4:
			s.parentID = r.bytes(f)
		case 5:
			s.name = r.text(f)
		case 6:
			s.kind = int32(r.number(f, wireVarint))
		case 7:
			s.start = r.number(f, wire64)
		case 8:
			s.end = r.number(f, wire64)
		case 9:
			s.attributes = r.pair(s.attributes, f)
		case 11:
			r.event(f)
		case 13:
			s.links = append(s.links, r.link(f))
		case 15:
			r.message(f, func(f *field) {
				switch f.number {
				case 2:
					s.message = r.text(f)
				case 3:
					s.code = int32(r.number(f, wireVarint))
				}
			})
		case 16:
			s.flags = uint32(r.number(f, wire32))
		}
	})
	return s
}

// event checks an event of a span, of which nothing is kept.
func (r *protoReader) event(f *field) {
	r.message(f, func(f *field) {
		switch f.number {
		case 1:
			r.number(f, wire64)
		case 2:
			r.text(f)
		case 3:
			r.pair(nil, f)
		}
	})
}

func (r *protoReader) link(f *field) (l link) {
	r.message(f, func(f *field) {
		switch f.number {
		case 1:
			l.traceID = r.bytes(f)
		case 2:
			l.spanID = r.bytes(f)
		case 3:
			r.text(f)
		case 4:
			l.attributes = r.pair(l.attributes, f)
		case 6:
			l.flags = uint32(r.number(f, wire32))
		}
	})
	return l
}
