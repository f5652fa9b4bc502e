package event

import "testing"

func TestIncomingMeta(t *testing.T) {
	for in, want := range map[string]string{
		// Nodes of absent keys are lost, nulls can have metadata, children are sorted as strings.
		`{"_meta":{"b":{"":{"err":["x",["y",{"b":1,"a":2}]],"val":5}},"gone":{"":{"len":1}}},"b":null,"a":[1,2]}`: `{"b":null,"a":[1,2],"_meta":{"b":{"":{"err":["x",["y",{"a":2,"b":1}]],"val":5}}}}`,
		`{"a":[0,1,2,3,4,5,6,7,8,9,10],"_meta":{"a":{"2":{"":{"len":2}},"10":{"":{"len":10}}}}}`:                  `{"a":[0,1,2,3,4,5,6,7,8,9,10],"_meta":{"a":{"10":{"":{"len":10}},"2":{"":{"len":2}}}}}`,
		`{"a":"x","_meta":{"":{"rem":[["@ip","s",0,1,9],["r","x"]],"len":3}}}`:                                    `{"a":"x","_meta":{"":{"rem":[["@ip","s",0,1],["r","x"]],"len":3}}}`,
		// Nodes of another layout are ignored.
		`{"a":1,"_meta":{"a":{"":{"err":5}}}}`:               `{"a":1}`,
		`{"a":1,"_meta":{"a":{"":{"rem":[["r","a","x"]]}}}}`: `{"a":1}`,
		`{"a":1,"_meta":{"a":{"":{"rem":[["r","q"]]}}}}`:     `{"a":1}`,
		`{"a":1,"_meta":{"a":{"":{"len":-1}}}}`:              `{"a":1}`,
		`{"a":1,"_meta":{"a":"x"}}`:                          `{"a":1}`,
		`{"a":1,"_meta":7}`:                                  `{"a":1}`,
		// Only the root has metadata.
		`{"a":{"_meta":{"":{"len":1}}}}`: `{"a":{"_meta":{"":{"len":1}}}}`,
	} {
		d, err := Parse([]byte(in))
		if err != nil {
			t.Fatalf("%s: %v", in, err)
		}
		if got := string(d.AppendTo(nil)); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
		d.Release()
	}
}

func TestErrorsAreRecordedOnce(t *testing.T) {
	d := New()
	defer d.Release()
	d.Root = d.NewNull()
	d.AddError(d.Root, InvalidData, "r")
	d.AddError(d.Root, InvalidData, "r")
	d.AddError(d.Root, InvalidData, "other")
	d.AddError(d.Root, ValueTooLong, "")
	if got, want := string(d.AppendTo(nil)), `{"_meta":{"":{"err":[["invalid_data",{"reason":"r"}],["invalid_data",{"reason":"other"}],"value_too_long"]}}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestOriginalBelow500Bytes(t *testing.T) {
	text := make([]byte, 498)
	for i := range text {
		text[i] = '"' // escapes are not counted
	}
	d := New()
	defer d.Release()
	v := d.NewString(string(text[:497]))
	d.SoftDelete(v)
	if v.Kind() != Null || v.Meta() == nil || v.Meta().Original == nil {
		t.Error("499 bytes are not kept")
	}
	v.SetString(string(text))
	d.SoftDelete(v)
	if got := v.Meta().Original.Text(); len(got) != 497 {
		t.Errorf("an original of 500 bytes replaced the older one: %d bytes", len(got))
	}
}

func TestOmittedItemsKeepTheirIndex(t *testing.T) {
	d, err := Parse([]byte(`{"a":[null,{},null,3]}`))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Release()
	a := d.Root.Get("a")
	for i := range 3 {
		a.Index(i).SetOmit(true)
	}
	d.AddError(a.Index(2), InvalidData, "")
	if got, want := string(d.AppendTo(nil)), `{"a":[null,3],"_meta":{"a":{"2":{"":{"err":["invalid_data"]}}}}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMergeMeta(t *testing.T) {
	d := New()
	defer d.Release()
	a, b := d.NewNull(), d.NewNull()
	d.AddError(a, "one", "")
	d.MetaOf(a).SetLen(1)
	d.AddError(b, "one", "")
	d.AddError(b, "two", "")
	d.MetaOf(b).SetLen(2)
	d.SetOriginal(b, d.NewInt(5))
	d.AddRemark(b, Remark{Rule: "r", Type: 'x'})
	d.MergeMeta(a, b.Meta())
	d.Root = a
	if got, want := string(d.AppendTo(nil)), `{"_meta":{"":{"rem":[["r","x"]],"err":["one","two"],"len":1,"val":5}}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
