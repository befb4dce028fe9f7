//! Against figures published with the original, computed in CPython.

use super::*;

fn classic(days: u32, per_day: u32) -> Settings {
    Settings {
        profile: Profile::Classic,
        ..settings(days, per_day)
    }
}

fn concatenated(made: &Made) -> Vec<u8> {
    made.files.values().flatten().copied().collect()
}

#[test]
fn two_days_of_five() {
    let made = make(&classic(2, 5), 1);
    let files: Vec<&Vec<u8>> = made.files.values().collect();
    assert_eq!(
        sha256(files[0]),
        "fed8de5e3e14ace1dbf32ad0063a444bdc7deaed2aea034cbf051a94423c008d"
    );
    assert_eq!(
        sha256(files[1]),
        "2b332e19a4525df88f1bfd6eccc663fe42168f5ffdbc91379c3dd68fabd17560"
    );
    let first = |i: usize| {
        let text = std::str::from_utf8(files[i]).unwrap();
        text.split("\r\n").nth(1).unwrap().to_owned()
    };
    assert_eq!(
        first(0),
        "20250101-0001,2025-01-01,CHE-01,Chennai - T Nagar,Paneer Butter Masala,2,238.26,476.52"
    );
    assert_eq!(
        first(1),
        "20250102-0001,2025-01-02,BLR-02,Bengaluru - Koramangala,Gulab Jamun Pack,2,104.92,209.84"
    );
}

#[test]
fn the_example_of_fourteen_days() {
    let made = make(&classic(14, 72), 4);
    assert_eq!(
        sha256(&concatenated(&made)),
        "4deca26fba81eab75c24de744c3be56d8d483c95b8b591405aa1adc924059e79"
    );
    assert_eq!(made.truth.figures.rows, 1_008);
    assert_eq!(made.truth.figures.valid_rows, 1_008);
    assert_eq!(made.truth.figures.revenue.to_string(), "333734.73");
    let groups: usize = made.truth.by_day_product.values().map(BTreeMap::len).sum();
    assert_eq!(groups, 210);
    let first: Vec<String> = made.truth.by_day_product["2025-01-01"]
        .iter()
        .take(4)
        .map(|(name, sum)| format!("{name} {sum}"))
        .collect();
    assert_eq!(
        first,
        [
            "Chole Bhature 2667.07",
            "Filter Coffee 842.37",
            "Gulab Jamun Pack 2059.65",
            "Idli Sambar Combo 1382.57"
        ]
    );
    assert_eq!(recount(&made.files), made.truth);
}

#[test]
fn thirty_days_of_forty_eight() {
    assert_eq!(
        sha256(&concatenated(&make(&classic(30, 48), 1))),
        "621c529b435d141f8eb57ed6cd3aea9d44508b1d8478b89d15a65ddfcab3ac50"
    );
}

#[test]
fn no_transactions_leave_the_header() {
    let made = make(&classic(2, 0), 1);
    for file in made.files.values() {
        assert_eq!(
            file,
            b"order_id,order_date,store_id,store_city,product,quantity,unit_price,amount\r\n"
        );
    }
    assert_eq!(made.truth.figures, Figures::default());
    assert_eq!(made.truth.by_day.len(), 2);
}

#[test]
fn more_than_a_chunk_a_day_numbers_on() {
    let made = make(&classic(1, 70_000), 1);
    let rows = read(&made.files[&date("2025-01-01")]);
    assert_eq!(rows.len(), 70_000);
    assert_eq!(rows[9_998]["order_id"], "20250101-9999");
    assert_eq!(rows[9_999]["order_id"], "20250101-10000");
    assert_eq!(rows[69_999]["order_id"], "20250101-70000");
}

#[test]
fn faults_work_but_nothing_is_late() {
    let mut settings = classic(3, 200);
    settings.faults = Shares {
        malformed: 0.1,
        duplicates: 0.1,
        late: 0.0,
    };
    let made = make(&settings, 1);
    assert_eq!(recount(&made.files), made.truth);
    assert!(made.truth.figures.malformed > 20 && made.truth.figures.duplicates > 20);
    settings.faults.late = 0.1;
    assert!(usage(settings).contains("--profile standard"));
}

#[test]
fn other_formats_hold_the_same() {
    let mut settings = classic(1, 3);
    settings.format = Format::Jsonl;
    let made = make(&settings, 1);
    let text = std::str::from_utf8(&made.files[&date("2025-01-01")]).unwrap();
    assert!(text.starts_with(r#"{"order_id":"20250101-0001","order_date":"2025-01-01","store_id":"CHE-01","store_city":"Chennai - T Nagar","product":"Paneer Butter Masala","quantity":2,"unit_price":238.26,"amount":476.52}"#));
    assert_eq!(text.lines().count(), 3);
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(value.as_object().unwrap().len(), 8);
    }
}
