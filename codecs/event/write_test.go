package event

import (
	"math"
	"testing"
)

func TestAppendFloat(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0.0", 1: "1.0", -2.5: "-2.5", 0.1: "0.1", 1767319200.123457: "1767319200.123457", 1e15: "1000000000000000.0", 1e16: "1e+16", 1.5e16: "1.5e+16",
		1e21: "1e+21", 1.25e-7: "1.25e-7", 1e-5: "0.00001", 1e-6: "1e-6", math.MaxFloat64: "1.7976931348623157e+308", math.SmallestNonzeroFloat64: "5e-324", 1e100: "1e+100", 1e-10: "1e-10",
	} {
		if got := string(AppendFloat(nil, f)); got != want {
			t.Errorf("AppendFloat(%g) = %s, want %s", f, got, want)
		}
	}
	if got := string(AppendFloat(nil, math.Copysign(0, -1))); got != "-0.0" {
		t.Errorf("AppendFloat(-0) = %s", got)
	}
}

func TestEdit(t *testing.T) {
	d, err := Parse([]byte(`{"b":1,"a":[1,2,3],"c":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Release()
	r := d.Root
	r.Set("b", d.NewFloat(2))
	r.Set("d", d.NewUint(math.MaxUint64))
	r.Insert(0, "z", d.NewBool(true))
	r.Insert(99, "y", d.NewNull())
	r.Get("a").RemoveAt(1)
	r.Get("a").Append(d.NewInt(-4))
	r.Get("c").SetString("q\"")
	r.Get("y").SetBool(false)
	if !r.Delete("b") || r.Delete("b") {
		t.Error("Delete reports wrongly")
	}
	r.SortKeys()
	r.Get("a").Insert(1, "ignored", d.NewString(d.Concat("1", "", "2")))
	o := d.NewObject(1)
	o.Set("k", d.Clone(r.Get("a")))
	d.Reserve(o, 8)
	r.Set("o", o)
	r.Get("a").Truncate(1)
	want := `{"a":[1],"c":"q\"","d":18446744073709551615,"y":false,"z":true,"o":{"k":[1,"12",3,-4]}}`
	if got := string(d.AppendTo(nil)); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if r.At("o", "k").Index(1).Text() != "12" || r.At("o", "x", "y") != nil || r.Index(0) != nil || r.Get("a").Index(1) != nil {
		t.Error("look-ups are wrong")
	}
}

func TestDocsAreReusable(t *testing.T) {
	for range 100 {
		d, err := Parse([]byte(`{"a":"\u0041","_meta":{"a":{"":{"len":1}}}}`))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(d.AppendTo(nil)), `{"a":"A","_meta":{"a":{"":{"len":1}}}}`; got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		d.Release()
		if _, err := Parse([]byte(`{"b":[1,2,{"c":"\u00e`)); err == nil {
			t.Fatal("accepted")
		}
	}
}
