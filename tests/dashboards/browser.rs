//! The pages in a real browser: `tests/browser/run.mjs` drives a headless Chromium.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::common::web::Servers;
use crate::common::{Running, Shop};

/// Whether what the script needs is there, or could be installed.
fn installed() -> Result<(), String> {
    let setup = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/browser");
    let output = Command::new(setup).output().map_err(|e| e.to_string())?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}

#[test]
fn pages_show_the_figures_of_the_files() {
    if let Err(why) = installed() {
        crate::common::skip(&why);
        return;
    }
    let shop = Shop::new();
    let days = ["--days", "75", "--transactions-per-day", "60"];
    shop.json(&[&["generate"], &days[..]].concat());
    shop.json(&["batch"]);
    let servers = Servers::start(&shop, &[]);
    // A stream that a pipe feeds, so that the script can write to it too.
    let pipe = shop.path("events");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let mut feed = Command::new("sh");
    feed.args(["-c", "exec \"$0\" stream --input - < events"])
        .arg(env!("CARGO_BIN_EXE_retail"))
        .current_dir(shop.path("."));
    let stream = Running::of(feed);
    let mut writer = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    let events = shop.run(&["replay", "--rate", "0"]).stdout;
    writer.write_all(&events).unwrap();
    let read = events.split(|byte| *byte == b'\n').count() as u64 - 1;
    let began = Instant::now();
    let live = loop {
        let live = servers.json("live", "/api/live");
        if live["stream"]["read"] == read {
            break live;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{live}");
        thread::sleep(Duration::from_millis(50));
    };
    // Of a product that is drawn, in the newest window.
    let event = serde_json::json!({
        "order_time": live["stream"]["watermark"],
        "product": live["series"][0]["product"],
        "amount": "1.00",
    });
    shop.write("event", format!("{event}\n"));
    let output = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/run.mjs"))
        .args(["--batch", &servers.address("batch")])
        .args(["--live", &servers.address("live")])
        .arg("--data")
        .arg(shop.path("data"))
        .args(["--append", "sh", "-c", "cat event > events"])
        .current_dir(shop.path("."))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}{complaints}");
    drop(writer);
    stream.end();
}
