//! A report as one HTML page with nothing outside of it: style and charts are in it, and there is
//! no script.

use super::page::{Cell, Chart, Page, Part, Section, Table, Tile, Tone};
use super::svg;

const STYLE: &str = include_str!("style.css");
/// What a browser may do with the page, should a name ever get through: nothing but its style.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The page.
pub fn write(page: &Page) -> String {
    let [title, date, about, footer] =
        [page.title, &page.date, &page.about, &page.footer].map(escaped);
    let notes: String = page
        .notes
        .iter()
        .map(|note| paragraph("note", note))
        .collect();
    let tiles: String = page.tiles.iter().map(tile).collect();
    let sections: String = page.sections.iter().map(section).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}, {date}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>{title}</h1>\n<p class=\"date\">{date}</p>\n<p class=\"about\">{about}</p>\n\
         {notes}</header>\n<main>\n<dl class=\"tiles\">\n{tiles}</dl>\n{sections}</main>\n\
         <footer><p>{footer}</p></footer>\n</body>\n</html>\n"
    )
}

fn paragraph(class: &str, text: &str) -> String {
    format!("<p class=\"{class}\">{}</p>\n", escaped(text))
}

fn tile(tile: &Tile) -> String {
    let change = tile.change.as_ref();
    let change =
        change.map(|(text, tone)| format!("<dd class=\"change\">{}</dd>", toned(text, *tone)));
    format!(
        "<div><dt>{}</dt><dd class=\"value\">{}</dd>{}</div>\n",
        escaped(tile.label),
        escaped(&tile.value),
        change.unwrap_or_default()
    )
}

fn section(section: &Section) -> String {
    let parts: String = section.parts.iter().map(part).collect();
    let class = if section.half { " class=\"half\"" } else { "" };
    format!(
        "<section id=\"{}\"{class}>\n<h2>{}</h2>\n{parts}</section>\n",
        section.id,
        escaped(&section.title)
    )
}

fn part(part: &Part) -> String {
    match part {
        Part::Text(text) => paragraph("text", text),
        Part::Command(text) => format!("<p class=\"text\"><code>{}</code></p>\n", escaped(text)),
        Part::Table(table) => scrolling(table),
        Part::Chart(chart) => self::chart(chart),
    }
}

/// A table that may be wider than a phone, and is then moved by touch or keys.
fn scrolling(table: &Table) -> String {
    format!(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{}\">\n{}</div>\n",
        escaped(&table.caption),
        self::table(table)
    )
}

fn table(table: &Table) -> String {
    let class = |at: usize| match table.columns.get(at) {
        Some(column) if column.number => " class=\"number\"",
        _ => "",
    };
    let head = table.columns.iter().enumerate();
    let head: String = head
        .map(|(at, column)| {
            format!(
                "<th scope=\"col\"{}>{}</th>",
                class(at),
                escaped(column.name)
            )
        })
        .collect();
    // Figures stand under each other, whether a change stands beside them or not.
    let noted = |at: usize| {
        table
            .rows
            .iter()
            .any(|row| row.get(at).is_some_and(|cell| cell.note.is_some()))
    };
    let noted: Vec<bool> = (0..table.columns.len()).map(noted).collect();
    let rows = table.rows.iter().map(|row| {
        let cells = row.iter().enumerate().map(|(at, cell)| match at {
            0 => format!("<th scope=\"row\">{}</th>", self::cell(cell, false)),
            _ => {
                let noted = noted.get(at) == Some(&true);
                format!("<td{}>{}</td>", class(at), self::cell(cell, noted))
            }
        });
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    });
    format!(
        "<table>\n<caption>{}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{}</tbody>\n\
         </table>\n",
        escaped(&table.caption),
        rows.collect::<String>()
    )
}

/// A cell; with room for a note, if others of its column are `noted`.
fn cell(cell: &Cell, noted: bool) -> String {
    // Names of products and stores keep their own direction.
    let mut text = format!("<bdi>{}</bdi>", escaped(&cell.text));
    match &cell.note {
        Some((note, tone)) => text.push_str(&format!(" <small>{}</small>", toned(note, *tone))),
        None if noted => text.push_str(" <small></small>"),
        None => {}
    }
    if let Some(bar) = cell.bar {
        text.push_str(&svg::bar(bar));
    }
    text
}

/// A change with a sign of its tone that is no colour.
fn toned(text: &str, tone: Tone) -> String {
    let text = escaped(text);
    match tone {
        Tone::Good => format!("<span class=\"good\">{text}</span>"),
        Tone::Bad => format!("<span class=\"bad\">{text}</span>"),
        Tone::Plain => text,
    }
}

/// A chart, and its figures for who wants to read them.
fn chart(chart: &Chart) -> String {
    let mut columns = chart.axes.to_vec();
    columns.extend(chart.line);
    let head: String = columns
        .iter()
        .map(|name| format!("<th scope=\"col\">{}</th>", escaped(name)))
        .collect();
    let drawn = chart.bars.iter().filter(|bar| bar.value.is_some());
    let rows = drawn.map(|bar| {
        let mut values = vec![bar.value];
        values.extend(chart.line.map(|_| bar.line));
        let cells = values.into_iter().map(|value| {
            let text = Cell::of(value).text;
            format!("<td class=\"number\">{}</td>", escaped(&text))
        });
        let label = escaped(&bar.label);
        format!(
            "<tr><th scope=\"row\">{label}</th>{}</tr>\n",
            cells.collect::<String>()
        )
    });
    let key = chart.line.map(|name| {
        format!(
            " <span class=\"key\"><span class=\"sample\"></span>{}</span>",
            escaped(name)
        )
    });
    let caption = escaped(&chart.caption);
    format!(
        "<figure>\n<figcaption>{caption}{}</figcaption>\n{}\n<details><summary>Figures</summary>\n\
         <table>\n<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{}</tbody>\n\
         </table>\n</details>\n</figure>\n",
        key.unwrap_or_default(),
        svg::draw(chart),
        rows.collect::<String>()
    )
}

/// A text that stays text, in content and in attributes; control characters become blanks.
pub fn escaped(text: impl AsRef<str>) -> String {
    let mut safe = String::with_capacity(text.as_ref().len());
    for c in text.as_ref().chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::page::Column;

    #[test]
    fn no_name_becomes_markup() {
        let hostile = "<script>alert(1)</script>\" onload='x' & \u{7}";
        let table = Table {
            caption: hostile.to_owned(),
            columns: vec![Column::text("Product")],
            rows: vec![vec![Cell {
                note: Some((hostile.to_owned(), Tone::Good)),
                ..Cell::from(hostile)
            }]],
        };
        let html = scrolling(&table);
        assert!(
            !html.contains("<script") && !html.contains('\u{7}'),
            "{html}"
        );
        assert_eq!(
            html.matches("&lt;script&gt;alert(1)&lt;/script&gt;")
                .count(),
            4
        );
        assert!(
            html.contains("aria-label=\"&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;")
        );
    }
}
