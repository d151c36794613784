// SPDX-License-Identifier: MIT

//! meter PORT SECONDS: an electricity meter of MQTT 3.1.1, by rumqttc.

use rumqttc::{Client, LastWill, MqttOptions, QoS};
use std::thread;
use std::time::Duration;

const PLACE: &str = "plant/vienna/hall-3/meters/meter-1";

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let port: u16 = args[1].parse().unwrap();
    let seconds: u64 = args[2].parse().unwrap();
    let mut options = MqttOptions::new("meter-1", "127.0.0.1", port);
    options.set_keep_alive(Duration::from_secs(10));
    let status = format!("{PLACE}/status");
    options.set_last_will(LastWill::new(&status, "offline", QoS::AtLeastOnce, true));
    let (client, mut connection) = Client::new(options, 10);
    thread::spawn(move || {
        client
            .publish(&status, QoS::AtLeastOnce, true, "online")
            .unwrap();
        client
            .subscribe(format!("{PLACE}/tariff"), QoS::AtLeastOnce)
            .unwrap();
        for n in 0..seconds {
            let power = format!("{:.2}", 55.49 + n as f64 / 10.0);
            client
                .publish(format!("{PLACE}/power"), QoS::AtMostOnce, false, power)
                .unwrap();
            thread::sleep(Duration::from_secs(1));
        }
        client
            .publish(&status, QoS::AtLeastOnce, true, "maintenance")
            .unwrap();
        thread::sleep(Duration::from_millis(300));
        client.disconnect().unwrap();
    });
    for event in connection.iter() {
        if event.is_err() {
            break;
        }
    }
}
