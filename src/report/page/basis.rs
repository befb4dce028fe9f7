//! What the figures rest on.

use serde_json::Value;

use super::{Cell, Column, NONE, Part, Section, Table, moment};
use crate::report::model::Report;

/// Inputs that are named.
const NAMED: usize = 5;

/// The run, what it read, and how it can be proved.
pub fn section(report: &Report) -> Section {
    let basis = &report.basis;
    let count = |name: &str| match basis.counts.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => NONE.to_owned(),
        Some(number) => number.to_string(),
    };
    let places = &basis.inputs.places;
    let mut named: Vec<_> = places.iter().take(NAMED).cloned().collect();
    if let Some(more @ 1..) = places.len().checked_sub(NAMED) {
        named.push(format!("{more} more"));
    }
    let analyses = match basis.analyses.as_slice() {
        [] => NONE.to_owned(),
        some => some.join(", "),
    };
    let rows = [
        ("Run", basis.run_id.clone()),
        ("Began", moment(&basis.started)),
        ("Ended", moment(&basis.finished)),
        (
            "Input",
            format!(
                "{} ({}, {} bytes)",
                named.join(", "),
                match basis.inputs.files {
                    1 => "1 file".to_owned(),
                    files => format!("{files} files"),
                },
                basis.inputs.bytes
            ),
        ),
        ("Records read", count("read")),
        ("accepted", count("accepted")),
        ("rejected", count("rejected")),
        ("duplicates", count("duplicates")),
        ("Grand total of all days", count("grand_total")),
        ("Analyses of this run", analyses),
    ];
    let rows = rows.map(|(name, value)| vec![Cell::from(name), Cell::from(value)]);
    let table = Table {
        caption: "The run of batch that all figures are of".to_owned(),
        columns: vec![Column::text("What"), Column::text("Value")],
        rows: rows.into(),
    };
    let input: String = places
        .iter()
        .map(|place| format!(" --input {}", typed(place)))
        .collect();
    let proof =
        "read = accepted + rejected + duplicates. The totals by day, product, store, category, \
         country and hour are proved by:"
            .to_owned();
    let command = format!("retail verify{input} --output {}", typed(&basis.output));
    Section::new(
        "basis",
        "What this rests on",
        vec![
            Part::Table(table),
            Part::Text(proof),
            Part::Command(command),
        ],
    )
}

/// A place as it is typed in a shell.
fn typed(place: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-:=+,@%".contains(c);
    match !place.is_empty() && place.chars().all(plain) {
        true => place.to_owned(),
        false => format!("'{}'", place.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_can_be_typed_as_they_stand() {
        assert_eq!(typed("s3://lake/a-b_1.csv"), "s3://lake/a-b_1.csv");
        assert_eq!(typed("my sales"), "'my sales'");
        assert_eq!(typed("it's"), "'it'\\''s'");
        assert_eq!(typed(""), "''");
    }
}
