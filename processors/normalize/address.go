package normalize

import "weir/codecs/event"

// addresses infers the user's address from the request (9.2).
func (r *run) addresses() {
	root, in := r.d.Root, r.in
	mode := "legacy"
	if setting := root.At("sdk", "settings", "infer_ip"); setting != nil {
		if s, ok := setting.Str(); ok {
			mode = s
		}
		if setting.Meta().HasErrors() {
			mode = "never"
		}
	}
	if user := root.Get("user"); in.Server != nil && user.IsNull() && !user.Meta().IsEmpty() {
		r.object(root, "user") // one that could not be read is there all the same
	}
	remote := root.At("request", "env", "REMOTE_ADDR").Text()
	if remote != "" && !validIP(remote) {
		remote = ""
	}
	client := ""
	if in.InferIP {
		client = in.ClientIP
	}
	inferred := remote
	if inferred == "" {
		inferred = client
	}
	address := root.At("user", "ip_address")
	isAuto := address.Text() == auto
	if mode == "never" {
		if isAuto {
			address.SetNull()
		}
		return
	}
	if inferred != "" && (isAuto || mode == "auto" && address.IsNull()) {
		r.setString(r.object(root, "user"), "ip_address", inferred)
		return
	}
	if mode != "legacy" || !address.IsNull() {
		return
	}
	switch {
	case remote != "":
		r.setString(r.object(root, "user"), "ip_address", remote)
	case client != "" && !address.Meta().HasRemark('x') && infersClient(root.Get("platform")):
		r.setString(r.object(root, "user"), "ip_address", client)
	}
}

// infersClient reports whether events of the platform are sent by the user's own machine.
func infersClient(platform *event.Value) bool {
	switch platform.Text() {
	case "javascript", "cocoa", "objc":
		return true
	}
	return false
}

// geo looks the user's address up (9.3).
func (r *run) geo() {
	user := r.d.Root.Get("user")
	if r.n.cfg.Geo == nil || !user.Get("geo").IsNull() {
		return
	}
	address := user.Get("ip_address").Text()
	if address == "" || address == auto {
		address = r.in.ClientIP
	}
	ip, ok := parseIP(address)
	if !ok {
		return
	}
	loc, ok := r.n.cfg.Geo(ip)
	if !ok {
		return
	}
	geo := r.object(r.object(r.d.Root, "user"), "geo")
	for _, part := range [...][2]string{{"country_code", loc.CountryCode}, {"city", loc.City}, {"subdivision", loc.Subdivision}, {"region", loc.Region}} {
		if part[1] != "" {
			r.setString(geo, part[0], part[1])
		}
	}
}
