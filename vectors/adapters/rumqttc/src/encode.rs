// SPDX-License-Identifier: MIT

//! Packets of 3.1.1 to bytes.  What its types cannot hold is refused.

use crate::{hex, refused, topic::text, LARGEST, TOLD};
use bytes::{Bytes, BytesMut};
use rumqttc::mqttbytes::{qos, v4::*, QoS};
use rumqttc::Protocol;
use serde_json::{json, Value};

fn string(value: &Value) -> Option<String> {
    text(value)
}

fn bytes(value: &Value) -> Option<Bytes> {
    Some(crate::unfold(value).into())
}

fn number(value: &Value) -> Option<u16> {
    u16::try_from(value.as_u64()?).ok()
}

fn level(value: &Value) -> Option<QoS> {
    qos(u8::try_from(value.as_u64()?).ok()?).ok()
}

/// Of a list that may not be there.
fn each<T>(list: &Value, one: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    list.as_array()?.iter().map(one).collect()
}

fn connect(p: &Value) -> Option<Packet> {
    let mut made = Connect::new(string(&p["client_id"])?);
    made.protocol = Protocol::V4;
    made.keep_alive = number(&p["keep_alive"])?;
    made.clean_session = p["clean_start"].as_bool()?;
    if let Some(will) = p.get("will") {
        made.last_will = Some(LastWill {
            topic: string(&will["topic"])?,
            message: bytes(&will["payload"])?,
            qos: level(&will["qos"])?,
            retain: will["retain"].as_bool()?,
        });
    }
    if p.get("username").is_some() || p.get("password").is_some() {
        let password = p.get("password").map_or(Some(Bytes::new()), bytes)?;
        made.login = Some(Login {
            username: p.get("username").map_or(Some(String::new()), string)?,
            password: String::from_utf8(password.to_vec()).ok()?,
        });
    }
    Some(Packet::Connect(made))
}

fn return_code(value: &Value) -> Option<ConnectReturnCode> {
    use ConnectReturnCode::*;
    let all = [
        Success,
        RefusedProtocolVersion,
        BadClientId,
        ServiceUnavailable,
        BadUserNamePassword,
        NotAuthorized,
    ];
    all.into_iter()
        .find(|code| value.as_u64() == Some(*code as u64))
}

fn made(p: &Value) -> Option<Packet> {
    let pkid = number(&p["packet_id"]).unwrap_or(0);
    if p.get("packet_id").is_some_and(|id| number(id).is_none()) || p.get("properties").is_some() {
        return None;
    }
    Some(match p["type"].as_str()? {
        "CONNECT" => connect(p)?,
        "CONNACK" => Packet::ConnAck(ConnAck::new(
            return_code(&p["reason_code"])?,
            p["session_present"].as_bool()?,
        )),
        "PUBLISH" => Packet::Publish(Publish {
            dup: p["dup"].as_bool()?,
            qos: level(&p["qos"])?,
            retain: p["retain"].as_bool()?,
            topic: string(&p["topic"])?,
            pkid,
            payload: bytes(&p["payload"])?,
        }),
        _ if p.get("reason_code").is_some() => return None,
        "PUBACK" => Packet::PubAck(PubAck::new(pkid)),
        "PUBREC" => Packet::PubRec(PubRec::new(pkid)),
        "PUBREL" => Packet::PubRel(PubRel::new(pkid)),
        "PUBCOMP" => Packet::PubComp(PubComp::new(pkid)),
        "SUBSCRIBE" => Packet::Subscribe(Subscribe {
            pkid,
            filters: each(&p["subscriptions"], |s| {
                let plain = s.as_object()?.len() == 2; // the other options are of 5.0
                plain.then_some(SubscribeFilter {
                    path: string(&s["topic_filter"])?,
                    qos: level(&s["qos"])?,
                })
            })?,
        }),
        "SUBACK" => Packet::SubAck(SubAck::new(
            pkid,
            each(&p["reason_codes"], |code| {
                SubscribeReasonCode::try_from(u8::try_from(code.as_u64()?).ok()?).ok()
            })?,
        )),
        "UNSUBSCRIBE" => Packet::Unsubscribe(Unsubscribe {
            pkid,
            topics: each(&p["topic_filters"], string)?,
        }),
        "UNSUBACK" if p.get("reason_codes").is_none() => Packet::UnsubAck(UnsubAck::new(pkid)),
        "PINGREQ" => Packet::PingReq,
        "PINGRESP" => Packet::PingResp,
        "DISCONNECT" => Packet::Disconnect,
        _ => return None,
    })
}

pub fn answer(packet: &Value) -> Value {
    let Some(made) = made(packet) else {
        return refused("its types have no such packet");
    };
    let mut out = BytesMut::new();
    match made.write(&mut out, LARGEST) {
        Err(error) => refused(&error.to_string()),
        Ok(_) if out.len() > TOLD => json!({"result": "accept"}),
        Ok(_) => json!({"result": "accept", "wire": hex(&out)}),
    }
}
