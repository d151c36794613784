// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
)

// A packet in the JSON form of the vectors.

type binary []byte // hex in JSON

func (b *binary) UnmarshalJSON(data []byte) error {
	var digits string
	err := json.Unmarshal(data, &digits)
	*b = unhex(digits)
	return err
}

type props struct {
	PayloadFormatIndicator          *byte       `json:"payload_format_indicator"`
	MessageExpiryInterval           *uint32     `json:"message_expiry_interval"`
	ContentType                     *string     `json:"content_type"`
	ResponseTopic                   *string     `json:"response_topic"`
	CorrelationData                 *binary     `json:"correlation_data"`
	SubscriptionIdentifiers         []int       `json:"subscription_identifiers"`
	SessionExpiryInterval           *uint32     `json:"session_expiry_interval"`
	AssignedClientIdentifier        *string     `json:"assigned_client_identifier"`
	ServerKeepAlive                 *uint16     `json:"server_keep_alive"`
	AuthenticationMethod            *string     `json:"authentication_method"`
	AuthenticationData              *binary     `json:"authentication_data"`
	RequestProblemInformation       *byte       `json:"request_problem_information"`
	WillDelayInterval               *uint32     `json:"will_delay_interval"`
	RequestResponseInformation      *byte       `json:"request_response_information"`
	ResponseInformation             *string     `json:"response_information"`
	ServerReference                 *string     `json:"server_reference"`
	ReasonString                    *string     `json:"reason_string"`
	ReceiveMaximum                  *uint16     `json:"receive_maximum"`
	TopicAliasMaximum               *uint16     `json:"topic_alias_maximum"`
	TopicAlias                      *uint16     `json:"topic_alias"`
	MaximumQoS                      *byte       `json:"maximum_qos"`
	RetainAvailable                 *byte       `json:"retain_available"`
	UserProperties                  [][2]string `json:"user_properties"`
	MaximumPacketSize               *uint32     `json:"maximum_packet_size"`
	WildcardSubscriptionAvailable   *byte       `json:"wildcard_subscription_available"`
	SubscriptionIdentifierAvailable *byte       `json:"subscription_identifier_available"`
	SharedSubscriptionAvailable     *byte       `json:"shared_subscription_available"`
}

type subscription struct {
	TopicFilter       string `json:"topic_filter"`
	QoS               byte
	NoLocal           bool `json:"no_local"`
	RetainAsPublished bool `json:"retain_as_published"`
	RetainHandling    byte `json:"retain_handling"`
}

type will struct {
	Topic      string
	Payload    binary
	QoS        byte
	Retain     bool
	Properties props
}

type packet struct {
	Type           string
	Version        byte
	Properties     props
	CleanStart     bool   `json:"clean_start"`
	KeepAlive      uint16 `json:"keep_alive"`
	ClientID       string `json:"client_id"`
	Username       *string
	Password       *binary
	Will           *will
	SessionPresent bool `json:"session_present"`
	ReasonCode     byte `json:"reason_code"`
	Dup, Retain    bool
	QoS            byte
	Topic          string
	PacketID       uint16 `json:"packet_id"`
	Payload        binary
	Subscriptions  []subscription
	TopicFilters   []string `json:"topic_filters"`
	ReasonCodes    []code   `json:"reason_codes"`
}

type code byte // a list of bytes would be base64

func read(packetForm any) (*packet, error) {
	text, err := json.Marshal(packetForm)
	if err != nil {
		return nil, err
	}
	p := &packet{}
	return p, json.Unmarshal(text, p)
}

func codeBytes(codes []code) (out []byte) {
	for _, c := range codes {
		out = append(out, byte(c))
	}
	return out
}

// or is what a pointer points to, or nothing of its type.
func or[T any](value *T) (out T) {
	if value != nil {
		out = *value
	}
	return out
}
