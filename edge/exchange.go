package edge

import (
	"net/http"
	"time"
)

// MaxParams is the largest number of `{}` in a route's path.
const MaxParams = 3

// Exchange is one HTTP request on its way through the edge. R.Body yields decoded bytes.
type Exchange struct {
	W          http.ResponseWriter // only for handlers that return Reply.Done
	R          *http.Request
	ReceivedAt time.Time         // taken before the body was read (edge 2.3)
	Params     [MaxParams]string // the percent-decoded path segments that matched `{}`, in order
}

// Handler answers one exchange.
type Handler func(x *Exchange) Reply

// Route is one row of the table in edge 1.1.
type Route struct {
	// Path has one `{}` for each variable segment; with or without the trailing slash are two routes.
	Path string
	// Methods are those that are answered; GET includes HEAD. None means every method.
	Methods []string
	// CORS adds the headers of edge 1.3 and answers OPTIONS.
	CORS   bool
	Handle Handler
}
