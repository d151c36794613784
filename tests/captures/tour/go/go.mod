module peers

go 1.22

require (
	github.com/eclipse/paho.golang v0.22.0
	github.com/mochi-mqtt/server/v2 v2.7.9
)
