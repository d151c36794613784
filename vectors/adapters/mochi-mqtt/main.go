// SPDX-License-Identifier: MIT

// The packets of mochi-mqtt, decoded and validated as its server does with those of a client.
package main

import (
	"fmt"
	"io"

	"github.com/mochi-mqtt/server/v2/packets"
)

func judged(code packets.Code) error {
	if code != packets.CodeSuccess {
		return code
	}
	return nil
}

func body(pk *packets.Packet, data []byte) error {
	decoders := map[byte]func([]byte) error{
		packets.Connect: pk.ConnectDecode, packets.Connack: pk.ConnackDecode, packets.Publish: pk.PublishDecode,
		packets.Puback: pk.PubackDecode, packets.Pubrec: pk.PubrecDecode, packets.Pubrel: pk.PubrelDecode,
		packets.Pubcomp: pk.PubcompDecode, packets.Subscribe: pk.SubscribeDecode, packets.Suback: pk.SubackDecode,
		packets.Unsubscribe: pk.UnsubscribeDecode, packets.Unsuback: pk.UnsubackDecode, packets.Auth: pk.AuthDecode,
		packets.Pingreq: pk.PingreqDecode, packets.Pingresp: pk.PingrespDecode, packets.Disconnect: pk.DisconnectDecode,
	}
	decode, known := decoders[pk.FixedHeader.Type]
	if !known {
		return fmt.Errorf("invalid packet type; %v", pk.FixedHeader.Type)
	}
	if err := decode(data); err != nil {
		return err
	}
	switch pk.FixedHeader.Type {
	case packets.Connect:
		return judged(pk.ConnectValidate())
	case packets.Publish:
		return judged(pk.PublishValidate(65535))
	case packets.Subscribe:
		return judged(pk.SubscribeValidate())
	case packets.Unsubscribe:
		return judged(pk.UnsubscribeValidate())
	case packets.Auth:
		return judged(pk.AuthValidate())
	}
	return nil
}

func decode(from *source, version int) (form, error) {
	first, err := from.ReadByte()
	if err != nil {
		return nil, err
	}
	pk := packets.Packet{ProtocolVersion: byte(version)}
	if err := pk.FixedHeader.Decode(first); err != nil {
		return nil, err
	}
	if pk.FixedHeader.Remaining, _, err = packets.DecodeLength(from); err != nil {
		return nil, err
	}
	data := make([]byte, pk.FixedHeader.Remaining)
	if _, err := io.ReadFull(from, data); err != nil {
		return nil, err
	}
	return nil, body(&pk, data)
}

func main() { serve("45", decode) }
