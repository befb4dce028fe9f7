//! A report laid out: sections with texts, tables and charts, before they are HTML or Markdown.

mod basis;
mod charts;
mod figures;
mod tables;

pub use charts::reach;
use chrono::NaiveDate;

use super::model::Report;
use crate::record::Total;

/// Stands for what is not known, or would divide by zero.
pub const NONE: &str = "–";

/// A page.
#[derive(Debug)]
pub struct Page {
    /// `Daily report`.
    pub title: &'static str,
    /// `Tuesday, 14 January 2025`.
    pub date: String,
    /// What it is of.
    pub about: String,
    /// What must be known before anything is read.
    pub notes: Vec<String>,
    /// The figures that are seen first.
    pub tiles: Vec<Tile>,
    /// The rest.
    pub sections: Vec<Section>,
    /// Where it is from.
    pub footer: String,
}

/// A figure that is seen first.
#[derive(Debug)]
pub struct Tile {
    /// What it is.
    pub label: &'static str,
    /// The figure.
    pub value: String,
    /// How it changed, and since when.
    pub change: Option<(String, Tone)>,
}

/// A section.
#[derive(Debug)]
pub struct Section {
    /// Its name in addresses.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// What is in it.
    pub parts: Vec<Part>,
    /// Whether another one may stand beside it.
    pub half: bool,
}

/// A part of a section.
#[derive(Debug)]
pub enum Part {
    /// A paragraph.
    Text(String),
    /// What is typed in a shell.
    Command(String),
    /// A table.
    Table(Table),
    /// A chart.
    Chart(Chart),
}

/// A table.
#[derive(Debug)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// Its columns; the first one names the rows.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its heading.
    pub name: &'static str,
    /// Whether it holds numbers.
    pub number: bool,
}

/// A cell of a table.
#[derive(Debug, Default)]
pub struct Cell {
    /// Its text.
    pub text: String,
    /// A second one under it.
    pub note: Option<(String, Tone)>,
    /// How long its bar is, in thousandths of the longest one.
    pub bar: Option<u32>,
}

/// How a change is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// For the better.
    Good,
    /// For the worse.
    Bad,
    /// Neither.
    Plain,
}

/// A chart of columns.
#[derive(Debug)]
pub struct Chart {
    /// What it shows.
    pub caption: String,
    /// The same in a sentence, for who does not see it.
    pub description: String,
    /// What the columns are, and what their height is.
    pub axes: [&'static str; 2],
    /// The columns from left to right.
    pub bars: Vec<Bar>,
    /// The name of the line over them, if there is one.
    pub line: Option<&'static str>,
}

/// A column of a chart.
#[derive(Debug)]
pub struct Bar {
    /// What it is, `2025-01-14`.
    pub label: String,
    /// What stands under it, of every few.
    pub tick: Option<String>,
    /// Its height; none where there is nothing to draw.
    pub value: Option<Total>,
    /// Where the line is.
    pub line: Option<Total>,
    /// Whether it is the one that the report is of.
    pub marked: bool,
}

impl Column {
    /// Of texts.
    pub const fn text(name: &'static str) -> Self {
        Self {
            name,
            number: false,
        }
    }

    /// Of numbers.
    pub const fn number(name: &'static str) -> Self {
        Self { name, number: true }
    }
}

impl Cell {
    /// A text, or that there is none.
    pub fn of(text: Option<impl ToString>) -> Self {
        let text = text.map_or_else(|| NONE.to_owned(), |text| text.to_string());
        text.into()
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

impl Section {
    fn new(id: &'static str, title: impl Into<String>, parts: Vec<Part>) -> Self {
        Self {
            id,
            title: title.into(),
            parts,
            half: false,
        }
    }

    /// The same beside another one, where there is room.
    fn half(self) -> Self {
        Self { half: true, ..self }
    }
}

/// Lays out a report.
pub fn lay_out(report: &Report) -> Page {
    let currency = report.currency.as_ref();
    let currency = currency.map(|code| format!(" Amounts are in {code}."));
    let mut sections = vec![figures::section(report)];
    sections.extend(charts::sections(report));
    sections.extend(tables::sections(report));
    sections.push(basis::section(report));
    Page {
        title: "Daily report",
        date: long_date(&report.report_date),
        about: format!(
            "Sales of {}, whose days are {} to {}, in UTC.{}",
            report.basis.output,
            report.first_day,
            report.last_day,
            currency.unwrap_or_default()
        ),
        notes: report.notes.clone(),
        tiles: figures::tiles(report),
        sections,
        footer: format!(
            "retail {} · run {}, which ended {}",
            report.basis.version,
            report.basis.run_id,
            moment(&report.basis.finished)
        ),
    }
}

/// Why a field of the report is not told.
fn missing(report: &Report, field: &str) -> Part {
    let why = report.missing.get(field);
    Part::Text(match why {
        Some(why) => sentence(why),
        None => "Not told.".to_owned(),
    })
}

/// A text that begins large and ends with a stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), chars.as_str())
}

/// A change in per cent with its sign, `+4.5%`.
fn signed(change: &str) -> String {
    match change.starts_with('-') || change == "0.0" {
        true => format!("{change}%"),
        false => format!("+{change}%"),
    }
}

/// How a change in per cent is to be taken.
fn tone(change: &str, more_is_better: Option<bool>) -> Tone {
    match more_is_better {
        _ if change.trim_start_matches('-') == "0.0" => Tone::Plain,
        Some(more) if change.starts_with('-') != more => Tone::Good,
        Some(_) => Tone::Bad,
        None => Tone::Plain,
    }
}

/// How long the bars of these amounts are.
fn bars(amounts: impl Iterator<Item = Total> + Clone) -> impl Fn(Total) -> Option<u32> {
    let longest = amounts.map(Total::units).max().unwrap_or(0).max(1);
    move |amount| u32::try_from(amount.units().max(0) * 1000 / longest).ok()
}

/// A share in per cent as it is read.
fn per_cent(share: Option<&String>) -> Cell {
    Cell::of(share.map(|share| format!("{share}%")))
}

/// `Tuesday, 14 January 2025`.
fn long_date(date: &str) -> String {
    in_words(date, "%A, %-d %B %Y")
}

/// `14 Jan`.
fn short_date(date: &str) -> String {
    in_words(date, "%-d %b")
}

fn in_words(date: &str, form: &str) -> String {
    match date.parse::<NaiveDate>() {
        Ok(date) => date.format(form).to_string(),
        Err(_) => date.to_owned(),
    }
}

/// `2025-01-15 06:00 UTC` of a moment in UTC.
fn moment(text: &str) -> String {
    let minute: String = text.chars().take(16).collect();
    format!("{} UTC", minute.replace('T', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_have_a_sign_and_a_tone() {
        for (change, text, more) in [
            ("4.5", "+4.5%", Tone::Good),
            ("-4.5", "-4.5%", Tone::Bad),
            ("0.0", "0.0%", Tone::Plain),
        ] {
            assert_eq!(signed(change), text);
            assert_eq!(tone(change, Some(true)), more);
            assert_eq!(tone(change, None), Tone::Plain);
        }
        assert_eq!(tone("4.5", Some(false)), Tone::Bad);
        assert_eq!(tone("-4.5", Some(false)), Tone::Good);
    }

    #[test]
    fn bars_are_as_long_as_amounts_are_large() {
        let money = |text| Total::parse(text).unwrap();
        let all = ["80.00", "20.00", "-3.00"].map(money);
        let bar = bars(all.into_iter());
        assert_eq!(all.map(bar), [Some(1000), Some(250), Some(0)]);
        assert_eq!(bars([money("-3.00")].into_iter())(money("-3.00")), Some(0));
    }

    #[test]
    fn dates_are_read_in_words() {
        assert_eq!(long_date("2025-01-14"), "Tuesday, 14 January 2025");
        assert_eq!(short_date("0001-02-03"), "3 Feb");
        assert_eq!(moment("2025-01-15T06:00:59.123Z"), "2025-01-15 06:00 UTC");
        assert_eq!(sentence("the input names none"), "The input names none.");
    }
}
