// SPDX-License-Identifier: MIT

// The packets of mochi-mqtt, decoded and validated as its server does with those of a client; its
// encoders, and its index of topics.
package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	mqtt "github.com/mochi-mqtt/server/v2"
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

func properties(p *props) packets.Properties {
	out := packets.Properties{
		CorrelationData: or(p.CorrelationData), SubscriptionIdentifier: p.SubscriptionIdentifiers,
		AuthenticationData: or(p.AuthenticationData), ContentType: or(p.ContentType), ResponseTopic: or(p.ResponseTopic),
		AssignedClientID: or(p.AssignedClientIdentifier), AuthenticationMethod: or(p.AuthenticationMethod),
		ResponseInfo: or(p.ResponseInformation), ServerReference: or(p.ServerReference), ReasonString: or(p.ReasonString),
		MessageExpiryInterval: or(p.MessageExpiryInterval), WillDelayInterval: or(p.WillDelayInterval),
		MaximumPacketSize: or(p.MaximumPacketSize), ReceiveMaximum: or(p.ReceiveMaximum),
		TopicAliasMaximum: or(p.TopicAliasMaximum), RequestResponseInfo: or(p.RequestResponseInformation),
		SessionExpiryInterval: or(p.SessionExpiryInterval), SessionExpiryIntervalFlag: p.SessionExpiryInterval != nil,
		ServerKeepAlive: or(p.ServerKeepAlive), ServerKeepAliveFlag: p.ServerKeepAlive != nil,
		TopicAlias: or(p.TopicAlias), TopicAliasFlag: p.TopicAlias != nil,
		PayloadFormat: or(p.PayloadFormatIndicator), PayloadFormatFlag: p.PayloadFormatIndicator != nil,
		RequestProblemInfo: or(p.RequestProblemInformation), RequestProblemInfoFlag: p.RequestProblemInformation != nil,
		MaximumQos: or(p.MaximumQoS), MaximumQosFlag: p.MaximumQoS != nil,
		RetainAvailable: or(p.RetainAvailable), RetainAvailableFlag: p.RetainAvailable != nil,
		WildcardSubAvailable: or(p.WildcardSubscriptionAvailable), WildcardSubAvailableFlag: p.WildcardSubscriptionAvailable != nil,
		SubIDAvailable: or(p.SubscriptionIdentifierAvailable), SubIDAvailableFlag: p.SubscriptionIdentifierAvailable != nil,
		SharedSubAvailable: or(p.SharedSubscriptionAvailable), SharedSubAvailableFlag: p.SharedSubscriptionAvailable != nil,
	}
	for _, user := range p.UserProperties {
		out.User = append(out.User, packets.UserProperty{Key: user[0], Val: user[1]})
	}
	return out
}

func encode(p *packet) ([]byte, error) {
	pk := packets.Packet{
		ProtocolVersion: p.Version, Properties: properties(&p.Properties), Payload: p.Payload, TopicName: p.Topic,
		ReasonCodes: codeBytes(p.ReasonCodes), ReasonCode: p.ReasonCode, PacketID: p.PacketID, SessionPresent: p.SessionPresent,
	}
	pk.Mods.AllowResponseInfo = true // as where the client has asked for it
	pk.FixedHeader = packets.FixedHeader{Dup: p.Dup, Qos: p.QoS, Retain: p.Retain}
	pk.Connect = packets.ConnectParams{ProtocolName: []byte("MQTT"), ClientIdentifier: p.ClientID, Keepalive: p.KeepAlive,
		Clean: p.CleanStart, UsernameFlag: p.Username != nil, Username: []byte(or(p.Username)),
		PasswordFlag: p.Password != nil, Password: or(p.Password)}
	if w := p.Will; w != nil {
		pk.Connect.WillFlag, pk.Connect.WillQos, pk.Connect.WillRetain = true, w.QoS, w.Retain
		pk.Connect.WillTopic, pk.Connect.WillPayload, pk.Connect.WillProperties = w.Topic, w.Payload, properties(&w.Properties)
	}
	identifier := 0
	if ids := p.Properties.SubscriptionIdentifiers; len(ids) > 0 {
		identifier = ids[0]
	}
	for _, s := range p.Subscriptions {
		pk.Filters = append(pk.Filters, packets.Subscription{Filter: s.TopicFilter, Qos: s.QoS, NoLocal: s.NoLocal,
			RetainAsPublished: s.RetainAsPublished, RetainHandling: s.RetainHandling, Identifier: identifier})
	}
	for _, filter := range p.TopicFilters {
		pk.Filters = append(pk.Filters, packets.Subscription{Filter: filter})
	}
	kinds := []string{"", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK",
		"UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"}
	encoders := []func(*bytes.Buffer) error{nil, pk.ConnectEncode, pk.ConnackEncode, pk.PublishEncode, pk.PubackEncode,
		pk.PubrecEncode, pk.PubrelEncode, pk.PubcompEncode, pk.SubscribeEncode, pk.SubackEncode, pk.UnsubscribeEncode,
		pk.UnsubackEncode, pk.PingreqEncode, pk.PingrespEncode, pk.DisconnectEncode, pk.AuthEncode}
	kind := slices.Index(kinds, p.Type)
	pk.FixedHeader.Type = byte(kind)
	if kind == 6 || kind == 8 || kind == 10 {
		pk.FixedHeader.Qos = 1 // as its server sets it
	}
	var out bytes.Buffer
	err := encoders[kind](&out)
	return out.Bytes(), err
}

// topic: a message to a name finds a subscription to a filter in the index; both are good.
func topic(check, filter, name string) bool {
	switch check {
	case "name":
		return mqtt.IsValidFilter(name, true)
	case "filter":
		return mqtt.IsValidFilter(filter, false)
	case "share":
		return mqtt.IsValidFilter(filter, false) && mqtt.IsSharedFilter(filter)
	}
	index := mqtt.NewTopicsIndex()
	index.Subscribe("c", packets.Subscription{Filter: filter})
	found := index.Subscribers(name)
	return len(found.Subscriptions)+len(found.Shared) > 0
}

func main() { serve(answers{versions: "45", decode: decode, encode: encode, topic: topic}) }
