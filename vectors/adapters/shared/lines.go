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
	"strings"
)

// What the adapters in Go share: requests and answers, one JSON object a line.

const told = 1 << 20 // bytes: of larger packets only the result is told

type form = map[string]any

type request struct {
	ID, Kind string
	Version  int
	Wire     any
}

func unfold(wire any) []byte {
	parts, many := wire.([]any)
	if !many {
		parts = []any{wire}
	}
	var out []byte
	for _, part := range parts {
		unit, times := part, 1.0
		if recipe, folded := part.(form); folded {
			unit, times = recipe["repeat"].([]any)[0], recipe["repeat"].([]any)[1].(float64)
		}
		data, err := hex.DecodeString(strings.ReplaceAll(unit.(string), " ", ""))
		if err != nil {
			panic(err)
		}
		out = append(out, bytes.Repeat(data, int(times))...)
	}
	return out
}

// source gives bytes, and remembers that more were wanted.
type source struct {
	*bytes.Reader
	short bool
}

func (s *source) Read(into []byte) (int, error) {
	n, err := s.Reader.Read(into)
	s.short = s.short || err == io.EOF
	return n, err
}

func (s *source) ReadByte() (byte, error) {
	b, err := s.Reader.ReadByte()
	s.short = s.short || err == io.EOF
	return b, err
}

func refused(err any) form {
	return form{"result": "reject", "error": form{"message": fmt.Sprint(err)}}
}

// decodeSafely: a panic of the library is told as a refusal with its words, beginning "panic".
func decodeSafely(data []byte, version int, decode func(*source, int) (form, error)) (answer form) {
	defer func() {
		if err := recover(); err != nil {
			answer = refused(fmt.Sprint("panic: ", err))
		}
	}()
	from := &source{Reader: bytes.NewReader(data)}
	packet, err := decode(from, version)
	switch {
	case err != nil && from.short:
		return form{"result": "more"}
	case err != nil:
		return refused(err)
	}
	answer = form{"result": "accept", "size": len(data) - from.Len()}
	if packet != nil {
		answer["packet"] = packet
	}
	return answer
}

// serve answers until there are no more requests; other versions are not asked of decode.
func serve(versions string, decode func(*source, int) (form, error)) {
	in := bufio.NewReader(os.Stdin)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			panic(err)
		}
		answer := form{"result": "skip"}
		if r.Kind == "packets" && r.Wire != nil && strings.Contains(versions, fmt.Sprint(r.Version)) {
			answer = decodeSafely(unfold(r.Wire), r.Version, decode)
		}
		answer["id"] = r.ID
		out, err := json.Marshal(answer)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(out))
	}
}
