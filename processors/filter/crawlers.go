package filter

// crawlers are the tokens of filters 4.9; the dot of naver.me stands for any character.
var crawlers = newPhrases([]phrase{
	{text: "mediapartners-google"}, {text: "adsbot-google"}, {text: "googlebot"}, {text: "feedfetcher-google"}, {text: "storebot-google"},
	{text: "bingbot"}, {text: "bingpreview"}, {text: "baiduspider"}, {text: "slurp"}, {text: "sogou"}, {text: "facebook"}, {text: "meta-"},
	{text: "ia_archiver"}, {text: "slack"}, {text: "calypso appcrawler"}, {text: "pingdom"}, {text: "lyticsbot"},
	{text: "aws security scanner"}, {text: "hubspot crawler"}, {text: "bytespider"}, {text: "better uptime"},
	{text: "cloudflare-healthchecks"}, {text: "gtmetrix"}, {text: "brightedgeoncrawl"}, {text: "elb-healthchecker"}, {text: "naver\x00me/spd"},
	{text: "claudebot"}, {text: "ccbot"}, {text: "oai-searchbot"}, {text: "gptbot"}, {text: "perplexitybot"}, {text: "applebot"},
	{text: "duckduckbot"}, {text: "lightpanda"},
	{text: "bot", end: true}, {text: "bots", end: true}, {text: "spider", end: true},
})

// tolerated are crawlers that are no crawlers.
var tolerated = newPhrases([]phrase{
	{text: "slackbot 1.\x01"}, {text: "sentryuptimebot"}, {text: "chatgpt-user"},
})

// fromCrawler tests the user agent, or the browser's name when there is only that.
func fromCrawler(it Item) bool {
	agent, ok := it.UserAgent()
	if !ok {
		if agent, _, ok = it.Browser(); !ok {
			return false
		}
	}
	return crawlers.in(agent) && !tolerated.in(agent)
}
