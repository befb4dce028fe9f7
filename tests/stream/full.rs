//! Disks that are full or read-only: an error with the place, and nothing lost after that.

use std::fs;
use std::path::Path;

use crate::assert_same;
use crate::common::chance::Chance;
use crate::common::figures::{Row, rows};
use crate::common::{Shop, SmallDisk};
use crate::model::{HEADER, HOUR, Line, Model, lines};

/// A shop with sales of 3,000 products, whose keys make a large state.
fn shop(jitter: i64) -> (Shop, Vec<Line>) {
    let shop = Shop::new();
    let mut sales = lines(&mut Chance::new(5), 6000, 1_735_689_600, 60, jitter);
    let mut text = HEADER.to_owned();
    for (i, sale) in sales.iter_mut().enumerate() {
        sale.product = format!("Tea {}", i * 7 % 3000);
        text.push_str(&sale.csv(&format!("{i}-{}", "k".repeat(60))));
    }
    shop.write("data/input/a.csv", text);
    (shop, sales)
}

fn args<'a>(output: &'a str, checkpoint: &'a str) -> Vec<&'a str> {
    let places = ["--output", output, "--checkpoint", checkpoint];
    // At a rate, so that there are many commits.
    let pace = [
        "--rate",
        "20000",
        "--commit-interval",
        "20ms",
        "--order",
        "file",
    ];
    [&["stream", "--dedup", "order_id"], &places[..], &pace].concat()
}

fn expected(sales: &[Line]) -> Vec<Row> {
    Model::of(HOUR, sales).rows()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Streams onto a disk that is too small by and by, then makes room. Sales lie up to `jitter`
/// seconds out of order; the error names a file with `name` in it.
fn fills(
    (kib, jitter, name): (u32, i64, &str),
    output: &Path,
    checkpoint: &Path,
    disk: &SmallDisk,
) {
    let (shop, sales) = shop(jitter);
    let args = args(text(output), text(checkpoint));
    disk.resize(kib);
    let mut last = String::new();
    for _ in 0..2 {
        last = shop.fail(&args, 1);
        assert!(last.contains(text(disk.path())), "{last}");
        assert!(last.contains(name), "{last}");
        assert!(last.to_lowercase().contains("no space left on"), "{last}");
    }
    let room = ["room", "space"].iter().any(|word| last.contains(word));
    assert!(room, "{last}");
    disk.resize(20 << 10);
    let ended = shop.run(&args);
    assert!(ended.status.success(), "{}", crate::stderr(&ended));
    assert_same(&rows(output), &expected(&sales));
    let names = fs::read_dir(output)
        .unwrap()
        .map(|e| e.unwrap().file_name());
    let unfinished = names.filter(|name| name.to_string_lossy().ends_with(".tmp"));
    assert_eq!(unfinished.count(), 0);
}

#[test]
fn a_full_disk_under_the_output() {
    let Some(disk) = SmallDisk::mount(1000) else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    // Closed rows, at their commit; and late records.
    for full in [(100, 600, "/.part-00000"), (200, 1800, "/_late/")] {
        let (output, state) = (disk.path().join("windows"), home.path().join("state"));
        fills(full, &output, &state, &disk);
        fs::remove_dir_all(output).unwrap();
        fs::remove_dir_all(state).unwrap();
    }
}

#[test]
fn a_full_disk_under_the_checkpoint() {
    let Some(disk) = SmallDisk::mount(1000) else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let (output, state) = (home.path().join("windows"), disk.path().join("state"));
    fills((200, 600, "/state/state-1.log"), &output, &state, &disk);
}

#[test]
fn read_only_disks_are_named() {
    let Some(disk) = SmallDisk::mount(4000) else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let (shop, sales) = shop(0);
    disk.make_read_only();
    let (on_disk, elsewhere) = (disk.path().join("a"), home.path().join("b"));
    for (output, checkpoint) in [(&on_disk, &elsewhere), (&elsewhere, &on_disk)] {
        let error = shop.fail(&args(text(output), text(checkpoint)), 1);
        assert!(error.contains(text(disk.path())), "{error}");
        assert!(error.to_lowercase().contains("read-only"), "{error}");
    }
    // Read-only only from a second start on: what is there stays as it is.
    disk.make_writable();
    let both = args(text(&on_disk), text(&elsewhere));
    assert!(shop.run(&both).status.success());
    disk.make_read_only();
    let error = shop.fail(&both, 1);
    assert!(error.contains(text(disk.path())), "{error}");
    assert_same(&rows(&on_disk), &expected(&sales));
    disk.make_writable();
    assert!(shop.run(&both).status.success());
    assert_same(&rows(&on_disk), &expected(&sales));
}
