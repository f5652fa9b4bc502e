package jsontext

// Fields calls set for each member of an object whose name is one of names, or for each element of an array, which stand in the order of names. i is the
// number of the name. It returns how many members or elements there are; false when text is neither of the two, an array has more elements than there
// are names, or set returned false.
func Fields(text []byte, names []string, set func(i int, value []byte) bool) (n int, ok bool) {
	r := NewReader(text, 0)
	list := len(text) > 0 && text[0] == '['
	if list && !r.Array() || !list && !r.Object() {
		return 0, false
	}
	for ; r.More(); n++ {
		if list && n == len(names) {
			return n, false
		}
		key, value := r.Key(), r.Value()
		if r.Err() != nil {
			break
		}
		for i, name := range names {
			if (list && i == n || !list && string(key) == name) && !set(i, value) {
				return n, false
			}
		}
	}
	return n, r.Err() == nil
}
