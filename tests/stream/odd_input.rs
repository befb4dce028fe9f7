//! Input that is empty, packed, cut or strangely encoded: nothing is lost without a word.

use std::fs;

use crate::common::Shop;
use crate::common::figures::{assert_adds_up, count, money, units};
use crate::common::gzip;
use crate::model::HEADER;
use crate::{in_file_order, output, pipe, play, told, written};

const SALE: &str = "1,2025-01-01T09:00:00,Tea,SALE,1.50\n";

/// Streams one file of this name and content.
fn one(name: &str, content: impl AsRef<[u8]>) -> (Shop, serde_json::Value) {
    let shop = Shop::new();
    shop.write(&format!("data/input/{name}"), content);
    let summary = in_file_order(&shop, &[]);
    assert_adds_up(&summary, 4);
    (shop, summary)
}

#[test]
fn nothing_in_nothing_out() {
    for (name, content) in [
        ("a.csv", String::new()),
        ("a.csv", HEADER.to_owned()),
        ("a.jsonl", "\n\n".to_owned()),
    ] {
        let (shop, summary) = one(name, &content);
        assert_eq!(count(&summary, "read"), 0, "{name}");
        assert_eq!(summary["ended"], true);
        assert!(written(&shop).is_empty());
        assert!(output(&shop).join("_SUCCESS").exists());
    }
    for input in ["", HEADER, "\n"] {
        let shop = Shop::new();
        let summary = pipe(&shop, input.as_bytes(), &[]);
        assert_eq!(count(&summary, "read"), 0, "{input:?}");
        assert_eq!(summary["ended"], true);
    }
}

#[test]
fn no_input_is_an_error() {
    let shop = Shop::new();
    let error = shop.fail(&["stream"], 1);
    assert!(error.contains("data/input"), "{error}");
    fs::create_dir_all(shop.path("data/input")).unwrap();
    let error = shop.fail(&["stream", "--rate", "0"], 1);
    assert!(error.contains("data/input"), "{error}");
    // Nothing was begun.
    assert!(!shop.path("checkpoints").exists());
    assert!(!shop.path("data/output").exists());
}

#[test]
fn a_loop_over_nothing_says_so() {
    let shop = Shop::new();
    shop.write("data/input/a.csv", HEADER);
    let error = shop.fail(&["stream", "--loop", "--rate", "0"], 1);
    assert!(error.contains("data/input/a.csv"), "{error}");
    let error = shop.fail(&["replay", "--loop", "--rate", "0"], 1);
    assert!(error.contains("data/input/a.csv"), "{error}");
}

#[test]
fn packing_marks_and_line_ends_make_no_difference() {
    let text = format!("{HEADER}{SALE}{}", SALE.replace("Tea", "\"Masala, hot\""));
    let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    for (name, content) in [
        ("a.csv", text.clone().into_bytes()),
        ("a.csv.gz", gzip(text.as_bytes())),
        ("a.csv.gz", gzip(&marked)),
        ("a.csv", marked.clone()),
        ("a.csv", text.replace('\n', "\r\n").into_bytes()),
        ("a.csv", text.trim_end().as_bytes().to_vec()),
        (
            "A.CSV",
            text.replace(',', "\t")
                .replace("Masala\t", "Masala,")
                .into_bytes(),
        ),
    ] {
        let (shop, summary) = one(name, &content);
        assert_eq!(count(&summary, "accepted"), 2, "{name} {summary}");
        assert_eq!(money(&summary, "written_revenue"), 4 * units("3"));
        let products: Vec<_> = written(&shop).into_iter().map(|row| row.0).collect();
        assert_eq!(products[0], "Masala, hot");
        assert_eq!(products[4], "Tea");
    }
    let shop = Shop::new();
    let summary = pipe(&shop, &marked, &[]);
    assert_eq!(count(&summary, "accepted"), 2);
}

#[test]
fn a_packed_file_that_is_cut_is_named() {
    let shop = Shop::new();
    let text = format!("{HEADER}{}", SALE.repeat(5000));
    let packed = gzip(text.as_bytes());
    shop.write("data/input/a.csv.gz", &packed[..packed.len() - 20]);
    let error = shop.fail(&["stream", "--rate", "0"], 1);
    assert!(error.contains("data/input/a.csv.gz"), "{error}");
    // Whole again, it is read as if nothing had been.
    shop.write("data/input/a.csv.gz", &packed);
    let summary = play(&shop, &[]);
    assert_eq!(count(&summary, "accepted"), 5000);
    assert_eq!(money(&summary, "written_revenue"), 4 * 5000 * units("1.5"));
}

#[test]
fn a_line_in_another_encoding_is_one_reject() {
    let mut bytes = format!("{HEADER}{SALE}").into_bytes();
    bytes.extend(b"2,2025-01-01T09:00:00,Caf\xe9,SALE,2.00\n");
    bytes.extend(SALE.as_bytes());
    let (shop, summary) = one("a.csv", &bytes);
    assert_eq!(count(&summary, "accepted"), 2);
    assert_eq!(
        summary["rejected_by_reason"]["invalid_utf8"], 1,
        "{summary}"
    );
    let reject = &told(&shop, "_rejects")[0];
    assert_eq!(reject["line"], 3);
    assert_eq!(reject["source"], "data/input/a.csv");
    assert_eq!(reject["raw"], "2,2025-01-01T09:00:00,Caf\u{fffd},SALE,2.00");
    let shop = Shop::new();
    let summary = pipe(&shop, &bytes, &[]);
    assert_eq!(
        summary["rejected_by_reason"]["invalid_utf8"], 1,
        "{summary}"
    );
}

#[test]
fn sixteen_bits_a_character_are_refused() {
    let shop = Shop::new();
    let text = format!("{HEADER}{}", SALE.repeat(30));
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    shop.write("data/input/a.csv", [b"\xff\xfe", &wide[..]].concat());
    let error = shop.fail(&["stream", "--rate", "0"], 1);
    assert!(error.contains("data/input/a.csv"), "{error}");
}

#[test]
fn a_file_of_which_most_falls_names_the_option() {
    let shop = Shop::new();
    let row = |day: u32| format!("{day},{day}/1/2019,Tea,,1.00\n");
    let rows: String = (1..=25).map(row).collect();
    shop.write("data/input/a.csv", format!("{HEADER}{rows}"));
    let error = shop.fail(&["stream", "--rate", "0"], 1);
    assert!(
        error.contains("--date-format") && error.contains("data/input/a.csv"),
        "{error}"
    );
    // The start that failed has left nothing that this one would have to match.
    let summary = play(&shop, &["--date-format", "%d/%m/%Y"]);
    assert_eq!(count(&summary, "accepted"), 25);
}

#[test]
fn no_option_is_named_that_the_command_has_not() {
    let shop = Shop::new();
    let view =
        r#"{"event_type":"view","product":"Tea","price":1,"quantity":1,"order_time":"2025-01-01"}"#;
    shop.write("data/input/a.jsonl", [view; 25].join("\n"));
    let batch = shop.fail(&["batch"], 1);
    let stream = shop.fail(&["stream", "--rate", "0"], 1);
    for error in [&batch, &stream] {
        assert!(error.contains("--map transaction_type="), "{error}");
    }
    assert!(batch.contains("--max-rejects 100%"), "{batch}");
    assert!(!stream.contains("--max-rejects"), "{stream}");
}

#[test]
fn a_key_that_no_record_has_is_refused() {
    let shop = Shop::new();
    shop.write("data/input/a.csv", format!("{HEADER}{SALE}"));
    let error = shop.fail(&["stream", "--rate", "0", "--dedup", "ordr_id"], 1);
    assert!(error.contains("ordr_id"), "{error}");
}
