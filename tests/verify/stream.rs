//! A stream: the window identity, the rows themselves, and how they stand to batch.

use std::fs;

use serde_json::{Value, json};

use crate::by_hand::{FOLDER, ROWS, shop, tell, write};
use crate::common::stdout;
use crate::report::{check, verify, with};

/// The report after a change of the stream's figures or settings.
fn after(change: impl Fn(&mut Value), status: i32) -> Value {
    let (shop, mut record) = shop();
    change(&mut record);
    tell(&shop, &record);
    verify(&shop, &[], status)
}

#[test]
fn a_stream_over_the_input_of_batch_is_equal() {
    let (shop, _) = shop();
    // Names of state are no data.
    shop.write(&format!("{FOLDER}/_late/x.parquet"), "none");
    shop.write(&format!("{FOLDER}/.part.parquet"), "none");
    let report = verify(&shop, &[], 0);
    assert_eq!(with(&report, "not comparable"), ["truth"]);
    for (name, figure) in [
        ("stream: written+open+late", json!("80.00")),
        ("stream: rows", json!(10)),
        ("stream: written revenue", json!("80.00")),
        ("stream: distinct windows", json!(10)),
        ("stream: windows in place", json!(10)),
        ("stream and batch: accepted", json!(3)),
        ("stream and batch: revenue", json!("80.00")),
        ("stream and batch: products", json!(2)),
    ] {
        let check = check(&report, name);
        assert_eq!(
            (&check["expected"], &check["found"]),
            (&figure, &figure),
            "{name}"
        );
    }
}

#[test]
fn one_cent_off_is_found_wherever_it_is() {
    let cent = |name: &'static str, value: &'static str| {
        let change = move |record: &mut Value| record["figures"][name] = json!(value);
        with(&after(change, 3), "different")
    };
    let identity = "stream: written+open+late";
    let both = "stream and batch: revenue";
    let written = "stream: written revenue";
    assert_eq!(cent("written_revenue", "80.01"), [identity, written, both]);
    assert_eq!(cent("open_revenue", "0.01"), [identity, both]);
    assert_eq!(cent("late_revenue", "-0.01"), [identity, both]);
    assert_eq!(cent("accepted_revenue", "19.99"), [identity]);

    // In a row, of which the record knows nothing.
    let (shop, _) = shop();
    let mut rows = ROWS;
    rows[0].2 += 1;
    write(&shop, "part-1.parquet", &rows[..4], 60);
    let report = verify(&shop, &[], 3);
    assert_eq!(
        with(&report, "different"),
        [written, "stream and batch: products"]
    );
    let tea = json!({"day": null, "product": "Tea", "expected": "68.00", "found": "68.01",
                     "where": "stream"});
    assert_eq!(report["differences"], json!([tea]));
}

#[test]
fn rows_that_are_twice_or_out_of_place_are_named() {
    let (shop, mut record) = shop();
    // A window without revenue adds nothing to any sum.
    write(&shop, "part-3.parquet", &[ROWS[10], ROWS[10]], 60);
    record["figures"]["windows"] = json!(12);
    tell(&shop, &record);
    let report = verify(&shop, &[], 3);
    let different = ["stream: distinct windows", "stream and batch: products"];
    assert_eq!(with(&report, "different"), different);
    let twice = json!({"day": "2025-01-01T08:00:00Z", "product": "Free", "expected": 1,
                       "found": 2, "where": "stream: distinct windows"});
    assert_eq!(report["differences"][0], twice);

    for (row, minutes) in [(ROWS[10], 61), ((8 * 60 + 1, "Free", 0), 60)] {
        write(&shop, "part-3.parquet", &[row], minutes);
        record["figures"]["windows"] = json!(11);
        tell(&shop, &record);
        let report = verify(&shop, &[], 3);
        let place = check(&report, "stream: windows in place");
        assert_eq!(
            (&place["expected"], &place["found"]),
            (&json!(11), &json!(10))
        );
    }
    shop.write(&format!("{FOLDER}/part-3.parquet"), "PAR1");
    let report = verify(&shop, &[], 3);
    let why = check(&report, "stream: rows")["why"].as_str().unwrap();
    assert!(
        why.contains("part-3.parquet: is no readable Parquet file"),
        "{why}"
    );
}

#[test]
fn half_a_pass_is_not_comparable_and_no_failure() {
    let (shop, mut record) = shop();
    // Two of three records, and two windows of the second still open.
    let figures = &mut record["figures"];
    for (name, value) in [
        ("read", json!(2)),
        ("accepted", json!(2)),
        ("ended", json!(false)),
        ("passes_complete", json!(false)),
        ("accepted_revenue", json!("17.00")),
        ("written_revenue", json!("54.00")),
        ("open_revenue", json!("14.00")),
        ("windows", json!(4)),
    ] {
        figures[name] = value;
    }
    tell(&shop, &record);
    fs::remove_file(shop.path(&format!("{FOLDER}/part-2.parquet"))).unwrap();
    let report = verify(&shop, &[], 0);
    assert_eq!(
        with(&report, "not comparable"),
        ["truth", "stream and batch"]
    );
    let text = stdout(&shop.run(&["verify"]));
    assert!(
        text.contains("\nstream and batch: not comparable: 2 of 3 read\n"),
        "{text}"
    );
    // Its own figures are held to the identity all the same.
    record["figures"]["open_revenue"] = json!("13.99");
    tell(&shop, &record);
    let report = verify(&shop, &[], 3);
    assert_eq!(with(&report, "different"), ["stream: written+open+late"]);
}

#[test]
fn other_settings_are_not_comparable() {
    let why = |change: fn(&mut Value)| {
        let report = after(change, 0);
        check(&report, "stream and batch")["why"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        why(|record| record["settings"]["dedup"] = json!(["order_id"])),
        "cleaned with other settings (dedup)"
    );
    assert_eq!(
        why(|record| {
            record["settings"]["delimiter"] = json!(",");
            record["settings"]["map"] = json!(["product=Tea"]);
        }),
        "cleaned with other settings (map, delimiter)"
    );
    assert_eq!(
        why(|record| {
            record["figures"]["ended"] = json!(false);
            record["figures"]["passes_complete"] = json!(false);
        }),
        "3 of 3 read, but not to the end"
    );
    // Events have no separators.
    let kafka = |record: &mut Value| {
        record["figures"]["source"] = json!("kafka");
        record["settings"]["delimiter"] = json!(",");
    };
    assert_eq!(with(&after(kafka, 0), "not comparable"), ["truth"]);
}

#[test]
fn late_contributions_make_up_the_difference() {
    // As in the worked example: 7.00 at 09:40 comes last and misses the windows of 08:45 and
    // 09:00, which had closed.
    let (shop, mut record) = shop();
    let mut rows = ROWS;
    rows[2].2 -= 700;
    rows[3].2 -= 700;
    write(&shop, "part-1.parquet", &rows[..4], 60);
    record["figures"]["late"] = json!(1);
    record["figures"]["late_revenue"] = json!("14.00");
    record["figures"]["written_revenue"] = json!("66.00");
    tell(&shop, &record);
    let report = verify(&shop, &[], 0);
    let products = check(&report, "stream and batch: products");
    assert_eq!(products["why"], "1 late");
    assert_eq!(
        check(&report, "stream and batch: revenue")["found"],
        "80.00"
    );
}

#[test]
fn events_of_the_future_are_counted_apart() {
    // The sale of 10:20 was rejected; so its windows were never made.
    let (shop, mut record) = shop();
    write(&shop, "part-2.parquet", &ROWS[4..6], 60);
    let figures = &mut record["figures"];
    for (name, value) in [
        ("source", json!("kafka")),
        ("accepted", json!(2)),
        ("rejected", json!(1)),
        ("rejected_by_reason", json!({"event_in_future": 1})),
        ("windows", json!(6)),
        ("written_revenue", json!("68.00")),
        ("accepted_revenue", json!("17.00")),
    ] {
        figures[name] = value;
    }
    tell(&shop, &record);
    let report = verify(&shop, &[], 0);
    let not = [
        "truth",
        "stream and batch: revenue",
        "stream and batch: products",
    ];
    assert_eq!(with(&report, "not comparable"), not);
    assert_eq!(
        check(&report, "stream and batch: accepted + duplicates")["found"],
        3
    );
    record["figures"]["rejected_by_reason"] = json!({"bad_time": 1});
    tell(&shop, &record);
    let different = with(&verify(&shop, &[], 3), "different");
    assert!(
        different.contains(&"stream and batch: accepted".to_owned()),
        "{different:?}"
    );
}

#[test]
fn a_stream_alone_is_held_against_itself() {
    let (shop, mut record) = shop();
    fs::remove_dir_all(shop.path("data/output/analysis_parquet")).unwrap();
    let moved = ["--stream-output", "windows"];
    fs::rename(shop.path(FOLDER), shop.path("windows")).unwrap();
    let report = verify(&shop, &moved, 0);
    let why = "no batch output";
    assert_eq!(check(&report, "batch")["why"], why);
    assert_eq!(check(&report, "stream and batch")["why"], why);
    record["figures"]["read"] = json!(4);
    shop.write("windows/_run.json", record.to_string());
    let report = verify(&shop, &moved, 3);
    assert_eq!(with(&report, "different"), ["stream: read in three parts"]);
    record["settings"]["slide_seconds"] = json!(7);
    shop.write("windows/_run.json", record.to_string());
    let error = shop.fail(&[&["verify"], &moved[..]].concat(), 1);
    assert!(
        error.contains("windows/_run.json: a slide of 7 s does not divide"),
        "{error}"
    );
}

#[test]
fn windows_shorter_than_a_second_are_verified() {
    let shop = crate::common::Shop::new();
    shop.json(&["generate", "--days", "2", "--seed", "5"]);
    shop.json(&["batch"]);
    let windows = ["--window", "1500ms", "--slide", "500ms"];
    shop.json(&[&["stream", "--rate", "0"], &windows[..]].concat());
    let report = verify(&shop, &[], 0);
    assert_eq!(
        check(&report, "stream and batch: revenue")["result"],
        "equal"
    );
}

#[test]
fn a_stream_over_other_files_is_not_comparable() {
    let shop = crate::common::Shop::new();
    for (folder, seed) in [("one", "1"), ("two", "2")] {
        let to = ["--output", folder, "--seed", seed, "--master", "master"];
        let days = ["--days", "3", "--profile", "classic"];
        shop.json(&[&["generate"], &to[..], &days].concat());
    }
    shop.json(&["batch", "--input", "one"]);
    shop.json(&["stream", "--input", "two", "--rate", "0"]);
    let report = verify(&shop, &["--input", "one"], 0);
    assert!(
        with(&report, "not comparable").contains(&"stream and batch".to_owned()),
        "{report}"
    );
}

#[test]
fn keys_that_were_forgotten_are_no_false_alarm() {
    let shop = crate::common::Shop::new();
    let faults = ["--duplicates", "0.2", "--malformed", "0.1"];
    shop.json(&[&["generate", "--days", "5", "--seed", "3"], &faults[..]].concat());
    let dedup = ["--dedup", "order_id"];
    shop.json(&[&["batch"], &dedup[..]].concat());
    let shuffled = ["stream", "--rate", "0", "--shuffle"];
    let summary = shop.json(&[&shuffled, &dedup[..]].concat());
    assert!(summary["beyond_horizon"].as_u64().unwrap() > 0, "{summary}");
    let report = verify(&shop, &[], 0);
    let both = check(&report, "stream and batch: accepted + duplicates");
    assert_eq!(both["result"], "equal");
}
