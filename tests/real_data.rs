//! `retail batch` over real retail data, against sums computed independently.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;

use common::Shop;

/// Totals by day and product, from the CSV output.
fn totals(shop: &Shop) -> BTreeMap<(String, String), String> {
    let mut reader = csv::Reader::from_path(shop.path("data/output/analysis_csv/part-00000.csv"))
        .expect("the output");
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|r| ((r[0].to_owned(), r[1].to_owned()), r[2].to_owned()))
        .collect()
}

/// A sum of amounts as the reports print them, in units of 1/10,000.
fn sum<'a>(amounts: impl Iterator<Item = &'a String>) -> i128 {
    amounts
        .map(|text| {
            let (whole, fraction) = text.split_once('.').expect("decimals");
            let units: i128 = format!("{whole}{fraction:0<4}").parse().expect("a number");
            units
        })
        .sum()
}

#[test]
fn uci_online_retail_adds_up_to_the_cent() {
    let Some(data) = common::shared_data() else {
        return;
    };
    let shop = Shop::new();
    let input = data.join("online-retail-2010-12");
    let summary = shop.json(&["batch", "--input", input.to_str().expect("UTF-8")]);
    assert_eq!(summary["read"], 42_481);
    assert_eq!(summary["accepted"], 42_481);
    assert_eq!(summary["files"], 20);
    assert_eq!(summary["grand_total"], "748957.02");
    assert_eq!(summary["days"], 20);
    assert_eq!(summary["products"], 2_822);
    assert_eq!(summary["groups"], 20_477);
    assert_eq!(summary["mapping"]["product"], "StockCode|Description");
    assert_eq!(summary["mapping"]["time"], "InvoiceDate");
    assert_eq!(summary["mapping"]["amount"], "Quantity*UnitPrice");
    let totals = totals(&shop);
    assert_eq!(totals.len(), 20_477);
    let of = |pick: &dyn Fn(&(String, String)) -> bool| {
        sum(totals
            .iter()
            .filter(|(key, _)| pick(key))
            .map(|(_, total)| total))
    };
    for (day, total) in [
        ("2010-12-01", 586_355_600),
        ("2010-12-02", 462_072_800),
        ("2010-12-03", 456_204_600),
    ] {
        assert_eq!(of(&|key| key.0 == day), total, "{day}");
    }
    for (product, total) in [
        ("22423", 268_973_600),
        ("DOT", 246_711_900),
        ("84029E", 92_917_300),
        ("22086", 92_051_500),
        ("85123A", 90_789_600),
        ("85123a", 7_988_600),
    ] {
        assert_eq!(of(&|key| key.1 == product), total, "{product}");
    }
}

#[test]
fn both_supermarket_dialects_give_the_same_total() {
    let Some(data) = common::shared_data() else {
        return;
    };
    let shop = Shop::new();
    let file = |name: &str| {
        data.join("supermarket")
            .join(name)
            .to_str()
            .expect("UTF-8")
            .to_owned()
    };
    let numbered = file("variant-mdy-numbered.csv");
    let error = shop.fail(&["batch", "--input", &numbered], 1);
    assert!(error.contains("--date-format"), "{error}");
    let format = ["--date-format", "%m/%d/%Y"];
    let summary = shop.json(&[&["batch", "--input", &numbered][..], &format].concat());
    assert_eq!(summary["read"], 1_000);
    assert_eq!(summary["grand_total"], "322966.749");
    let first = totals(&shop);
    let comma = file("variant-semicolon-decimal-comma.csv");
    let error = shop.fail(&[&["batch", "--input", &comma][..], &format].concat(), 1);
    assert!(error.contains("--decimal-comma"), "{error}");
    let options = [
        &["batch", "--input", &comma, "--decimal-comma"][..],
        &format,
    ]
    .concat();
    let summary = shop.json(&options);
    assert_eq!(summary["accepted"], 1_000);
    assert_eq!(summary["grand_total"], "322966.749");
    assert_eq!(totals(&shop), first);
}

#[test]
fn shop_events_keep_their_purchases_and_their_cut_end() {
    let Some(data) = common::shared_data() else {
        return;
    };
    let shop = Shop::new();
    let input = data.join("rees46");
    let input = input.to_str().expect("UTF-8");
    let error = shop.fail(&["batch", "--input", input], 1);
    assert!(error.contains("unknown_type"), "{error}");
    let summary = shop.json(&["batch", "--input", input, "--max-rejects", "100%"]);
    assert_eq!(summary["read"], 17_435);
    // 214 purchases, but no quantity: the price alone is no amount until it is said to be.
    let summary = shop.json(&[
        "batch",
        "--input",
        input,
        "--max-rejects",
        "100%",
        "--map",
        "amount=price",
    ]);
    assert_eq!(summary["accepted"], 214);
    assert_eq!(summary["grand_total"], "59442.63");
    assert_eq!(summary["rejected"], 17_435 - 214);
}
