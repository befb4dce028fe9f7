//! One process has the checkpoint and the output; a second is refused.

use std::time::Duration;

use crate::common::Shop;
use crate::common::figures::{CHECKPOINT, OUTPUT, assert_adds_up, count, wait_for};
use crate::model::HEADER;
use crate::output;

#[test]
fn a_second_process_is_refused_and_the_first_goes_on() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        format!("{HEADER}1,2025-01-01T09:00:00,Tea,,1.50\n"),
    );
    let first = ["--json", "stream", "--loop", "--rate", "200"];
    let mut run = shop.start(&first);
    let seen = wait_for(&output(&shop), Duration::from_secs(20), |view| {
        count(view, "read") > 0
    });
    let pid = run.pid().to_string();
    // Both, only the checkpoint, only the output; by another name of it, too; and afresh.
    for options in [
        &["--loop"][..],
        &["--loop", "--fresh"],
        &["--loop", "--output", "other"],
        &["--loop", "--checkpoint", "other"],
        &[
            "--loop",
            "--output",
            "data/../data/output/streaming_product_revenue/",
        ],
    ] {
        let error = shop.fail(&[&["stream"], options].concat(), 1);
        assert!(error.contains(&pid), "{options:?}: {error}");
    }
    // Another of both is no matter.
    let other = [
        "stream",
        "--rate",
        "0",
        "--output",
        "other",
        "--checkpoint",
        "others",
    ];
    assert!(shop.run(&other).status.success());
    let read = count(&seen, "read");
    wait_for(&output(&shop), Duration::from_secs(20), |view| {
        count(view, "read") > read
    });
    run.signal("TERM");
    let ended = run.end();
    assert_eq!(ended.status.code(), Some(143));
    let summary: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_adds_up(&summary, 4);
    assert!(count(&summary, "read") > read);
    // Its lock went with it.
    let mut next = shop.start(&first);
    assert!(!next.ends_within(Duration::from_millis(300)));
    next.kill();
    // Even when it was killed.
    let mut last = shop.start(&first);
    assert!(!last.ends_within(Duration::from_millis(300)));
    last.signal("INT");
    assert_eq!(last.end().status.code(), Some(130));
}

#[test]
fn output_and_checkpoint_may_not_lie_in_each_other() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        format!("{HEADER}1,2025-01-01T09:00:00,Tea,,1.50\n"),
    );
    for (output, checkpoint) in [("a", "a"), ("a", "a/b"), ("a/b", "a"), ("a", "./a/../a/c")] {
        let places = ["--output", output, "--checkpoint", checkpoint];
        let error = shop.fail(&[&["stream", "--rate", "0"], &places[..]].concat(), 2);
        assert!(error.contains("--checkpoint"), "{error}");
    }
    assert!(!shop.path(OUTPUT).exists() && !shop.path(CHECKPOINT).exists());
}
