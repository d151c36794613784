module gomqtt_spec

go 1.22

require github.com/256dpi/gomqtt v0.14.4
