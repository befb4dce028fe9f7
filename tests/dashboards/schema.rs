//! The API against its own description: schemathesis makes the requests.

use std::path::Path;
use std::process::Command;

use crate::common::Shop;
use crate::common::web::{KEY, Servers};

#[test]
fn the_api_keeps_to_its_description() {
    let setup = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/schemathesis");
    let found = Command::new(setup).output().unwrap();
    if !found.status.success() {
        crate::common::skip(String::from_utf8_lossy(&found.stderr).trim());
        return;
    }
    let program = String::from_utf8(found.stdout).unwrap();
    let shop = Shop::new();
    shop.json(&["generate", "--days", "20"]);
    shop.json(&["batch", "--analysis", "all"]);
    let jobs = "anomalies,inventory,sessions,cart_abandonment,orders";
    let loose = [
        "--set",
        "anomalies.high_value=30",
        "--set",
        "inventory.initial=20",
    ];
    let run = ["stream", "--rate", "0", "--until-end", "--job", jobs];
    shop.json(&[&run[..], &loose].concat());
    let servers = Servers::start(&shop, &[]);
    shop.write(
        "schemathesis.toml",
        format!("[auth.openapi.api_key]\napi_key = \"{KEY}\"\n"),
    );
    let output = Command::new(program.trim())
        .args(["run", "--max-examples", "40", "--seed", "1"])
        .arg(format!("{}/openapi.json", servers.address("api")))
        .current_dir(shop.path("."))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("Tested: 15"), "{told}");
}
