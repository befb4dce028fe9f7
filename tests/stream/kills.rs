//! `kill -9` at random moments: the output is that of a run that nobody disturbed.
//!
//! `RETAIL_KILLS` sets how many, `RETAIL_SEED` which.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::common::Shop;
use crate::common::chance::Chance;
use crate::common::figures::{OUTPUT, assert_adds_up, count, money, total};
use crate::killing::{kill_once, kills, state};
use crate::model::{HEADER, HOUR, Line, Model, lines};
use crate::{assert_as_model, in_file_order, output, play, told, written};

const START: i64 = 1_735_689_600;

/// Rows with keys so long that the checkpoint is begun anew on the way; with duplicates, broken
/// rows, and sales that are late. Gives the lines that count, too.
fn big_input(shop: &Shop, chance: &mut Chance) -> Vec<Line> {
    let sales = lines(chance, 24_000, START, 40, 2400);
    let pad = "k".repeat(300);
    for (file, part) in sales.chunks(8_000).enumerate() {
        let mut text = HEADER.to_owned();
        for (i, line) in part.iter().enumerate() {
            let id = format!("{file}-{i}-{pad}");
            text.push_str(&line.csv(&id));
            if chance.below(20) == 0 {
                text.push_str(&line.csv(&id));
            }
            if chance.below(50) == 0 {
                text.push_str("x,soon,Tea,SALE,1.00\n");
            }
        }
        shop.write(&format!("data/input/{file}.csv"), text);
    }
    sales
}

/// The figures of a summary but those of the run itself.
fn figures(summary: &Value) -> Value {
    let mut figures = summary.clone();
    let all = figures.as_object_mut().unwrap();
    for name in ["seconds", "rows_per_second", "mapping"] {
        all.remove(name).unwrap();
    }
    figures
}

#[test]
fn a_run_killed_again_and_again_writes_what_an_undisturbed_one_does() {
    let mut chance = Chance::new(20_250_101);
    let calm = Shop::new();
    let sales = big_input(&calm, &mut chance);
    let dedup = ["--dedup", "order_id"];
    let undisturbed = in_file_order(&calm, &dedup);
    assert_as_model(&calm, &undisturbed, &Model::of(HOUR, &sales), 4);
    assert!(count(&undisturbed, "duplicates") > 0 && count(&undisturbed, "late") > 0);

    let shop = Shop::new();
    for (name, bytes) in calm.tree("data/input") {
        shop.write(&format!("data/input/{name}"), bytes);
    }
    let wanted = kills(60);
    // So fast that the input lasts for all kills.
    let rate = (24_000 * 10 / wanted).min(4_000).to_string();
    let slow = [
        "stream",
        "--rate",
        &rate,
        "--order",
        "file",
        "--commit-interval",
        "5ms",
    ];
    let slow = [&slow[..], &dedup].concat();
    let mut killed = 0;
    let mut advanced = BTreeSet::new();
    while killed < wanted {
        assert!(
            kill_once(&shop, &slow, &mut chance),
            "ended after {killed} kills"
        );
        killed += 1;
        advanced.insert(state(&shop));
    }
    // Nearly every one of them got on before it was killed.
    assert!(advanced.len() as u64 > wanted / 2, "{}", advanced.len());
    let summary = in_file_order(
        &shop,
        &[&dedup[..], &["--commit-interval", "50ms"]].concat(),
    );
    assert_eq!(figures(&summary), figures(&undisturbed));
    assert_as_model(&shop, &summary, &Model::of(HOUR, &sales), 4);
    for folder in ["_rejects", "_late"] {
        let of = |shop: &Shop| shop.tree(&format!("{OUTPUT}/{folder}"));
        assert!(!told(&shop, folder).is_empty());
        assert!(of(&shop) == of(&calm), "{folder}");
    }
    // On the way the log of commits was begun anew.
    assert_ne!(state(&shop)[0].0, "state-1.log");
    // Nothing unfinished is left.
    let names: Vec<_> = shop.tree(OUTPUT).into_keys().collect();
    assert!(
        names.iter().all(|name| !name.ends_with(".tmp")),
        "{names:?}"
    );
}

#[test]
fn a_killed_loop_keeps_its_accounts() {
    let mut chance = Chance::new(7);
    let shop = Shop::new();
    let sales = lines(&mut chance, 500, START, 300, 3000);
    shop.write("data/input/a.csv", crate::model::csv(&sales, 0));
    let args = [
        "stream",
        "--loop",
        "--rate",
        "4000",
        "--order",
        "file",
        "--commit-interval",
        "5ms",
    ];
    let mut read = 0;
    for _ in 0..kills(60) / 4 {
        assert!(kill_once(&shop, &args, &mut chance), "a loop has no end");
        // A drained start between the kills tells how far it is: never less than before.
        let mut run = shop.start(&[&["--json"], &args[..]].concat());
        let before = state(&shop);
        assert!(run.until(|| state(&shop) != before));
        sleep(Duration::from_millis(20));
        run.signal("INT");
        let ended = run.end();
        assert_eq!(ended.status.code(), Some(130), "{}", crate::stderr(&ended));
        let summary: Value = serde_json::from_slice(&ended.stdout).unwrap();
        assert!(count(&summary, "read") > read, "{summary}");
        read = count(&summary, "read");
        assert_adds_up(&summary, 4);
        let rows = written(&shop);
        assert_eq!(rows.len() as u64, count(&summary, "windows"));
        assert_eq!(total(&rows), money(&summary, "written_revenue"));
        let windows: BTreeSet<_> = rows.iter().map(|row| (&row.0, row.2)).collect();
        assert_eq!(windows.len(), rows.len(), "a window twice");
        // Every event of every lap counts: the sum over whole laps and the begun one.
        let laps = read as usize / sales.len();
        let rest = sales[..read as usize % sales.len()].iter();
        let lap: i128 = sales.iter().map(Line::money).sum();
        let accepted = laps as i128 * lap + rest.map(Line::money).sum::<i128>();
        assert_eq!(money(&summary, "accepted_revenue"), accepted);
        assert_eq!(told(&shop, "_late").len() as u64, count(&summary, "late"));
    }
    assert!(read > 500, "{read}");
}

#[test]
fn a_killed_pipe_begins_anew() {
    let mut chance = Chance::new(8);
    let shop = Shop::new();
    let sales = lines(&mut chance, 500, START, 300, 0);
    let (mut run, mut stdin) = shop.start_fed(&["stream", "--input", "-"]);
    let begun = crate::model::csv(&sales[..300], 0);
    stdin.write_all(begun.as_bytes()).unwrap();
    assert!(run.until(|| output(&shop).join("_open.json").exists() && state(&shop).len() == 1));
    run.kill();
    let summary = crate::pipe(&shop, crate::model::csv(&sales, 0).as_bytes(), &[]);
    assert_as_model(&shop, &summary, &Model::of(HOUR, &sales), 4);
    // What the killed run had is set aside, not lost.
    assert_eq!(
        fs::read_dir(shop.path("data/output/_previous"))
            .unwrap()
            .count(),
        1
    );
    // And files on that checkpoint need it fresh.
    shop.write("data/input/a.csv", crate::model::csv(&sales, 0));
    let error = shop.fail(&["stream", "--rate", "0"], 1);
    assert!(error.contains("--fresh"), "{error}");
    play(&shop, &["--fresh"]);
}
