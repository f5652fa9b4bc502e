package normalize

import (
	"net/netip"
	"os"
	"testing"
)

// testdata/geo-city.mmdb is GeoIP2-City-Test.mmdb of the MaxMind-DB project (Apache License 2.0 or MIT), whose entries are made up.
func TestLocator(t *testing.T) {
	b, err := os.ReadFile("testdata/geo-city.mmdb")
	if err != nil {
		t.Fatal(err)
	}
	locate, err := NewLocator(b)
	if err != nil {
		t.Fatal(err)
	}
	boxford := Location{CountryCode: "GB", City: "Boxford", Subdivision: "England", Region: "United Kingdom"}
	for address, want := range map[string]Location{
		"2.125.160.216": boxford, "::ffff:2.125.160.216": boxford, "2001:218::1": {CountryCode: "JP", Region: "Japan"}, "10.0.0.1": {},
	} {
		got, ok := locate(netip.MustParseAddr(address))
		if got != want || ok != (want != Location{}) {
			t.Errorf("%s: %+v %t", address, got, ok)
		}
	}
}
