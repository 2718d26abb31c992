// Go's net/http with the endpoints of the host contract. Usage: go build -o main main.go && ./main
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// More than the events of a burst: none of them may be lost.
const capacity = 1024

var (
	greeting = []byte("Hello, World!")
	active   int64

	gate        sync.Mutex
	subscribers = map[chan []byte]struct{}{}
)

func number(r *http.Request, name string) int {
	value, _ := strconv.Atoi(r.URL.Query().Get(name))
	return value
}

func plain(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
}

func stream(w http.ResponseWriter, r *http.Request) {
	chunk := bytes.Repeat([]byte("x"), number(r, "size"))
	w.Header().Set("Content-Type", "text/plain")
	for left := number(r, "chunks"); left > 0; left-- {
		if _, err := w.Write(chunk); err != nil {
			return
		}
		w.(http.Flusher).Flush()
	}
}

func tick(w http.ResponseWriter, r *http.Request) {
	atomic.AddInt64(&active, 1)
	defer atomic.AddInt64(&active, -1)
	w.Header().Set("Content-Type", "text/plain")
	w.(http.Flusher).Flush()
	ticker := time.NewTicker(time.Duration(number(r, "ms")) * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			fmt.Fprintf(w, "It is %s\n", now.UTC().Format(time.RFC3339Nano))
			w.(http.Flusher).Flush()
		case <-r.Context().Done():
			return
		}
	}
}

// A subscriber that does not read loses events, so that it does not stall the publisher.
func subscribe(w http.ResponseWriter, r *http.Request) {
	events := make(chan []byte, capacity)
	gate.Lock()
	subscribers[events] = struct{}{}
	gate.Unlock()
	defer func() {
		gate.Lock()
		delete(subscribers, events)
		gate.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	w.(http.Flusher).Flush()
	for {
		select {
		case event := <-events:
			w.Write(event)
			w.(http.Flusher).Flush()
		case <-r.Context().Done():
			return
		}
	}
}

func publish(w http.ResponseWriter, r *http.Request) {
	event := []byte("data: " + string(bytes.Repeat([]byte("x"), number(r, "size"))) + "\n\n")
	for left := number(r, "n"); left > 0; left-- {
		gate.Lock()
		for events := range subscribers {
			select {
			case events <- event:
			default:
			}
		}
		gate.Unlock()
	}
	plain(w, []byte("OK"))
}

func count(w http.ResponseWriter, r *http.Request) {
	gate.Lock()
	defer gate.Unlock()
	plain(w, []byte(strconv.Itoa(len(subscribers))))
}

func main() {
	http.HandleFunc("/plaintext", func(w http.ResponseWriter, r *http.Request) { plain(w, greeting) })
	http.HandleFunc("/stream", stream)
	http.HandleFunc("/tick", tick)
	http.HandleFunc("/active", func(w http.ResponseWriter, r *http.Request) {
		plain(w, []byte(strconv.FormatInt(atomic.LoadInt64(&active), 10)))
	})
	http.HandleFunc("/sse", subscribe)
	http.HandleFunc("/publish", publish)
	http.HandleFunc("/count", count)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("Listening on http://%s\n", listener.Addr())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	panic(http.Serve(listener, nil))
}
