module adapter

go 1.21

require github.com/eclipse/paho.golang v0.22.0
