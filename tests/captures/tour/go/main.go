// SPDX-License-Identifier: MIT

// peers boiler PORT SECONDS: a sensor, by paho.golang, that answers requests too.
// peers broker PORT: mochi-mqtt, which lets everybody in.
package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"
	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
)

const place = "plant/vienna/hall-3/line-2/boiler-1"

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func broker(port string) {
	server := mqtt.New(nil)
	check(server.AddHook(new(auth.AllowHook), nil))
	check(server.AddListener(listeners.NewTCP(
		listeners.Config{ID: "tcp", Address: "127.0.0.1:" + port})))
	check(server.Serve())
	fmt.Println("running")
	select {}
}

func boiler(port string, seconds int) {
	ctx := context.Background()
	var manager *autopaho.ConnectionManager
	answer := func(got paho.PublishReceived) (bool, error) {
		asked := got.Packet.Properties
		go manager.Publish(ctx, &paho.Publish{
			Topic: asked.ResponseTopic, QoS: 1, Payload: []byte(`{"setpoint": 82.5}`),
			Properties: &paho.PublishProperties{CorrelationData: asked.CorrelationData},
		})
		return true, nil
	}
	manager, err := autopaho.NewConnection(ctx, autopaho.ClientConfig{
		ServerUrls:                    []*url.URL{{Scheme: "mqtt", Host: "127.0.0.1:" + port}},
		KeepAlive:                     20,
		CleanStartOnInitialConnection: true,
		ClientConfig: paho.ClientConfig{
			ClientID:          "boiler-1",
			OnPublishReceived: []func(paho.PublishReceived) (bool, error){answer},
		},
	})
	check(err)
	check(manager.AwaitConnection(ctx))
	_, err = manager.Subscribe(ctx, &paho.Subscribe{
		Subscriptions: []paho.SubscribeOptions{{Topic: place + "/setpoint/get", QoS: 1}}})
	check(err)
	for n := 0; n < 2*seconds; n++ {
		for name, value := range map[string]string{
			"temperature": fmt.Sprintf("%.1f", 80+float64(n%7)*0.3),
			"pressure":    fmt.Sprintf("%.2f", 2.5+float64(n%5)*0.01),
		} {
			_, err = manager.Publish(ctx, &paho.Publish{
				Topic: place + "/" + name, QoS: 1, Payload: []byte(value)})
			check(err)
		}
		time.Sleep(500 * time.Millisecond)
	}
	check(manager.Disconnect(ctx))
}

func main() {
	switch os.Args[1] {
	case "broker":
		broker(os.Args[2])
	case "boiler":
		seconds, err := strconv.Atoi(os.Args[3])
		check(err)
		boiler(os.Args[2], seconds)
	}
}
