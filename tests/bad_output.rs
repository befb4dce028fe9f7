//! Output folders that cannot be written, or that hold what is not ours.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fs;
use std::path::Path;

use common::{Shop, SmallDisk};

const HEADER: &str = "order_id,order_date,product,amount\n";
const ROW: &str = "1,2025-01-01,Tea,1.50\n";

/// A shop with one sale to read.
fn shop() -> Shop {
    let shop = Shop::new();
    shop.write("data/input/a.csv", format!("{HEADER}{ROW}"));
    shop
}

/// A CSV of so many products; their totals are as many lines.
fn products(count: u32) -> String {
    let row = |i| format!("{i},2025-01-{:02},Product number {i},{i}.25\n", 1 + i % 28);
    let rows: String = (0..count).map(row).collect();
    format!("{HEADER}{rows}")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The error of a command, which must leave what is on the disk as it is.
fn spares(shop: &Shop, disk: &SmallDisk, args: &[&str]) -> String {
    let root = text(disk.path());
    let before = shop.tree(root);
    assert!(before.len() >= 4, "{:?}", before.keys());
    let error = shop.fail(args, 1);
    let after = shop.tree(root);
    assert!(after == before, "{error}: {:?}", after.keys());
    error
}

#[test]
fn a_full_disk_spares_the_previous_output() {
    let Some(disk) = SmallDisk::mount(1024) else {
        return;
    };
    let shop = shop();
    let output = disk.path().join("output");
    let batch = ["batch", "--output", text(&output)];
    shop.json(&batch);
    shop.write("data/input/a.csv", products(60_000));
    let error = spares(&shop, &disk, &batch);
    assert!(error.contains(text(&output)), "{error}");
    assert!(error.contains("No space left on device"), "{error}");
    // Rejects need room, too.
    shop.write(
        "data/input/a.csv",
        format!("{HEADER}{}", "1,x,Tea,1\n".repeat(20_000)),
    );
    let error = spares(
        &shop,
        &disk,
        &[&batch[..], &["--max-rejects", "100%"]].concat(),
    );
    assert!(error.contains("No space left on device"), "{error}");
    // What fits is written again.
    shop.write("data/input/a.csv", products(100));
    assert_eq!(shop.json(&batch)["groups"], 100);
}

/// Tables of analyses are written by a thread of their own, whose error is that of the run.
#[test]
fn a_disk_that_analyses_fill_spares_the_previous_output() {
    let Some(disk) = SmallDisk::mount(4096) else {
        return;
    };
    let shop = shop();
    let output = disk.path().join("output");
    let batch = ["batch", "--output", text(&output), "--temp-dir", "."];
    let batch = [&batch[..], &["--analysis", "all"]].concat();
    shop.json(&batch);
    // One total, and many sales.
    let row = |i| format!("{i},2025-01-01,Tea,1.50\n");
    let rows: String = (0..60_000).map(row).collect();
    shop.write("data/input/a.csv", format!("{HEADER}{rows}"));
    let error = spares(&shop, &disk, &batch);
    let folder = output.join("analyses");
    assert!(error.contains(text(&folder)), "{error}");
    assert!(error.contains("No space left on device"), "{error}");
}

#[test]
fn a_full_disk_spares_the_files_generated_before() {
    let Some(disk) = SmallDisk::mount(1024) else {
        return;
    };
    let shop = Shop::new();
    let output = disk.path().join("input");
    for format in ["csv", "jsonl", "parquet"] {
        let generate = ["generate", "--output", text(&output), "--format", format];
        shop.json(&[&generate[..], &["--days", "2"]].concat());
        let many = ["--days", "60", "--transactions-per-day", "1000"];
        let error = spares(&shop, &disk, &[&generate[..], &many].concat());
        assert!(error.contains("No space left on device"), "{error}");
        assert!(error.contains(text(&output)), "{error}");
    }
}

#[test]
fn a_read_only_disk_is_named() {
    let Some(disk) = SmallDisk::mount(1024) else {
        return;
    };
    let shop = shop();
    let output = disk.path().join("output");
    let batch = ["batch", "--output", text(&output)];
    shop.json(&batch);
    disk.make_read_only();
    let error = spares(&shop, &disk, &batch);
    assert!(error.contains(text(&output)), "{error}");
    assert!(error.contains("Read-only file system"), "{error}");
    let input = disk.path().join("new");
    let error = spares(&shop, &disk, &["generate", "--output", text(&input)]);
    assert!(error.contains("Read-only file system"), "{error}");
    // It can still be read.
    let sum = format!(
        "SELECT sum(total_amount) AS s FROM '{}'",
        text(&output.join("analysis_csv"))
    );
    let found = shop.run(&["query", "--format", "csv", &sum]);
    assert_eq!(
        common::stdout(&found),
        "s\n1.50\n",
        "{}",
        common::stderr(&found)
    );
}

#[test]
fn a_data_file_of_others_is_refused_and_stays() {
    for (place, mine) in [
        ("analysis_csv", "mine.csv"),
        ("analysis_csv_kpis", "sub/mine.csv.gz"),
        ("analysis_parquet", "order_date=2025-01-01/mine.parquet"),
        ("analysis_parquet", "part-00000.csv"),
    ] {
        for previous in [false, true] {
            let shop = shop();
            if previous {
                shop.json(&["batch"]);
            }
            let file = format!("data/output/{place}/{mine}");
            shop.write(&file, "mine");
            let before = shop.tree("data/output");
            let error = shop.fail(&["batch"], 1);
            assert!(error.contains(&file), "{error}");
            assert!(error.contains("move it away"), "{error}");
            assert_eq!(shop.tree("data/output"), before);
            assert_eq!(shop.litter(), Vec::<String>::new());
            fs::remove_file(shop.path(&file)).expect("removed");
            shop.json(&["batch"]);
        }
    }
}

#[test]
fn a_damaged_run_record_makes_nothing_ours() {
    let shop = shop();
    shop.json(&["batch"]);
    shop.write("x.csv", "mine");
    let record = "data/output/analysis_csv/_run.json";
    let whole = shop.read(record);
    let before = shop.tree("data/output");
    for damaged in [
        "",
        "{",
        "[]",
        "null",
        &whole[..whole.len() / 2],
        r#"{"files": 7}"#,
        r#"{"files": [{"name": "../../../x.csv", "bytes": 4}]}"#,
    ] {
        shop.write(record, damaged);
        let error = shop.fail(&["batch"], 1);
        assert!(error.contains("data/output/analysis_csv/"), "{error}");
        assert!(error.contains("away"), "{error}");
        assert_eq!(shop.tree("data/output"), before, "{damaged}");
        assert_eq!(shop.read("x.csv"), "mine");
        assert_eq!(shop.litter(), Vec::<String>::new());
    }
    shop.write(record, whole);
    shop.json(&["batch"]);
}

#[test]
fn a_file_in_the_place_of_a_folder_is_refused_and_stays() {
    let shop = shop();
    shop.write("report", "mine");
    shop.write("other/analysis_csv", "mine");
    for args in [
        &["batch", "--output", "report"][..],
        &["batch", "--output", "report/deeper"],
        &["batch", "--output", "other"],
        &["batch", "--csv-output", "report"],
        &["generate", "--output", "report"],
        &["generate", "--master", "report"],
    ] {
        let error = shop.fail(args, 1);
        assert!(error.contains("not a folder"), "{args:?}: {error}");
        assert!(error.contains("choose another output"), "{error}");
    }
    assert_eq!(shop.read("report"), "mine");
    assert_eq!(shop.read("other/analysis_csv"), "mine");
    assert_eq!(shop.tree("data").len(), 1);
    assert_eq!(shop.litter(), Vec::<String>::new());
    // A folder of the user where a file is to be.
    let in_the_way = "fourth/analysis_csv/part-00000.csv/notes.txt";
    shop.write(in_the_way, "mine");
    let error = shop.fail(&["batch", "--output", "fourth"], 1);
    assert!(error.contains("part-00000.csv"), "{error}");
    assert!(error.contains("move it away"), "{error}");
    assert_eq!(shop.read(in_the_way), "mine");
}
