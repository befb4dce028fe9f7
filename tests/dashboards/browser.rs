//! The pages in a real browser: `tests/browser/run.mjs` drives a headless Chromium.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use serde_json::json;

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
    shop.json(&["batch", "--analysis", "all"]);
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
    let live = servers.until("live", "/api/live", |live| live["stream"]["read"] == read);
    let (jobs, mut told) = jobs(&shop, &servers, &events);
    // Of a product that is drawn, in the newest window.
    let event = serde_json::json!({
        "order_time": live["stream"]["watermark"],
        "product": live["series"][0]["product"],
        "amount": "1.00",
    });
    shop.write("event", format!("{event}\n"));
    let append = "cat event > events; sed \"s/NUMBER/$(date +%s%N)/\" alert > job-events";
    let output = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/run.mjs"))
        .args(["--batch", &servers.address("batch")])
        .args(["--live", &servers.address("live")])
        .arg("--data")
        .arg(shop.path("data"))
        .args(["--analyses", "--shop"])
        .args(["--append", "sh", "-c", append])
        .current_dir(shop.path("."))
        .output()
        .unwrap();
    told.flush().unwrap();
    let lines = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{lines}{complaints}");
    drop((writer, told));
    stream.end();
    jobs.end();
}

/// A stream of all jobs, which a second pipe feeds: the sales, and a little of everything else.
fn jobs(shop: &Shop, servers: &Servers, sales: &[u8]) -> (Running, fs::File) {
    let pipe = shop.path("job-events");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let all = "metrics,anomalies,inventory,sessions,cart_abandonment,orders";
    let mut feed = Command::new("sh");
    feed.args([
        "-c",
        "exec \"$0\" stream --input - --job \"$1\" < job-events",
    ])
    .args([env!("CARGO_BIN_EXE_retail"), all])
    .current_dir(shop.path("."));
    let stream = Running::of(feed);
    let mut writer = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    writer.write_all(sales).unwrap();
    // All of it comes after the sales, the visits first, so that they are over at the end.
    let day = "2030-01-01T";
    let mut lines = Vec::new();
    for number in 0..30usize {
        let (user, session) = (format!("u{number}"), format!("s{number}"));
        let source = ["Online", "Shop"][number % 2];
        let at = |minute: u32| format!("{day}09:{minute:02}:{number:02}");
        lines.push(
            json!({"event_id": format!("v{number}"), "user_id": user, "product_id": "p1",
            "timestamp": at(0), "session_id": session, "duration_seconds": 9}),
        );
        if number % 2 == 0 {
            lines.push(json!({"event_id": format!("c{number}"), "user_id": user,
                "product_id": "p1", "timestamp": at(1), "session_id": session,
                "action": "add", "quantity": 1}));
        }
        if number % 6 == 0 {
            lines.push(json!({"transaction_id": format!("t{number}"), "user_id": user,
                "timestamp": at(2), "products": [{"product_id": "p1", "quantity": 12, "price": 500.5}],
                "total_amount": 6006, "country": "UK"}));
        }
        lines.push(json!({"store_id": "S1", "product_id": format!("p{number}"),
            "current_stock": number, "reorder_point": 10, "event_type": "inventory_update",
            "timestamp": at(3)}));
        lines.push(json!({"customer_id": number % 17 + 1, "source": source,
            "quantity": 2, "total": format!("{number}.50"), "created_at": "01/01/2030, 09:04:00"}));
    }
    // Of two visits more one goes on, and one waits for what may come before it.
    for (name, minute) in [("next", 10), ("last", 20)] {
        lines.push(json!({
            "event_id": name, "user_id": name, "product_id": "p1", "session_id": name,
            "timestamp": format!("{day}11:{minute}:00"), "duration_seconds": 9,
        }));
    }
    lines.sort_by_key(|line| line["timestamp"].as_str().map(str::to_owned));
    for line in &lines {
        writeln!(writer, "{line}").unwrap();
    }
    writer.flush().unwrap();
    let alert = json!({"transaction_id": "NUMBER", "user_id": "u", "country": "UK",
        "timestamp": format!("{day}11:20:00"), "total_amount": 9000,
        "products": [{"product_id": "p1", "quantity": 1, "price": 9000}]});
    shop.write("alert", format!("{alert}\n"));
    servers.until("live", "/api/shop/sessions", |page| {
        page["funnel"][0]["count"].as_u64() >= Some(30) && page["active"]["active"] == 1
    });
    (stream, writer)
}
