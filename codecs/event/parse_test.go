package event

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestParseAccepts(t *testing.T) {
	for in, want := range map[string]string{
		`{}`:                           `{}`,
		` [1, 2.50,-0,1E5] trailing`:   `[1,2.50,-0,1E5]`,
		`{"a":1,"b":2,"a":3}`:          `{"a":3,"b":2}`,
		`"\u00e9\ud83d\ude00\/\u001f"`: `"é😀/\u001f"`,
		`"a\"b\\c\n"`:                  `"a\"b\\c\n"`,
		`true,`:                        `true`,
		`nullx`:                        `null`,
		`1e-400`:                       `1e-400`,
		strings.Repeat("[", 127) + strings.Repeat("]", 127): strings.Repeat("[", 127) + strings.Repeat("]", 127),
	} {
		d, err := Parse([]byte(in))
		if err != nil {
			t.Errorf("Parse(%q): %v", in, err)
			continue
		}
		if got := string(d.AppendTo(nil)); got != want {
			t.Errorf("Parse(%q) writes %q, want %q", in, got, want)
		}
		d.Release()
	}
}

func TestParseRejects(t *testing.T) {
	for _, in := range []string{
		``, ` `, "\xef\xbb\xbf{}", `{`, `[1`, `[1,]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, `"a`, `"\ud800"`, `"\udc00\ud800"`, `"\ud800\u0041"`,
		`"\x"`, `"\u12g4"`, "\"\x01\"", "\"\xff\"", "{\"\xff\":1}", `NaN`, `[Infinity]`, `01`, `1.`, `.5`, `-`, `1e`, `+1`, `1e400`, `-1e400`, `[tru]`, `nul`,
		strings.Repeat("9", 310), strings.Repeat("[", 128) + strings.Repeat("]", 128), "\"\\",
	} {
		if d, err := Parse([]byte(in)); err == nil {
			t.Errorf("Parse(%q) = %s, want an error", in, d.AppendTo(nil))
		} else if !errors.Is(err, ErrSyntax) {
			t.Errorf("Parse(%q): %v is no ErrSyntax", in, err)
		}
	}
}

func TestManyDuplicateKeys(t *testing.T) {
	var b strings.Builder
	b.WriteByte('{')
	for i := range 1000 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"k` + string(rune('a'+i%26)) + `":` + string(rune('0'+i%10)))
	}
	b.WriteByte('}')
	d, err := Parse([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Release()
	var want map[string]int
	if err := json.Unmarshal([]byte(b.String()), &want); err != nil {
		t.Fatal(err)
	}
	if d.Root.Len() != 26 {
		t.Fatalf("%d keys, want 26", d.Root.Len())
	}
	for k, n := range want {
		if got, _ := d.Root.Get(k).Int(); got != int64(n) {
			t.Errorf("%s = %d, want %d", k, got, n)
		}
	}
}

func TestParseText(t *testing.T) {
	d := New()
	defer d.Release()
	if _, err := d.ParseText(` {"a":[1]} `); err != nil {
		t.Error(err)
	}
	for _, in := range []string{``, `{} {}`, `a`} {
		if _, err := d.ParseText(in); err == nil {
			t.Errorf("ParseText(%q) accepted", in)
		}
	}
}
