package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

type vector struct {
	Result, Sender string
	Version        int // 0: null, CONNECT says
	Wire           any
	Steps          []vector // sessions have steps
}

var totals = map[string]int{}

func decode(data []byte, version int, sender string) { totals["bytes"] += len(data) } // yours stands here

func unfold(wire any) (out []byte) { // hex, or a list of hex and recipes
	switch w := wire.(type) {
	case string:
		out, _ = hex.DecodeString(strings.ReplaceAll(w, " ", ""))
	case []any:
		for _, part := range w {
			out = append(out, unfold(part)...)
		}
	case map[string]any:
		recipe := w["repeat"].([]any)
		out = bytes.Repeat(unfold(recipe[0]), int(recipe[1].(float64)))
	}
	return out
}

func main() {
	paths, _ := filepath.Glob(os.Args[1] + "/v*/*.json")
	for _, path := range paths {
		var suite struct {
			Kind    string
			Vectors []vector
		}
		text, _ := os.ReadFile(path)
		json.Unmarshal(text, &suite)
		for _, v := range suite.Vectors {
			totals[suite.Kind+" "+v.Result]++
			for _, step := range append(v.Steps, v) {
				if step.Wire != nil {
					decode(unfold(step.Wire), v.Version, step.Sender)
				}
			}
		}
	}
	out, _ := json.Marshal(totals)
	fmt.Println(string(out))
}
