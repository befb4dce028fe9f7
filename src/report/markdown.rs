//! A report as Markdown, with the tables of GitHub.

use super::page::{Cell, Chart, Page, Part, Table, Tile, reach};

/// Blocks of the longest column of a chart.
const BLOCKS: i128 = 24;

/// The page.
pub fn write(page: &Page) -> String {
    let mut text = format!(
        "# {}: {}\n\n{}\n",
        page.title,
        escaped(&page.date),
        escaped(&page.about)
    );
    for note in &page.notes {
        text.push_str(&format!("\n> {}\n", escaped(note)));
    }
    if !page.tiles.is_empty() {
        let tiles: String = page.tiles.iter().map(tile).collect();
        text.push_str(&format!("\n{tiles}"));
    }
    for section in &page.sections {
        text.push_str(&format!("\n## {}\n", escaped(&section.title)));
        for part in &section.parts {
            text.push('\n');
            text.push_str(&match part {
                Part::Text(text) => format!("{}\n", escaped(text)),
                Part::Command(text) => format!("    {}\n", text.replace(char::is_control, " ")),
                Part::Table(table) => self::table(table),
                Part::Chart(chart) => self::chart(chart),
            });
        }
    }
    text.push_str(&format!("\n---\n\n{}\n", escaped(&page.footer)));
    text
}

fn tile(tile: &Tile) -> String {
    let change = tile.change.as_ref();
    let change = change.map(|(text, _)| format!(" ({})", escaped(text)));
    format!(
        "- {}: **{}**{}\n",
        escaped(tile.label),
        escaped(&tile.value),
        change.unwrap_or_default()
    )
}

fn table(table: &Table) -> String {
    let mut text = line(table.columns.iter().map(|column| escaped(column.name)));
    text.push_str(&line(table.columns.iter().map(|column| {
        let rule = if column.number { "---:" } else { "---" };
        rule.to_owned()
    })));
    for row in &table.rows {
        text.push_str(&line(row.iter().map(cell)));
    }
    text
}

fn cell(cell: &Cell) -> String {
    match &cell.note {
        Some((note, _)) => format!("{} ({})", escaped(&cell.text), escaped(note)),
        None => escaped(&cell.text),
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// The figures, with columns of blocks.
fn chart(chart: &Chart) -> String {
    let most = reach(chart).units();
    let bar = |units: i128| {
        let blocks = (units.abs() * BLOCKS + most / 2) / most.max(1);
        "█".repeat(usize::try_from(blocks).unwrap_or(0))
    };
    let mut head = chart.axes.map(escaped).to_vec();
    let mut rule = vec!["---".to_owned(), "---:".to_owned()];
    if let Some(name) = chart.line {
        head.push(escaped(name));
        rule.push("---:".to_owned());
    }
    head.push(String::new());
    rule.push("---".to_owned());
    let mut text = format!("{}\n\n", escaped(&chart.caption));
    text.push_str(&line(head.into_iter()));
    text.push_str(&line(rule.into_iter()));
    for of in &chart.bars {
        let Some(value) = of.value else { continue };
        let mut cells = vec![escaped(&of.label), value.to_string()];
        cells.extend(chart.line.map(|_| Cell::of(of.line).text));
        cells.push(bar(value.units()));
        text.push_str(&line(cells.into_iter()));
    }
    text
}

/// A text that stays text, in one line.
fn escaped(text: impl AsRef<str>) -> String {
    let mut safe = String::with_capacity(text.as_ref().len());
    for c in text.as_ref().chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '$' => safe.extend(['\\', c]),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Total;
    use crate::report::page::{Bar, Column};

    #[test]
    fn names_neither_end_a_cell_nor_begin_markup() {
        let rows = vec![vec![Cell::from("a|b\n# *c* <i>")]];
        let table = Table {
            caption: String::new(),
            columns: vec![Column::text("Product")],
            rows,
        };
        assert_eq!(
            super::table(&table),
            "| Product |\n| --- |\n| a\\|b \\# \\*c\\* &lt;i&gt; |\n"
        );
    }

    #[test]
    fn columns_are_blocks() {
        let bar = |text: &str| Bar {
            label: text.to_owned(),
            tick: None,
            value: Total::parse(text),
            line: None,
            marked: false,
        };
        let chart = |bars| Chart {
            caption: "c".to_owned(),
            description: String::new(),
            axes: ["Day", "Revenue"],
            bars,
            line: None,
        };
        let text = super::chart(&chart(vec![
            bar("10.00"),
            bar("-5.00"),
            bar("0.10"),
            bar("none"),
        ]));
        let lines: Vec<_> = text.lines().skip(4).collect();
        let full = "█".repeat(24);
        let half = "█".repeat(12);
        assert_eq!(
            lines,
            [
                format!("| 10.00 | 10.00 | {full} |"),
                format!("| -5.00 | -5.00 | {half} |"),
                "| 0.10 | 0.10 |  |".to_owned()
            ]
        );
        assert!(super::chart(&chart(vec![bar("0.00")])).ends_with("| 0.00 | 0.00 |  |\n"));
    }
}
