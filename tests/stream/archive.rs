//! The raw archive of files that are played: no broker is needed to try it.

use std::time::Duration;

use crate::common::Shop;
use crate::common::figures::count;

const PLAY: [&str; 5] = ["stream", "--job", "archive", "--rate", "0"];

fn shop() -> Shop {
    let shop = Shop::new();
    let days = ["generate", "--days", "20", "--start-date", "2025-01-01"];
    shop.json(&[&days[..], &["--malformed", "0.02", "--late", "0.05"]].concat());
    shop
}

/// Batch over `input`: its CSV files and what it counted.
fn batch(shop: &Shop, input: &str, output: &str) -> (Vec<Vec<u8>>, serde_json::Value) {
    let read = shop.json(&["batch", "--input", input, "--output", output]);
    let tree = shop.tree(output).into_iter();
    let csv = tree.filter(|(path, _)| path.ends_with(".csv"));
    (csv.map(|file| file.1).collect(), read)
}

#[test]
fn played_files_are_archived_and_read_back() {
    let shop = shop();
    let told = shop.json(&PLAY);
    let (expected, files) = batch(&shop, "data/input", "files");
    let (found, archived) = batch(&shop, "data/archive", "archived");
    assert_eq!(expected.len(), 2);
    assert_eq!(found, expected);
    for name in ["read", "accepted", "rejected", "grand_total"] {
        assert_eq!(archived[name], files[name], "{name}");
    }
    assert_eq!(
        (&told["read"], &told["written"]),
        (&files["read"], &files["read"])
    );
    assert_eq!(told["offsets"][0]["next"], files["read"]);
    // At the end nothing is added.
    let before = shop.tree("data/archive");
    assert_eq!(shop.json(&PLAY)["read"], told["read"]);
    assert_eq!(shop.tree("data/archive"), before);
    // New files are.
    let more = [
        "generate",
        "--keep-existing",
        "--days",
        "1",
        "--start-date",
        "2025-02-01",
    ];
    shop.json(&more);
    assert!(count(&shop.json(&PLAY), "read") > count(&told, "read"));
    let (expected, _) = batch(&shop, "data/input", "files");
    assert_eq!(batch(&shop, "data/archive", "archived").0, expected);
}

/// Many dates at a time, and more than fits into memory or one file.
#[test]
fn shuffled_files_are_archived_in_files_of_the_size_that_was_asked_for() {
    let shop = shop();
    let told = shop.json(&[&PLAY[..], &["--shuffle", "--roll-size", "1KB"]].concat());
    assert!(count(&told, "files") > 20);
    let (expected, _) = batch(&shop, "data/input", "files");
    assert_eq!(batch(&shop, "data/archive", "archived").0, expected);
}

#[test]
fn a_job_keeps_to_its_own_checkpoint_and_output() {
    let shop = shop();
    shop.json(&PLAY);
    shop.json(&["stream", "--rate", "0"]);
    let (windows, lake) = (
        ["--checkpoint", "checkpoints/streaming_sales"],
        ["--checkpoint", "checkpoints/archive"],
    );
    let error = shop.fail(&[&PLAY[..], &windows].concat(), 1);
    assert!(error.contains(r#"job "windows", not "archive""#), "{error}");
    let error = shop.fail(&[&["stream", "--rate", "0"][..], &lake].concat(), 1);
    assert!(error.contains(r#"job "archive", not "windows""#), "{error}");
    for (job, output) in [
        ("archive", "data/output/streaming_product_revenue"),
        ("windows", "data/archive"),
    ] {
        let new = ["--output", output, "--checkpoint", "new"];
        let error = shop.fail(
            &[&["stream", "--rate", "0", "--job", job][..], &new].concat(),
            1,
        );
        assert!(error.contains("is not of this checkpoint"), "{error}");
    }
    let error = shop.fail(&["verify", "--stream-output", "data/archive"], 1);
    assert!(error.contains("stream --job archive"), "{error}");
    // What is set aside may be of the other job.
    let anew = ["--fresh", "--output", "data/archive"];
    shop.json(&[&["stream", "--rate", "0"][..], &anew, &lake].concat());
    assert!(shop.path("data/_previous").exists());
}

#[test]
fn options_without_a_meaning_are_refused() {
    let shop = shop();
    for options in [
        &["--job", "archive", "--window", "1h"][..],
        &["--job", "archive", "--dedup", "order_id"],
        &["--job", "archive", "--commit-interval", "1s"],
        &["--job", "archive", "--input", "-"],
        &["--roll-size", "1MB"],
        &["--job", "windows", "--roll-interval", "1m"],
        &["--job", "archive", "--roll-size", "0MB"],
        &["--job", "archive", "--roll-size", "12"],
        &["--job", "archive", "--loop", "--until-end"],
    ] {
        shop.fail(&[&["stream"], options].concat(), 2);
    }
}

#[test]
fn what_was_changed_in_an_archive_is_found() {
    let shop = shop();
    shop.json(&PLAY);
    let part = "data/archive/date=2025-01-03/part-00000000-00000000.parquet";
    let whole = std::fs::read(shop.path(part)).expect("a part");
    shop.write(part, &whole[1..]);
    let error = shop.fail(&PLAY, 1);
    assert!(
        error.contains("date=2025-01-03") && error.contains("--fresh"),
        "{error}"
    );
    std::fs::remove_file(shop.path(part)).expect("removed");
    assert!(shop.fail(&PLAY, 1).contains("is missing"));
    shop.write(part, &whole);
    let other = "data/archive/date=2025-01-03/part-00000002-00000002.parquet";
    shop.write(other, &whole);
    assert!(shop.fail(&PLAY, 1).contains("is not of this checkpoint"));
    // Batch knows the checkpoint not, but finds the hole.
    let batch = ["batch", "--input", "data/archive", "--output", "out"];
    assert!(
        shop.fail(&batch, 1)
            .contains("part-00000001-00000001.parquet is missing")
    );
    std::fs::remove_file(shop.path(other)).expect("removed");
    shop.json(&batch);
}

#[test]
fn a_second_process_is_refused_and_a_signal_drains() {
    let shop = shop();
    let endless = [
        "--json", "stream", "--job", "archive", "--loop", "--rate", "500",
    ];
    let mut run = shop.start(&endless);
    assert!(run.until(|| shop.path("data/archive/_run.json").exists()));
    let error = shop.fail(&PLAY, 1);
    assert!(error.contains(&run.pid().to_string()), "{error}");
    std::thread::sleep(Duration::from_millis(300));
    // Nothing is visible before its commit.
    assert!(
        !shop
            .tree("data/archive")
            .keys()
            .any(|path| path.ends_with(".parquet"))
    );
    run.signal("TERM");
    assert!(run.ends_within(Duration::from_secs(5)));
    let output = run.end();
    assert_eq!(output.status.code(), Some(143));
    let told = serde_json::from_slice(&output.stdout).expect("a summary");
    assert!(count(&told, "read") > 0);
    assert_eq!(count(&told, "read"), count(&told, "written"));
}
