//! The truth against the one definition of cleaning.

use super::*;
use crate::record::clean::{Row, clean, key};
use crate::record::mapping::{Mapping, Rules};

impl Row for csv::ByteRecord {
    fn get(&self, column: usize) -> &[u8] {
        csv::ByteRecord::get(self, column).unwrap_or_default()
    }
}

/// The figures of a file as cleaning without duplicates sees it.
fn cleaned(day: NaiveDate, file: &[u8]) -> DayTruth {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let header: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let columns = header.len();
    let rules = Rules {
        dedup: vec!["order_id".to_owned()],
        ..Rules::default()
    };
    let mapping = Mapping::of_header(header, &rules, "day.csv").unwrap();
    let mut found = DayTruth::default();
    let mut orders = HashSet::new();
    for record in reader.byte_records() {
        let record = record.unwrap();
        found.figures.rows += 1;
        let sale = match clean(&record, &mapping, &rules) {
            Ok(sale) if record.len() == columns => sale,
            _ => {
                found.figures.malformed += 1;
                continue;
            }
        };
        assert_eq!(sale.time.day().to_string(), day.to_string());
        let mut order = Vec::new();
        assert!(key(&record, &mapping, &mut order));
        if !orders.insert(order) {
            found.figures.duplicates += 1;
            continue;
        }
        found.figures.valid_rows += 1;
        found.figures.revenue += sale.money;
        let product = String::from_utf8(sale.product.to_vec()).unwrap();
        *found.by_product.entry(product).or_default() += sale.money;
    }
    found
}

#[test]
fn cleaning_finds_what_the_truth_tells() {
    for (profile, malformed, duplicates) in [
        (Profile::Standard, 0.05, 0.02),
        (Profile::Standard, 1.0, 0.0),
        (Profile::Standard, 0.0, 1.0),
        (Profile::Classic, 0.3, 0.3),
    ] {
        let mut settings = settings(14, 200);
        settings.profile = profile;
        settings.faults = Shares {
            malformed,
            duplicates,
            late: if profile == Profile::Standard {
                0.05
            } else {
                0.0
            },
        };
        let made = make(&settings, 1);
        for (&day, file) in &made.files {
            let mut found = cleaned(day, file);
            let date = day.to_string();
            // Lateness is not for cleaning to tell.
            found.figures.late = made.truth.days[&date].late;
            assert_eq!(found.figures, made.truth.days[&date]);
            assert_eq!(found.by_product, made.truth.by_day_product[&date]);
        }
    }
}
