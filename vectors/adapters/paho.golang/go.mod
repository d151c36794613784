module adapter

go 1.22

require github.com/eclipse/paho.golang v0.22.0
