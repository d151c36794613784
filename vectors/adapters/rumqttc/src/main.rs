// SPDX-License-Identifier: MIT

//! rumqttc's mqttbytes, for 3.1.1 and for 5.0.  Of 5.0 only the results, and the packets whose
//! reasons its model keeps as numbers or that have none; what is encoded is of 3.1.1.

mod encode;
mod topic;

use bytes::BytesMut;
use rumqttc::mqttbytes::{v4, Error as Error4};
use rumqttc::v5::mqttbytes::{v5, Error as Error5};
use serde_json::{json, Map, Value};
use std::io::{BufRead, Write};
use std::panic;

const LARGEST: usize = 268_435_460;
const TOLD: usize = 1 << 20; // bytes: of larger packets only the result is told

enum Fault {
    More,
    Refused(String),
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|b| *b != b' ').collect();
    let value = |digit: u8| (digit as char).to_digit(16).expect("hex") as u8;
    digits
        .chunks(2)
        .map(|pair| value(pair[0]) << 4 | value(pair[1]))
        .collect()
}

fn unfold(wire: &Value) -> Vec<u8> {
    match wire {
        Value::Array(parts) => parts.iter().map(unfold).collect::<Vec<_>>().concat(),
        Value::String(text) => unhex(text),
        recipe => {
            unfold(&recipe["repeat"][0]).repeat(recipe["repeat"][1].as_u64().unwrap() as usize)
        }
    }
}

fn form(kind: &str, version: u8, fields: Value) -> Option<Value> {
    let mut out = json!({"type": kind, "version": version});
    out.as_object_mut()?.extend(fields.as_object()?.clone());
    Some(out)
}

fn connect4(c: &v4::Connect) -> Value {
    let mut out = json!({"clean_start": c.clean_session, "keep_alive": c.keep_alive, "client_id": c.client_id});
    if let Some(will) = &c.last_will {
        out["will"] = json!({"topic": will.topic, "payload": hex(&will.message),
            "qos": will.qos as u8, "retain": will.retain});
    }
    if let Some(login) = &c.login {
        // Empty and absent are the same to it; a password without a name is not of 3.1.1.
        out["username"] = json!(login.username);
        if !login.password.is_empty() {
            out["password"] = json!(hex(login.password.as_bytes()));
        }
    }
    out
}

fn packet4(packet: &v4::Packet) -> Option<Value> {
    use v4::Packet::*;
    let id = |pkid: u16| json!({"packet_id": pkid});
    match packet {
        Connect(c) => form("CONNECT", 4, connect4(c)),
        ConnAck(c) => form(
            "CONNACK",
            4,
            json!({"session_present": c.session_present, "reason_code": c.code as u8}),
        ),
        Publish(p) => {
            let mut out = json!({"dup": p.dup, "qos": p.qos as u8, "retain": p.retain, "topic": p.topic,
                "payload": hex(&p.payload)});
            if p.qos as u8 > 0 {
                out["packet_id"] = json!(p.pkid);
            }
            form("PUBLISH", 4, out)
        }
        PubAck(p) => form("PUBACK", 4, id(p.pkid)),
        PubRec(p) => form("PUBREC", 4, id(p.pkid)),
        PubRel(p) => form("PUBREL", 4, id(p.pkid)),
        PubComp(p) => form("PUBCOMP", 4, id(p.pkid)),
        Subscribe(s) => {
            let all: Vec<Value> = s
                .filters
                .iter()
                .map(|f| json!({"topic_filter": f.path, "qos": f.qos as u8}))
                .collect();
            form(
                "SUBSCRIBE",
                4,
                json!({"packet_id": s.pkid, "subscriptions": all}),
            )
        }
        SubAck(s) => {
            let code = |reason: &v4::SubscribeReasonCode| match reason {
                v4::SubscribeReasonCode::Success(qos) => *qos as u8,
                v4::SubscribeReasonCode::Failure => 0x80,
            };
            let codes: Vec<u8> = s.return_codes.iter().map(code).collect();
            form(
                "SUBACK",
                4,
                json!({"packet_id": s.pkid, "reason_codes": codes}),
            )
        }
        Unsubscribe(u) => form(
            "UNSUBSCRIBE",
            4,
            json!({"packet_id": u.pkid, "topic_filters": u.topics}),
        ),
        UnsubAck(u) => form("UNSUBACK", 4, id(u.pkid)),
        PingReq => form("PINGREQ", 4, json!({})),
        PingResp => form("PINGRESP", 4, json!({})),
        Disconnect => form("DISCONNECT", 4, json!({})),
    }
}

/// Properties: those that are there.
fn present(all: Value) -> Value {
    let there = |value: &Value| !value.is_null() && value != &json!([]);
    let kept: Map<String, Value> = all
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, v)| there(v))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    Value::Object(kept)
}

fn publish5(p: &v5::Publish) -> Option<Value> {
    let properties = p.properties.as_ref().map_or(json!({}), |q| {
        present(json!({
            "payload_format_indicator": q.payload_format_indicator,
            "message_expiry_interval": q.message_expiry_interval, "topic_alias": q.topic_alias,
            "response_topic": q.response_topic, "correlation_data": q.correlation_data.as_ref().map(|d| hex(d)),
            "user_properties": q.user_properties, "subscription_identifiers": q.subscription_identifiers,
            "content_type": q.content_type,
        }))
    });
    let topic = std::str::from_utf8(&p.topic).ok()?;
    let mut out = json!({"dup": p.dup, "qos": p.qos as u8, "retain": p.retain, "topic": topic,
        "payload": hex(&p.payload), "properties": properties});
    if p.qos as u8 > 0 {
        out["packet_id"] = json!(p.pkid);
    }
    form("PUBLISH", 5, out)
}

fn packet5(packet: &v5::Packet) -> Option<Value> {
    use v5::Packet::*;
    match packet {
        Publish(p) => publish5(p),
        Subscribe(s) => {
            let handling = |rule: &v5::RetainForwardRule| match rule {
                v5::RetainForwardRule::OnEverySubscribe => 0,
                v5::RetainForwardRule::OnNewSubscribe => 1,
                v5::RetainForwardRule::Never => 2,
            };
            let one = |f: &v5::Filter| {
                json!({"topic_filter": f.path, "qos": f.qos as u8, "no_local": f.nolocal,
                    "retain_as_published": f.preserve_retain, "retain_handling": handling(&f.retain_forward_rule)})
            };
            let all: Vec<Value> = s.filters.iter().map(one).collect();
            let properties = s.properties.as_ref().map_or(json!({}), |q| {
                present(json!({"subscription_identifiers": q.id.map(|id| [id]), "user_properties": q.user_properties}))
            });
            form(
                "SUBSCRIBE",
                5,
                json!({"packet_id": s.pkid, "subscriptions": all, "properties": properties}),
            )
        }
        Unsubscribe(u) => {
            let properties = u.properties.as_ref().map_or(json!({}), |q| {
                present(json!({"user_properties": q.user_properties}))
            });
            form(
                "UNSUBSCRIBE",
                5,
                json!({"packet_id": u.pkid, "topic_filters": u.filters, "properties": properties}),
            )
        }
        Disconnect(d) => {
            let properties = d.properties.as_ref().map_or(json!({}), |q| {
                present(json!({"session_expiry_interval": q.session_expiry_interval,
                    "reason_string": q.reason_string, "user_properties": q.user_properties,
                    "server_reference": q.server_reference}))
            });
            form(
                "DISCONNECT",
                5,
                json!({"reason_code": d.reason_code as u8, "properties": properties}),
            )
        }
        PingReq(_) => form("PINGREQ", 5, json!({})),
        PingResp(_) => form("PINGRESP", 5, json!({})),
        _ => None,
    }
}

/// The next packet, which is taken off the stream.
fn read(stream: &mut BytesMut, version: u64) -> Result<Option<Value>, Fault> {
    let told = stream.len() <= TOLD;
    if version == 4 {
        v4::Packet::read(stream, LARGEST)
            .map(|p| if told { packet4(&p) } else { None })
            .map_err(|error| match error {
                Error4::InsufficientBytes(_) => Fault::More,
                other => Fault::Refused(other.to_string()),
            })
    } else {
        v5::Packet::read(stream, Some(LARGEST as u32))
            .map(|p| if told { packet5(&p) } else { None })
            .map_err(|error| match error {
                Error5::InsufficientBytes(_) => Fault::More,
                other => Fault::Refused(other.to_string()),
            })
    }
}

fn refused(message: &str) -> Value {
    json!({"result": "reject", "error": {"message": message}})
}

fn decode(request: &Value) -> Value {
    let version = request["version"].as_u64().unwrap_or(0);
    match read(&mut BytesMut::from(&unfold(&request["wire"])[..]), version) {
        Ok(Some(packet)) => json!({"result": "accept", "packet": packet}),
        Ok(None) => json!({"result": "accept"}),
        Err(Fault::More) => json!({"result": "more"}),
        Err(Fault::Refused(message)) => refused(&message),
    }
}

fn cut(data: &[u8], sizes: &[usize], version: u64) -> Value {
    let mut stream = BytesMut::new();
    let mut packets = Vec::new();
    let mut at = 0;
    for size in sizes {
        stream.extend_from_slice(&data[at..at + size]);
        at += size;
        while !stream.is_empty() {
            match read(&mut stream, version) {
                Ok(packet) => packets.push(packet),
                Err(Fault::More) => break,
                Err(Fault::Refused(message)) => {
                    let mut answer = refused(&message);
                    answer["packets"] = json!(packets.into_iter().collect::<Option<Vec<_>>>());
                    return answer;
                }
            }
        }
    }
    let result = if stream.is_empty() { "accept" } else { "more" };
    json!({"result": result, "packets": packets.into_iter().collect::<Option<Vec<_>>>()})
}

/// The version that a CONNECT says.
fn level(data: &[u8]) -> u64 {
    let at = 1 + data[1..].iter().take_while(|b| **b > 127).count();
    data.get(at + 7).map_or(0, |b| *b as u64)
}

fn stream(request: &Value) -> Value {
    let data = unfold(&request["wire"]);
    let version = request["version"].as_u64().unwrap_or_else(|| level(&data));
    let Some(sizes) = request["chunks"].as_array() else {
        let wanted = cut(&data, &vec![1; data.len()], version);
        let same = (0..=data.len()).all(|at| cut(&data, &[at, data.len() - at], version) == wanted);
        return if same {
            wanted
        } else {
            json!({"result": "differs"})
        };
    };
    let sizes: Vec<usize> = sizes.iter().map(|n| n.as_u64().unwrap() as usize).collect();
    cut(&data, &sizes, version)
}

fn answer(request: &Value) -> Value {
    match request["kind"].as_str() {
        Some("packets") => decode(request),
        Some("streams") => stream(request),
        Some("encode") if request["version"] == 4 => encode::answer(&request["packet"]),
        Some("topics") => topic::answer(request),
        _ => json!({"result": "skip"}),
    }
}

fn main() {
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line.expect("text")).expect("JSON");
        let asked = panic::catch_unwind(|| answer(&request));
        let mut answer = asked.unwrap_or_else(|_| refused("panic"));
        answer["id"] = request["id"].clone();
        println!("{answer}");
        std::io::stdout().flush().expect("a reader");
    }
}
