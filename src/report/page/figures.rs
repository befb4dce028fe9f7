//! The figures of the day.

use super::{Cell, Column, Part, Section, Table, Tile, Tone, missing, signed, tone};
use crate::report::figure::Compared;
use crate::report::model::{Headline, Report};

/// The figures that are seen first; those that are not told give way to the next.
const TILES: [&str; 6] = [
    "net_revenue",
    "transactions",
    "average_transaction",
    "units",
    "sales_lines",
    "returned_value",
];
/// How many there are.
const SEEN: usize = 4;

/// The figures that are seen first.
pub fn tiles(report: &Report) -> Vec<Tile> {
    let named = |name: &&str| report.headline.iter().find(|line| line.name == *name);
    let found = TILES.iter().filter_map(named);
    found.take(SEEN).map(|line| tile(report, line)).collect()
}

fn tile(report: &Report, line: &Headline) -> Tile {
    let mark = |compared: &Compared, since: String| {
        let change = compared.change_pct.as_ref()?;
        let text = format!("{} {since}", signed(change));
        Some((text, tone(change, line.more_is_better)))
    };
    let week = format!("on the {} before", report.weekday);
    let change = mark(&line.week_before, week);
    Tile {
        label: line.label,
        value: Cell::of(line.value).text,
        change: change.or_else(|| mark(&line.day_before, "on the day before".to_owned())),
    }
}

/// All of them beside those of other days.
pub fn section(report: &Report) -> Section {
    let cell = |line: &Headline, compared: &Compared| {
        let change = compared.change_pct.as_ref();
        Cell {
            note: change.map(|change| (signed(change), tone(change, line.more_is_better))),
            ..Cell::of(compared.value)
        }
    };
    let rows = report.headline.iter().map(|line| {
        vec![
            line.label.into(),
            Cell::of(line.value),
            cell(line, &line.day_before),
            cell(line, &line.week_before),
            cell(line, &line.average),
        ]
    });
    let average = match report.average_days {
        28 => "The average is that of the 28 days before, also of those without sales.".to_owned(),
        0 => "There are no days before that an average could be of.".to_owned(),
        1 => "The average is that of the one day before that there is.".to_owned(),
        days => format!(
            "The average is that of the {days} days before that there are, also of those without \
             sales."
        ),
    };
    let mut parts = vec![
        Part::Table(Table {
            caption: "The day, and how far it is from other days".to_owned(),
            columns: vec![
                Column::text("Figure"),
                Column::number("Day"),
                Column::number("Day before"),
                Column::number("Week before"),
                Column::number("28-day average"),
            ],
            rows: rows.collect(),
        }),
        Part::Text(average),
    ];
    for field in ["transactions", "customers", "units"] {
        if report.missing.contains_key(field) {
            parts.push(match missing(report, field) {
                Part::Text(why) => Part::Text(format!("No {}: {why}", name_of(field))),
                other => other,
            });
        }
    }
    Section::new("figures", "The day in figures", parts)
}

fn name_of(field: &str) -> &str {
    match field {
        "transactions" => "transactions and customers",
        "units" => "pieces",
        other => other,
    }
}

/// The change of a group since a week before.
pub fn since_week(compared: &Compared) -> Cell {
    Cell {
        note: compared
            .change_pct
            .as_ref()
            .map(|change| (signed(change), tone(change, Some(true)))),
        ..Cell::of(compared.value)
    }
}

/// A text under a figure without any judgement.
pub fn plain(text: String) -> Option<(String, Tone)> {
    Some((text, Tone::Plain))
}
