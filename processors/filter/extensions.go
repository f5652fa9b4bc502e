package filter

import "weir/codecs/event"

// extensionMessages are texts that only browser extensions cause (filters 4.10 a).
var extensionMessages = newPhrases([]phrase{
	{text: "top.globals"}, {text: "originalcreatenotification"}, {text: "canvas\x00contentdocument"}, {text: "myapp_removeallhighlights"},
	{text: "http://tt.epicplay.com"}, {text: "can't find variable: zitereader"}, {text: "can't find variable: gmo"},
	{text: "jigsaw is not defined"}, {text: "combosearch is not defined"}, {text: "http://loading.retry.widdit.com/"},
	{text: "atomicfindclose"}, {text: "fb_xd_fragment"}, {text: "bmi_safeaddonload"}, {text: "ebcallbackmessagereceived"},
	{text: "_gcrweb"}, {text: "conduitpage"}, {text: "null is not an object (evaluating 'elt\x00parentnode')"},
	{text: "plugin.setsuspendstate is not a function"}, {text: "extension context invalidated"}, {text: "webkit-masked-url:"},
	{text: "can't access dead object"}, {text: "cannot redefine property: solana"}, {text: "cannot redefine property: ethereum"},
	{text: "cannot redefine property: googletag"}, {text: "undefined is not an object (evaluating 'a.\x00')"},
	{text: "permission denied to access property "},
})

// extensionSources are texts in the url of the code (filters 4.10 b).
var extensionSources = newPhrases([]phrase{
	{text: "graph.facebook.com"}, {text: "connect.facebook.net"}, {text: "eatdifferent.com.woopra-ns.com"},
	{text: "static.woopra.com/js/woopra.js"}, {text: "webkit-masked-url"}, {text: "127.0.0.1:4001/isrunning"},
	{text: "webappstoolbarba.texthelp.com/"}, {text: "metrics.itunes.apple.com.edgesuite.net/"}, {text: "kaspersky-labs.com"},
})

// extensionSchemes are how urls of extensions start.
var extensionSchemes = newPhrases([]phrase{
	{text: "chrome://"}, {text: "chrome-extension://"}, {text: "moz-extension://"}, {text: "safari-extension://"},
	{text: "safari-web-extension://"},
})

// fromExtension looks at the first exception only.
func (e *eventItem) fromExtension() bool {
	first := e.Exceptions().Index(0)
	if first.IsNull() {
		return false
	}
	if value, ok := first.Get("value").Str(); ok && extensionMessages.in(value) {
		return true
	}
	source, ok := sourceOf(first.Get("stacktrace").Get("frames"))
	return ok && (extensionSchemes.startsWith(source) || extensionSources.in(source))
}

// sourceOf returns the abs_path of the last frame that has a real one; a frame without any ends the search.
func sourceOf(frames *event.Value) (string, bool) {
	for i := frames.Len() - 1; i >= 0; i-- {
		path, ok := frames.Index(i).Get("abs_path").Str()
		if !ok || path != "<anonymous>" && path != "[native code]" {
			return path, ok
		}
	}
	return "", false
}
