// SPDX-License-Identifier: MIT

// A broker of another make that speaks WebSocket, as Debian's mosquitto does not:
//
//	websocket_broker WS_PORT WSS_PORT CERTIFICATE KEY
//
// says "ready" once it listens on both ports of loopback, and ends with its stdin.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
)

func main() {
	certificate, err := tls.LoadX509KeyPair(os.Args[3], os.Args[4])
	if err != nil {
		log.Fatal(err)
	}
	server := mqtt.New(&mqtt.Options{
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err := server.AddHook(new(auth.AllowHook), nil); err != nil {
		log.Fatal(err)
	}
	for index, config := range []*tls.Config{nil, {Certificates: []tls.Certificate{certificate}}} {
		listener := listeners.NewWebsocket(listeners.Config{
			ID: fmt.Sprint(index), Address: "127.0.0.1:" + os.Args[1+index], TLSConfig: config,
		})
		if err := server.AddListener(listener); err != nil {
			log.Fatal(err)
		}
	}
	if err := server.Serve(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	server.Close()
}
