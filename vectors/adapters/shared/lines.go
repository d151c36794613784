// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
)

// What the adapters in Go share: requests and answers, one JSON object a line.

const (
	told    = 1 << 20 // bytes: of larger packets only the result is told
	longest = 1 << 25 // digits: of larger packets reading the JSON takes longer than encoding
)

type form = map[string]any

type request struct {
	ID, Kind, Sender, Check string
	Version                 int // 0: null, CONNECT says
	Wire, Chunks, Packet    any
	TopicFilter             any `json:"topic_filter"`
	TopicName               any `json:"topic_name"`
}

// answers to each kind of request; where there is none, it is skipped.
type answers struct {
	versions string // others are skipped
	decode   func(from *source, version int) (form, error)
	encode   func(p *packet) ([]byte, error)
	topic    func(check, filter, name string) bool
}

func isRecipe(part any) bool {
	recipe, is := part.(form)
	return is && recipe["repeat"] != nil
}

// length is that of all strings together, unfolded.
func length(value any) (n int) {
	switch v := value.(type) {
	case []any:
		for _, part := range v {
			n += length(part)
		}
	case form:
		if isRecipe(v) {
			recipe := v["repeat"].([]any)
			return len(recipe[0].(string)) * int(recipe[1].(float64))
		}
		for _, each := range v {
			n += length(each)
		}
	case string:
		return len(v)
	}
	return n
}

// unfolded is a value without recipes.
func unfolded(value any) any {
	switch v := value.(type) {
	case []any:
		long := false
		for _, part := range v {
			long = long || isRecipe(part)
		}
		if !long {
			out := make([]any, len(v))
			for i, part := range v {
				out[i] = unfolded(part)
			}
			return out
		}
		var out strings.Builder
		for _, part := range v {
			if isRecipe(part) {
				recipe := part.(form)["repeat"].([]any)
				out.WriteString(strings.Repeat(recipe[0].(string), int(recipe[1].(float64))))
			} else {
				out.WriteString(part.(string))
			}
		}
		return out.String()
	case form:
		out := form{}
		for name, each := range v {
			out[name] = unfolded(each)
		}
		return out
	}
	return value
}

func unhex(text string) []byte {
	data, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		panic(err)
	}
	return data
}

func unfold(wire any) (out []byte) { // without a text of it, which may be large
	switch w := wire.(type) {
	case string:
		return unhex(w)
	case []any:
		for _, part := range w {
			out = append(out, unfold(part)...)
		}
	case form:
		recipe := w["repeat"].([]any)
		return bytes.Repeat(unfold(recipe[0]), int(recipe[1].(float64)))
	}
	return out
}

func text(value any) string {
	if bytes, is := value.(form); is { // of what is no text
		return string(unhex(bytes["hex"].(string)))
	}
	out, _ := unfolded(value).(string)
	return out
}

// source gives bytes as they come, and remembers that more were wanted.
type source struct {
	pieces [][]byte
	short  bool
}

func (s *source) Len() (n int) {
	for _, piece := range s.pieces {
		n += len(piece)
	}
	return n
}

func (s *source) Read(into []byte) (int, error) {
	for len(s.pieces) > 0 && len(s.pieces[0]) == 0 {
		s.pieces = s.pieces[1:]
	}
	if len(s.pieces) == 0 {
		s.short = s.short || len(into) > 0
		return 0, io.EOF
	}
	n := copy(into, s.pieces[0])
	s.pieces[0] = s.pieces[0][n:]
	return n, nil
}

func (s *source) ReadByte() (byte, error) {
	var one [1]byte
	_, err := io.ReadFull(s, one[:])
	return one[0], err
}

func refused(err any) form {
	return form{"result": "reject", "error": form{"message": fmt.Sprint(err)}}
}

// safely: a panic of the library is told as a refusal with its words, beginning "panic".
func safely(ask func() form) (answer form) {
	defer func() {
		if err := recover(); err != nil {
			answer = refused(fmt.Sprint("panic: ", err))
		}
	}()
	return ask()
}

func (a *answers) packet(r *request, from *source) form {
	packet, err := a.decode(from, r.Version)
	switch {
	case err != nil && from.short:
		return form{"result": "more"}
	case err != nil:
		return refused(err)
	}
	answer := form{"result": "accept"}
	if packet != nil {
		answer["packet"] = packet
	}
	return answer
}

func (a *answers) cut(r *request, pieces [][]byte) form {
	from := &source{pieces: pieces}
	packets, all := []any{}, true
	answer := form{"result": "accept"}
	for from.Len() > 0 && answer["result"] == "accept" {
		answer = safely(func() form { return a.packet(r, from) })
		if answer["result"] == "accept" {
			packet := answer["packet"]
			packets, all = append(packets, packet), all && packet != nil
			delete(answer, "packet")
		}
	}
	if all {
		answer["packets"] = packets
	}
	return answer
}

func (a *answers) stream(r *request, data []byte) form {
	sizes, _ := r.Chunks.([]any)
	if sizes == nil { // each: byte by byte, and in two at every place
		for range data {
			sizes = append(sizes, 1.0)
		}
	}
	var pieces [][]byte
	at := 0
	for _, size := range sizes {
		pieces = append(pieces, data[at:at+int(size.(float64))])
		at += int(size.(float64))
	}
	wanted := a.cut(r, pieces)
	for at := 0; r.Chunks == "each" && at <= len(data); at++ {
		if !reflect.DeepEqual(a.cut(r, [][]byte{data[:at], data[at:]}), wanted) {
			return form{"result": "differs"}
		}
	}
	return wanted
}

// level is the version that a CONNECT says.
func level(data []byte) int {
	at := 1
	for at < len(data) && data[at] > 127 {
		at++
	}
	if at+7 < len(data) && data[0] == 0x10 {
		return int(data[at+7])
	}
	return 0
}

func (a *answers) to(r *request) form {
	skip := form{"result": "skip"}
	var data []byte
	if r.Wire != nil {
		data = unfold(r.Wire)
	}
	if r.Kind == "streams" && r.Version == 0 {
		r.Version = level(data)
	}
	if !strings.Contains(a.versions, fmt.Sprint(r.Version)) {
		return skip
	}
	switch {
	case r.Kind == "packets" && a.decode != nil:
		from := &source{pieces: [][]byte{data}}
		answer := a.packet(r, from)
		if answer["result"] == "accept" {
			answer["size"] = len(data) - from.Len()
		}
		return answer
	case r.Kind == "streams" && a.decode != nil:
		return a.stream(r, data)
	case r.Kind == "encode" && a.encode != nil && length(r.Packet) < longest:
		p, err := read(unfolded(r.Packet))
		if err != nil { // its types have no such value
			return refused(err)
		}
		wire, err := a.encode(p)
		if err != nil {
			return refused(err)
		}
		if len(wire) > told {
			return form{"result": "accept"}
		}
		return form{"result": "accept", "wire": hex.EncodeToString(wire)}
	case r.Kind == "topics" && a.topic != nil && (r.Check != "share" || r.Version == 5):
		if a.topic(r.Check, text(r.TopicFilter), text(r.TopicName)) {
			return form{"result": "accept"}
		}
		return form{"result": "reject"}
	}
	return skip
}

// serve answers until there are no more requests.
func serve(a answers) {
	in := bufio.NewReader(os.Stdin)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var r request
		if err := json.Unmarshal(bytes.TrimSpace(line), &r); err != nil {
			panic(err)
		}
		answer := safely(func() form { return a.to(&r) })
		answer["id"] = r.ID
		out, err := json.Marshal(answer)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(out))
	}
}
