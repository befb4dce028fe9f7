//! What the generator declares, against the input; and what there is to compare at all.

use serde_json::{Value, json};

use crate::common::{Shop, stdout};
use crate::report::{cents, check, verify, with};
use crate::{CSV, DAY, generated};

const FAULTS: [&str; 6] = [
    "--malformed",
    "0.05",
    "--duplicates",
    "0.03",
    "--late",
    "0.1",
];

/// Takes the first sale out of the second day; gives product and amount.
fn take_one_out(shop: &Shop) -> (String, String) {
    let text = shop.read(DAY);
    let mut lines: Vec<_> = text.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.contains(",SALE,"))
        .unwrap();
    let line = lines.remove(at);
    let fields: Vec<_> = line.split(',').collect();
    assert_eq!(fields.len(), 16, "{line}");
    shop.write(DAY, lines.join("\n") + "\n");
    (fields[4].to_owned(), fields[7].to_owned())
}

#[test]
fn clean_data_is_equal_in_every_figure() {
    let shop = generated(&[]);
    shop.json(&["batch"]);
    let report = verify(&shop, &[], 0);
    assert_eq!(with(&report, "different"), [""; 0]);
    assert_eq!(with(&report, "not comparable"), ["stream"]);
    assert_eq!(report["differences"], json!([]));
    let truth: Value = serde_json::from_str(&shop.read("data/input/_truth.json")).unwrap();
    for (name, expected) in [
        ("input: read in three parts", &truth["rows"]),
        ("batch: read", &truth["rows"]),
        ("batch: grand total", &truth["revenue"]),
        ("analysis_parquet: total", &truth["revenue"]),
        ("analysis_csv: total", &truth["revenue"]),
        ("kpis: grand total", &truth["revenue"]),
        ("truth: revenue", &truth["revenue"]),
        ("truth: days", &json!(3)),
    ] {
        let check = check(&report, name);
        assert_eq!(
            (&check["expected"], &check["found"]),
            (expected, expected),
            "{name}"
        );
        assert_eq!(check["result"], "equal");
    }
    let output = shop.run(&["verify"]);
    let text = stdout(&output);
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert!(
        !text.contains("DIFFERENT") && !text.contains("truth: 2025"),
        "{text}"
    );
    assert!(
        text.contains("stream: not comparable: no stream output\n"),
        "{text}"
    );
    // It writes nothing.
    assert_eq!(shop.litter(), [""; 0]);
}

#[test]
fn planted_faults_are_accounted_for() {
    let shop = generated(&FAULTS);
    shop.json(&["batch", "--dedup", "order_id"]);
    let report = verify(&shop, &[], 0);
    let truth: Value = serde_json::from_str(&shop.read("data/input/_truth.json")).unwrap();
    for (name, count) in [
        ("truth: malformed", "malformed"),
        ("truth: duplicates", "duplicates"),
    ] {
        assert_eq!(check(&report, name)["found"], truth[count], "{name}");
        assert!(truth[count].as_u64().unwrap() > 0, "{count}");
    }
    // Without it, what came twice counts twice, and the truth cannot be asked for sums.
    shop.json(&["batch"]);
    let report = verify(&shop, &[], 0);
    assert_eq!(
        with(&report, "not comparable"),
        ["truth: revenue", "stream"]
    );
    assert_eq!(check(&report, "truth: rows")["result"], "equal");
    let text = stdout(&shop.run(&["verify"]));
    let line = format!(
        "not comparable: {} duplicates, read without --dedup",
        truth["duplicates"]
    );
    assert!(text.contains(&line), "{text}");
}

#[test]
fn a_row_that_is_gone_shows_its_day() {
    let shop = generated(&[]);
    shop.json(&["batch"]);
    let truth: Value = serde_json::from_str(&shop.read("data/input/_truth.json")).unwrap();
    let (product, amount) = take_one_out(&shop);
    let report = verify(&shop, &[], 3);
    let day = check(&report, "truth: 2025-01-02");
    assert_eq!(day["expected"], truth["by_day"]["2025-01-02"]);
    assert_eq!(
        cents(&day["expected"]) - cents(&day["found"]),
        cents(&json!(amount))
    );
    assert_eq!(check(&report, "batch: read")["result"], "different");
    for name in ["analysis_parquet", "analysis_csv", "truth"] {
        let differences = report["differences"].as_array().unwrap();
        let of = differences.iter().find(|d| d["where"] == name).unwrap();
        assert_eq!(of["day"], "2025-01-02", "{name}");
        assert_eq!(of["product"], product.as_str(), "{name}");
    }
    let text = stdout(&shop.run(&["verify"]));
    let line = text
        .lines()
        .find(|line| line.starts_with("truth: 2025-01-02"))
        .unwrap();
    assert!(line.ends_with("DIFFERENT"), "{line}");
    // A batch over what is left agrees with it, but the truth does not.
    shop.json(&["batch"]);
    let report = verify(&shop, &[], 3);
    let different = with(&report, "different");
    assert!(
        different.iter().all(|name| name.starts_with("truth: ")),
        "{different:?}"
    );
    assert!(
        different.contains(&"truth: 2025-01-02".to_owned()),
        "{different:?}"
    );
}

#[test]
fn files_of_others_are_no_lie_of_the_truth() {
    let shop = generated(&[]);
    let other = "order_id,order_date,product,amount\n1,2024-06-01,Tea,1.00\n";
    shop.write("data/input/mine.csv", other);
    shop.json(&["batch"]);
    let report = verify(&shop, &[], 0);
    assert_eq!(with(&report, "not comparable"), ["truth: totals", "stream"]);
    assert_eq!(check(&report, "truth: days")["found"], 3);
    // The days that are declared must still be as declared.
    shop.write(
        "data/input/mine.csv",
        other.replace("2024-06-01", "2025-01-03"),
    );
    shop.json(&["batch"]);
    let report = verify(&shop, &[], 3);
    assert_eq!(check(&report, "truth: 2025-01-03")["result"], "different");
}

#[test]
fn restocks_and_returns_are_in_the_identity() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        "order_date,product,amount,transaction_type\n2025-01-01,Tea,5,SALE\n\
         2025-01-01,Tea,5,RETURN\n2025-01-01,Tea,,RESTOCK\n2025-01-01,Tea,9,view\n",
    );
    shop.json(&["batch"]);
    let report = verify(&shop, &[], 0);
    assert_eq!(check(&report, "batch: not sales")["found"], 1);
    assert_eq!(check(&report, "kpis: rows")["found"], 2);
    assert_eq!(check(&report, "analysis_parquet: rows")["found"], 1);
    // A group whose sum is nothing is a group: without it, something is missing.
    shop.write(CSV, "order_date,product,total_amount\n");
    let report = verify(&shop, &[], 3);
    assert_eq!(
        report["differences"],
        json!([{"day": "2025-01-01", "product": "Tea", "expected": "0.00", "found": null,
                "where": "analysis_csv"}])
    );
}

#[test]
fn nothing_to_compare_is_an_error_that_says_what_to_run() {
    let shop = generated(&[]);
    let error = shop.fail(&["verify"], 1);
    assert!(error.contains("data/output: there is no output"), "{error}");
    assert!(
        error.contains("run retail batch or retail stream"),
        "{error}"
    );
    shop.json(&["batch"]);
    let error = shop.fail(&["verify", "--input", "gone"], 1);
    assert!(
        error.contains("gone: there is no such file or folder"),
        "{error}"
    );
    // The folder of another command is not taken for batch's.
    let error = shop.fail(
        &["verify", "--stream-output", "data/output/analysis_csv"],
        1,
    );
    assert!(error.contains("is of batch, not of stream"), "{error}");
}
