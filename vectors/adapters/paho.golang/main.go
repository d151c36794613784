// SPDX-License-Identifier: MIT

// The packets of paho.golang, which speaks 5.0 alone.
//
// Its properties have no difference between a text or binary that is absent and an empty one, and
// keep the last of several subscription identifiers.
package main

import (
	"bytes"
	"encoding/hex"
	"syscall"

	"github.com/eclipse/paho.golang/packets"
)

func propertiesForm(p *packets.Properties) form {
	out := form{}
	text := func(name, value string) {
		if value != "" {
			out[name] = value
		}
	}
	binary := func(name string, value []byte) {
		if len(value) > 0 {
			out[name] = hex.EncodeToString(value)
		}
	}
	byte_ := func(name string, value *byte) {
		if value != nil {
			out[name] = *value
		}
	}
	short := func(name string, value *uint16) {
		if value != nil {
			out[name] = *value
		}
	}
	long := func(name string, value *uint32) {
		if value != nil {
			out[name] = *value
		}
	}
	byte_("payload_format_indicator", p.PayloadFormat)
	long("message_expiry_interval", p.MessageExpiry)
	text("content_type", p.ContentType)
	text("response_topic", p.ResponseTopic)
	binary("correlation_data", p.CorrelationData)
	if p.SubscriptionIdentifier != nil {
		out["subscription_identifiers"] = []int{*p.SubscriptionIdentifier}
	}
	long("session_expiry_interval", p.SessionExpiryInterval)
	text("assigned_client_identifier", p.AssignedClientID)
	short("server_keep_alive", p.ServerKeepAlive)
	text("authentication_method", p.AuthMethod)
	binary("authentication_data", p.AuthData)
	byte_("request_problem_information", p.RequestProblemInfo)
	long("will_delay_interval", p.WillDelayInterval)
	byte_("request_response_information", p.RequestResponseInfo)
	text("response_information", p.ResponseInfo)
	text("server_reference", p.ServerReference)
	text("reason_string", p.ReasonString)
	short("receive_maximum", p.ReceiveMaximum)
	short("topic_alias_maximum", p.TopicAliasMaximum)
	short("topic_alias", p.TopicAlias)
	byte_("maximum_qos", p.MaximumQOS)
	byte_("retain_available", p.RetainAvailable)
	long("maximum_packet_size", p.MaximumPacketSize)
	byte_("wildcard_subscription_available", p.WildcardSubAvailable)
	byte_("subscription_identifier_available", p.SubIDAvailable)
	byte_("shared_subscription_available", p.SharedSubAvailable)
	var users [][2]string
	for _, user := range p.User {
		users = append(users, [2]string{user.Key, user.Value})
	}
	if users != nil {
		out["user_properties"] = users
	}
	return out
}

func codes(reasons []byte) []int {
	out := []int{}
	for _, code := range reasons {
		out = append(out, int(code))
	}
	return out
}

func acknowledgement(id uint16, reason byte, p *packets.Properties) form {
	return form{"packet_id": id, "reason_code": reason, "properties": propertiesForm(p)}
}

func connect(c *packets.Connect) form {
	out := form{"clean_start": c.CleanStart, "keep_alive": c.KeepAlive, "client_id": c.ClientID,
		"properties": propertiesForm(c.Properties)}
	if c.UsernameFlag {
		out["username"] = c.Username
	}
	if c.PasswordFlag {
		out["password"] = hex.EncodeToString(c.Password)
	}
	if c.WillFlag {
		out["will"] = form{"topic": c.WillTopic, "payload": hex.EncodeToString(c.WillMessage),
			"qos": c.WillQOS, "retain": c.WillRetain, "properties": propertiesForm(c.WillProperties)}
	}
	return out
}

func publish(c *packets.Publish) form {
	out := form{"dup": c.Duplicate, "qos": c.QoS, "retain": c.Retain, "topic": c.Topic,
		"payload": hex.EncodeToString(c.Payload), "properties": propertiesForm(c.Properties)}
	if c.QoS > 0 {
		out["packet_id"] = c.PacketID
	}
	return out
}

func subscribe(c *packets.Subscribe) form {
	subscriptions := []form{}
	for _, s := range c.Subscriptions {
		subscriptions = append(subscriptions, form{"topic_filter": s.Topic, "qos": s.QoS, "no_local": s.NoLocal,
			"retain_as_published": s.RetainAsPublished, "retain_handling": s.RetainHandling})
	}
	return form{"packet_id": c.PacketID, "subscriptions": subscriptions, "properties": propertiesForm(c.Properties)}
}

func content(packet *packets.ControlPacket) form {
	switch c := packet.Content.(type) {
	case *packets.Connect:
		return connect(c)
	case *packets.Connack:
		return form{"session_present": c.SessionPresent, "reason_code": c.ReasonCode, "properties": propertiesForm(c.Properties)}
	case *packets.Publish:
		return publish(c)
	case *packets.Puback:
		return acknowledgement(c.PacketID, c.ReasonCode, c.Properties)
	case *packets.Pubrec:
		return acknowledgement(c.PacketID, c.ReasonCode, c.Properties)
	case *packets.Pubrel:
		return acknowledgement(c.PacketID, c.ReasonCode, c.Properties)
	case *packets.Pubcomp:
		return acknowledgement(c.PacketID, c.ReasonCode, c.Properties)
	case *packets.Subscribe:
		return subscribe(c)
	case *packets.Suback:
		return form{"packet_id": c.PacketID, "reason_codes": codes(c.Reasons), "properties": propertiesForm(c.Properties)}
	case *packets.Unsubscribe:
		return form{"packet_id": c.PacketID, "topic_filters": c.Topics, "properties": propertiesForm(c.Properties)}
	case *packets.Unsuback:
		return form{"packet_id": c.PacketID, "reason_codes": codes(c.Reasons), "properties": propertiesForm(c.Properties)}
	case *packets.Disconnect:
		return form{"reason_code": c.ReasonCode, "properties": propertiesForm(c.Properties)}
	case *packets.Auth:
		return form{"reason_code": c.ReasonCode, "properties": propertiesForm(c.Properties)}
	}
	return form{}
}

func decode(from *source, _ int) (form, error) {
	size := from.Len()
	packet, err := packets.ReadPacket(from)
	if err != nil || size > told {
		return nil, err
	}
	out := content(packet)
	out["type"], out["version"] = packet.PacketType(), 5
	return out, nil
}

func set(p *props) *packets.Properties {
	out := &packets.Properties{
		PayloadFormat: p.PayloadFormatIndicator, MessageExpiry: p.MessageExpiryInterval, ContentType: or(p.ContentType),
		ResponseTopic: or(p.ResponseTopic), CorrelationData: or(p.CorrelationData),
		SessionExpiryInterval: p.SessionExpiryInterval, AssignedClientID: or(p.AssignedClientIdentifier),
		ServerKeepAlive: p.ServerKeepAlive, AuthMethod: or(p.AuthenticationMethod), AuthData: or(p.AuthenticationData),
		RequestProblemInfo: p.RequestProblemInformation, WillDelayInterval: p.WillDelayInterval,
		RequestResponseInfo: p.RequestResponseInformation, ResponseInfo: or(p.ResponseInformation),
		ServerReference: or(p.ServerReference), ReasonString: or(p.ReasonString), ReceiveMaximum: p.ReceiveMaximum,
		TopicAliasMaximum: p.TopicAliasMaximum, TopicAlias: p.TopicAlias, MaximumQOS: p.MaximumQoS,
		RetainAvailable: p.RetainAvailable, MaximumPacketSize: p.MaximumPacketSize,
		WildcardSubAvailable: p.WildcardSubscriptionAvailable, SubIDAvailable: p.SubscriptionIdentifierAvailable,
		SharedSubAvailable: p.SharedSubscriptionAvailable,
	}
	for _, id := range p.SubscriptionIdentifiers {
		out.SubscriptionIdentifier = &id
	}
	for _, user := range p.UserProperties {
		out.User = append(out.User, packets.User{Key: user[0], Value: user[1]})
	}
	return out
}

func fill(c any, p *packet) {
	switch c := c.(type) {
	case *packets.Connect:
		c.CleanStart, c.KeepAlive, c.ClientID, c.Properties = p.CleanStart, p.KeepAlive, p.ClientID, set(&p.Properties)
		c.UsernameFlag, c.Username = p.Username != nil, or(p.Username)
		c.PasswordFlag, c.Password = p.Password != nil, or(p.Password)
		if w := p.Will; w != nil {
			c.WillFlag, c.WillTopic, c.WillMessage, c.WillQOS, c.WillRetain = true, w.Topic, w.Payload, w.QoS, w.Retain
			c.WillProperties = set(&w.Properties)
		}
	case *packets.Connack:
		c.SessionPresent, c.ReasonCode, c.Properties = p.SessionPresent, p.ReasonCode, set(&p.Properties)
	case *packets.Publish:
		c.Duplicate, c.QoS, c.Retain, c.Topic, c.PacketID = p.Dup, p.QoS, p.Retain, p.Topic, p.PacketID
		c.Payload, c.Properties = p.Payload, set(&p.Properties)
	case *packets.Puback:
		c.PacketID, c.ReasonCode, c.Properties = p.PacketID, p.ReasonCode, set(&p.Properties)
	case *packets.Pubrec:
		c.PacketID, c.ReasonCode, c.Properties = p.PacketID, p.ReasonCode, set(&p.Properties)
	case *packets.Pubrel:
		c.PacketID, c.ReasonCode, c.Properties = p.PacketID, p.ReasonCode, set(&p.Properties)
	case *packets.Pubcomp:
		c.PacketID, c.ReasonCode, c.Properties = p.PacketID, p.ReasonCode, set(&p.Properties)
	case *packets.Subscribe:
		c.PacketID, c.Properties = p.PacketID, set(&p.Properties)
		for _, s := range p.Subscriptions {
			c.Subscriptions = append(c.Subscriptions, packets.SubOptions{Topic: s.TopicFilter, QoS: s.QoS,
				NoLocal: s.NoLocal, RetainAsPublished: s.RetainAsPublished, RetainHandling: s.RetainHandling})
		}
	case *packets.Suback:
		c.PacketID, c.Reasons, c.Properties = p.PacketID, codeBytes(p.ReasonCodes), set(&p.Properties)
	case *packets.Unsubscribe:
		c.PacketID, c.Topics, c.Properties = p.PacketID, p.TopicFilters, set(&p.Properties)
	case *packets.Unsuback:
		c.PacketID, c.Reasons, c.Properties = p.PacketID, codeBytes(p.ReasonCodes), set(&p.Properties)
	case *packets.Disconnect:
		c.ReasonCode, c.Properties = p.ReasonCode, set(&p.Properties)
	case *packets.Auth:
		c.ReasonCode, c.Properties = p.ReasonCode, set(&p.Properties)
	}
}

func encode(p *packet) ([]byte, error) {
	kind := byte(1)
	for packets.NewControlPacket(kind).PacketType() != p.Type {
		kind++
	}
	made := packets.NewControlPacket(kind)
	fill(made.Content, p)
	var out bytes.Buffer
	_, err := made.WriteTo(&out)
	return out.Bytes(), err
}

func main() {
	// It makes room for whatever length is told, which may be up to 4 GiB, more than any packet has,
	// and takes half a minute.  It shall die of that instead.
	limit := syscall.Rlimit{Cur: 4 << 30, Max: 4 << 30}
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &limit); err != nil {
		panic(err)
	}
	serve(answers{versions: "5", decode: decode, encode: encode})
}
