//! Whatever comes first on a pipe, and columns that nobody has.

use crate::common::figures::{count, money};
use crate::common::{Shop, gzip, stderr, stdout};
use crate::pipe;

const SALES: &str = r#"{"order_id":"1","product":"Tea","amount":"1.00","order_time":"2025-01-01T09:00:00"}
{"order_id":"1","product":"Tea","amount":"1.00","order_time":"2025-01-01T09:00:00"}
"#;

#[test]
fn a_broken_event_may_come_first() {
    for (first, rejected) in [
        ("\"no sale\"\n", 1),
        ("[1]\n", 1),
        ("no JSON at all\n", 1),
        ("\n \n", 0),
        ("\u{feff}", 0),
    ] {
        let input = format!("{first}{SALES}");
        let summary = pipe(&Shop::new(), input.as_bytes(), &[]);
        assert_eq!(count(&summary, "accepted"), 2, "{first:?}");
        assert_eq!(count(&summary, "rejected"), rejected, "{first:?}");
    }
}

#[test]
fn shuffled_rows_of_which_many_are_broken_go_through_a_pipe() {
    let shop = Shop::new();
    let made = shop.json(&[
        "generate",
        "--days",
        "3",
        "--seed",
        "7",
        "--start-date",
        "2025-01-01",
        "--malformed",
        "0.6",
    ]);
    let played = shop.run(&["replay", "--shuffle", "--rate", "0"]);
    let summary = pipe(&shop, stdout(&played).as_bytes(), &["--watermark", "90d"]);
    assert_eq!(count(&summary, "read"), count(&made, "rows"));
    assert_eq!(money(&summary, "accepted_revenue"), money(&made, "revenue"));
    assert_eq!(
        money(&summary, "written_revenue"),
        4 * money(&made, "revenue")
    );
}

#[test]
fn a_misspelt_column_is_an_error() {
    let shop = Shop::new();
    let args = ["stream", "--input", "-", "--dedup", "ordr_id"];
    let run = shop.feed(&args, SALES.as_bytes());
    assert_eq!(run.status.code(), Some(1));
    assert!(stderr(&run).contains("ordr_id"), "{}", stderr(&run));
    let summary = pipe(&Shop::new(), SALES.as_bytes(), &["--dedup", "order_id"]);
    assert_eq!(count(&summary, "duplicates"), 1);
    assert_eq!(summary["mapping"]["product"], "product");
}

#[test]
fn packed_input_says_how_to_unpack_it() {
    let shop = Shop::new();
    let run = shop.feed(&["stream", "--input", "-"], &gzip(SALES.as_bytes()));
    assert_eq!(run.status.code(), Some(1));
    assert!(stderr(&run).contains("zcat"), "{}", stderr(&run));
}
