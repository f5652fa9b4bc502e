package normalize

import "strings"

// directiveWords are the directives that messages call by a shorter name.
var directiveWords = map[string]string{
	"child-src": "child", "connect-src": "connect", "font-src": "font", "img-src": "image", "manifest-src": "manifest", "media-src": "media", "object-src": "object",
}

func isLocal(uri string) bool { return uri == "" || uri == "self" || uri == "'self'" }

// reportMessage is the table of 15.2.
func reportMessage(directive, blocked, violated string) string {
	local, uri := isLocal(blocked), normalizedURI(blocked)
	if word := directiveWords[directive]; word != "" {
		if local {
			return "Blocked inline '" + word + "'"
		}
		return "Blocked '" + word + "' from '" + uri + "'"
	}
	switch directive {
	case "script-src":
		switch {
		case !local:
			return "Blocked 'script' from '" + uri + "'"
		case strings.Contains(violated, "'unsafe-inline'"):
			return "Blocked unsafe inline 'script'"
		case strings.Contains(violated, "'unsafe-eval'"):
			return "Blocked unsafe eval() 'script'"
		}
		return "Blocked unsafe (eval() or inline) 'script'"
	case "script-src-attr":
		if local {
			return "Blocked unsafe 'script' element"
		}
		return "Blocked inline script attribute from '" + uri + "'"
	case "script-src-elem":
		if local {
			return "Blocked inline script attribute"
		}
		return "Blocked 'script' from '" + uri + "'"
	case "style-src":
		if local {
			return "Blocked inline 'style'"
		}
		return "Blocked 'style' from '" + uri + "'"
	case "style-src-elem":
		if local {
			return "Blocked 'style' or 'link' element"
		}
		return "Blocked 'style' from '" + uri + "'"
	case "style-src-attr":
		if local {
			return "Blocked style attribute"
		}
		return "Blocked style attribute from '" + uri + "'"
	case "form-action":
		if local {
			return "Blocked inline 'form-action'"
		}
		return "Blocked 'form' action to '" + uri + "'"
	}
	if local {
		return "Blocked inline '" + directive + "'"
	}
	return "Blocked '" + directive + "' from '" + uri + "'"
}

// netlocSchemes are written with // behind the colon.
var netlocSchemes = map[string]bool{
	"ftp": true, "http": true, "gopher": true, "nntp": true, "telnet": true, "imap": true, "wais": true, "file": true, "mms": true, "https": true, "shttp": true, "snews": true,
	"prospero": true, "rtsp": true, "rtspu": true, "rsync": true, "svn": true, "svn+ssh": true, "sftp": true, "nfs": true, "git": true, "git+ssh": true, "ws": true, "wss": true,
}

func schemeForm(scheme string) string {
	if netlocSchemes[scheme] {
		return scheme + "://"
	}
	return scheme + ":"
}

// normalizedURI is the short form of an address that messages and culprits show.
func normalizedURI(uri string) string {
	if isLocal(uri) {
		return "'self'"
	}
	if !strings.Contains(uri, ":") {
		return schemeForm(uri)
	}
	u, ok := parseURL(uri)
	if !ok {
		return uri
	}
	text := u.host
	if u.scheme != "http" && u.scheme != "https" {
		text = schemeForm(u.scheme)
		if u.host != "" {
			text = u.scheme + "://" + u.host
		}
	}
	if u.port != "" {
		text += ":" + u.port
	}
	return text
}

var fetchSchemes = []string{"data:", "mediastream:", "blob:", "filesystem:", "http:", "https:", "file:"}

// reportCulprit is the violated directive with the document's own host called 'self'.
func reportCulprit(violated, document string) string {
	if violated == "" {
		return ""
	}
	self := normalizedURI(document)
	prefix := ""
	if scheme, _, ok := strings.Cut(document, ":"); ok && scheme != "http" && scheme != "https" { // of any text, not only of an address
		prefix = scheme + "://"
	}
	words := strings.FieldsFunc(violated, func(r rune) bool { return strings.ContainsRune(" \t\n\f\r", r) })
	for i, word := range words {
		if i > 0 {
			words[i] = culpritWord(word, self, prefix)
		}
	}
	return strings.Join(words, " ")
}

func culpritWord(word, self, prefix string) string {
	switch word {
	case "'none'", "'self'", "'unsafe-inline'", "'unsafe-eval'":
		return word
	}
	for _, scheme := range fetchSchemes {
		if strings.HasPrefix(word, scheme) {
			if normalizedURI(word) == self {
				return "'self'"
			}
			return word
		}
	}
	if word == self {
		return "'self'"
	}
	return prefix + word
}
