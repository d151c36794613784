// SPDX-License-Identifier: MIT

//! Topics.  Its texts are of a type that has no ill-formed ones.

use rumqttc::mqttbytes::{matches, valid_filter, valid_topic};
use serde_json::{json, Value};

/// None: it is no text.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => parts.iter().map(text).collect(),
        recipe => {
            let parts = recipe.get("repeat")?;
            Some(text(&parts[0])?.repeat(parts[1].as_u64()? as usize))
        }
    }
}

pub fn answer(request: &Value) -> Value {
    let name = text(&request["topic_name"]);
    let filter = text(&request["topic_filter"]);
    let good = match (request["check"].as_str(), name, filter) {
        (Some("name"), Some(name), _) => valid_topic(&name),
        (Some("filter"), _, Some(filter)) => valid_filter(&filter),
        (Some("match"), Some(name), Some(filter)) => matches(&name, &filter),
        _ => return json!({"result": "skip"}),
    };
    json!({"result": if good { "accept" } else { "reject" }})
}
