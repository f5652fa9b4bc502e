package normalize

import (
	"fmt"
	"net/netip"

	"github.com/oschwald/maxminddb-golang"
)

// geoRecord is what is read of a MaxMind City or Enterprise record (9.3).
type geoRecord struct {
	Country struct {
		Code  string            `maxminddb:"iso_code"`
		Names map[string]string `maxminddb:"names"`
	} `maxminddb:"country"`
	City struct {
		Names map[string]string `maxminddb:"names"`
	} `maxminddb:"city"`
	Subdivisions []struct {
		Names map[string]string `maxminddb:"names"`
	} `maxminddb:"subdivisions"`
}

// NewLocator reads a MaxMind database, the content of the file that `geoip.path` names. db must stay unchanged.
func NewLocator(db []byte) (Locator, error) {
	reader, err := maxminddb.FromBytes(db)
	if err != nil {
		return nil, fmt.Errorf("read geo database: %w", err)
	}
	return func(a netip.Addr) (loc Location, ok bool) {
		var rec geoRecord
		_, found, err := reader.LookupNetwork(a.AsSlice(), &rec)
		if err != nil || !found {
			return loc, false
		}
		loc = Location{CountryCode: rec.Country.Code, City: rec.City.Names["en"], Region: rec.Country.Names["en"]}
		if len(rec.Subdivisions) > 0 {
			loc.Subdivision = rec.Subdivisions[0].Names["en"]
		}
		return loc, true
	}, nil
}
