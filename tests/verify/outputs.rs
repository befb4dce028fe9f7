//! What batch wrote, against the input.

use std::fs;

use serde_json::{Value, json};

use crate::common::{Shop, stdout};
use crate::report::{cents, check, verify, with};
use crate::{CSV, PARQUET, generated};

#[test]
fn a_changed_amount_is_named() {
    let shop = generated(&[]);
    shop.json(&["batch"]);
    let text = shop.read(CSV);
    let line = text.lines().nth(5).unwrap();
    let (head, total) = line.rsplit_once(',').unwrap();
    let (day, product) = head.split_once(',').unwrap();
    shop.write(CSV, text.replace(line, &format!("{head},{total}1")));
    let report = verify(&shop, &[], 3);
    assert_eq!(
        report["differences"],
        json!([{"day": day, "product": product, "expected": total,
                "found": format!("{total}1"), "where": "analysis_csv"}])
    );
    assert_eq!(check(&report, "analysis_csv: files")["result"], "different");
    // A line that is no total, and one that is gone.
    shop.write(CSV, text.replace(line, &format!("{head},1e3")));
    let report = verify(&shop, &[], 3);
    let why = check(&report, "analysis_csv: rows")["why"]
        .as_str()
        .unwrap();
    assert!(
        why.starts_with(&format!("{CSV}:6: is no order_date, product")),
        "{why}"
    );
    shop.write(CSV, text.replace(&format!("{line}\n"), ""));
    let report = verify(&shop, &[], 3);
    assert_eq!(report["differences"][0]["found"], Value::Null);
    assert_eq!(report["differences_in_all"], 1);
}

#[test]
fn a_part_that_stands_twice_is_found() {
    let shop = generated(&[]);
    shop.json(&["batch"]);
    let copy = PARQUET.replace("00000", "00001");
    fs::copy(shop.path(PARQUET), shop.path(&copy)).unwrap();
    let report = verify(&shop, &[], 3);
    let files = check(&report, "analysis_parquet: files")["why"]
        .as_str()
        .unwrap();
    assert_eq!(
        files,
        "order_date=2025-01-02/part-00001.parquet is not of this run"
    );
    let rows = check(&report, "analysis_parquet: rows");
    let twice = rows["found"].as_u64().unwrap() - rows["expected"].as_u64().unwrap();
    assert_eq!(report["differences_in_all"], twice);
    let first = &report["differences"][0];
    assert_eq!(2 * cents(&first["expected"]), cents(&first["found"]));
    // No more than twenty are told.
    assert!(twice > 20, "{twice}");
    assert_eq!(report["differences"].as_array().unwrap().len(), 20);
    let text = stdout(&shop.run(&["verify"]));
    assert!(
        text.contains(&format!("(and {} more)\n", twice - 20)),
        "{text}"
    );
}

#[test]
fn folders_that_are_not_whole_are_told_not_read_past() {
    let broken = |spoil: &dyn Fn(&Shop), name: &str, why: &str| {
        let shop = generated(&[]);
        shop.json(&["batch"]);
        spoil(&shop);
        let report = verify(&shop, &[], 3);
        let found = check(&report, name);
        assert_eq!(found["result"], "different", "{name}");
        assert!(found["why"].as_str().unwrap().contains(why), "{found}");
    };
    let cut = |shop: &Shop| {
        let bytes = fs::read(shop.path(PARQUET)).unwrap();
        shop.write(PARQUET, &bytes[..bytes.len() / 2]);
    };
    broken(
        &cut,
        "analysis_parquet: rows",
        "2025-01-02/part-00000.parquet: is no readable",
    );
    broken(&cut, "analysis_parquet: files", "bytes, not");
    let gone = |shop: &Shop| fs::remove_file(shop.path(PARQUET)).unwrap();
    broken(
        &gone,
        "analysis_parquet: files",
        "part-00000.parquet is missing",
    );
    let success = |shop: &Shop| {
        fs::remove_file(shop.path("data/output/analysis_csv/_SUCCESS")).unwrap();
    };
    broken(&success, "analysis_csv: files", "half written");
    let csv = |shop: &Shop| fs::remove_dir_all(shop.path("data/output/analysis_csv")).unwrap();
    broken(
        &csv,
        "analysis_csv: files",
        "data/output/analysis_csv: has no _run.json",
    );
    let kpis = |shop: &Shop| {
        let path = "data/output/analysis_csv_kpis/part-00000.csv";
        shop.write(path, shop.read(path) + "1.00,1,1\n");
    };
    broken(&kpis, "kpis: rows", "has 2 rows");
    let mixed = |shop: &Shop| {
        let old = shop.path("old");
        fs::rename(shop.path("data/output/analysis_csv"), &old).unwrap();
        shop.json(&["batch"]);
        fs::remove_dir_all(shop.path("data/output/analysis_csv")).unwrap();
        fs::rename(old, shop.path("data/output/analysis_csv")).unwrap();
    };
    broken(&mixed, "batch: runs", "the folders are of ");
}

#[test]
fn kpis_and_the_record_are_held_against_the_input() {
    let shop = generated(&[]);
    shop.json(&["batch"]);
    let path = "data/output/analysis_csv_kpis/part-00000.csv";
    shop.write(path, "grand_total,distinct_products,rows\n1.00,2,3\n");
    let record = "data/output/analysis_parquet/_run.json";
    let mut told: Value = serde_json::from_str(&shop.read(record)).unwrap();
    told["figures"]["duplicates"] = json!(1);
    told["figures"]["rejected_by_reason"] = json!({"bad_time": 1});
    shop.write(record, told.to_string());
    let report = verify(&shop, &[], 3);
    let different = with(&report, "different");
    assert_eq!(
        different,
        [
            "analysis_csv_kpis: files",
            "batch: rejected, bad_time",
            "batch: duplicates",
            "kpis: grand total",
            "kpis: distinct products",
            "kpis: rows"
        ]
    );
}

#[test]
fn the_settings_beside_the_output_decide_how_the_input_is_read() {
    let shop = Shop::new();
    shop.write(
        "in.csv",
        "Bon;Artikel;Datum;Betrag\n1;Tee;31.12.2024;1,50\n1;Tee;31.12.2024;1,50\n2;Tee;x;1\n",
    );
    let mut args = vec!["batch", "--input", "in.csv", "--csv-output", "report"];
    args.extend(["--map", "product=Artikel", "--map", "order_date=Datum"]);
    args.extend(["--map", "amount=Betrag", "--date-format", "%d.%m.%Y"]);
    args.extend(["--decimal-comma", "--delimiter", ";", "--dedup", "Bon"]);
    shop.json(&args);
    let report = verify(&shop, &["--input", "in.csv"], 0);
    assert_eq!(with(&report, "not comparable"), ["truth", "stream"]);
    assert_eq!(check(&report, "batch: duplicates")["found"], 1);
    assert_eq!(check(&report, "batch: rejected, bad_time")["found"], 1);
    assert_eq!(check(&report, "analysis_csv: total")["found"], "1.50");
    // Seen from another folder, the CSVs are where batch put them.
    fs::create_dir(shop.path("elsewhere")).unwrap();
    let mut command = shop.retail(&["verify", "-i", "../in.csv", "-o", "../data/output"]);
    let output = command
        .current_dir(shop.path("elsewhere"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stdout(&output));
}
