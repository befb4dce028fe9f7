//! The server against its own description: schemathesis makes the requests.

use std::path::Path;
use std::process::Command;

use crate::broker::kafka;
use crate::common::Shop;
use crate::desk::{KEY, Names};

#[test]
fn the_server_keeps_to_its_description() {
    let Some(broker) = kafka() else { return };
    let setup = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/schemathesis");
    let found = Command::new(setup).output().unwrap();
    if !found.status.success() {
        crate::common::skip(String::from_utf8_lossy(&found.stderr).trim());
        return;
    }
    let program = String::from_utf8(found.stdout).unwrap();
    let (shop, names) = (Shop::new(), Names::new());
    let server = names.start(&shop, &broker, &[]);
    shop.write(
        "schemathesis.toml",
        format!(
            "[parameters]\ntopic = \"{}\"\ndag_id = \"order_dag\"\n\
             [auth.openapi.api_key]\napi_key = \"{KEY}\"\n\
             # Which records are good no schema can say, nor which keys were used before.\n\
             [[operations]]\ninclude-path = [\"/ingest/{{topic}}\", \"/orderitem\"]\n\
             checks.positive_data_acceptance.enabled = false\n",
            names.sales
        ),
    );
    let output = Command::new(program.trim())
        .args(["run", "--max-examples", "40", "--seed", "1"])
        .arg(format!("http://{}/openapi.json", server.address))
        .current_dir(shop.path("."))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("Tested: 3"), "{told}");
}
