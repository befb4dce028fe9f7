//! Tables for humans.

/// Room that a text keeps at least, if it needs it: less tells nothing.
const LEAST: usize = 12;

/// Lays out `rows` under `header` in at most `width` characters a line. The columns that are
/// `right` aligned hold numbers, which are never cut. Texts and names that do not fit are cut
/// with `…`; columns that still do not fit are left out, with a line that says how many.
pub fn table(header: &[&str], right: &[bool], rows: &[Vec<String>], width: usize) -> String {
    let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
    let longest = |column: usize, rows: &[Vec<String>]| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let mut widths = Vec::with_capacity(header.len());
    for (column, (name, right)) in header.iter().zip(right).enumerate() {
        let cells = longest(column, rows);
        let full = cells.max(name.chars().count());
        let least = if *right { cells.max(4) } else { LEAST };
        widths.push((full, least.min(full)));
    }
    let widths = fit(widths, width);

    let mut text = String::new();
    line(&mut text, &header, right, &widths);
    let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
    line(&mut text, &rule, right, &widths);
    for row in rows {
        line(&mut text, row, right, &widths);
    }
    match header.len() - widths.len() {
        0 => {}
        1 => text.push_str("(and 1 more column)\n"),
        more => text.push_str(&format!("(and {more} more columns)\n")),
    }
    text
}

/// Takes columns from the end until the least widths fit, then room from the widest column
/// until all fit. `columns` are full and least widths.
fn fit(mut columns: Vec<(usize, usize)>, width: usize) -> Vec<usize> {
    let gaps = |count: usize| 2 * count.saturating_sub(1);
    let least = |columns: &[(usize, usize)]| columns.iter().map(|(_, least)| least).sum::<usize>();
    while columns.len() > 1 && least(&columns) + gaps(columns.len()) > width {
        columns.pop();
    }
    let room = width.saturating_sub(gaps(columns.len()));
    while columns.iter().map(|(full, _)| full).sum::<usize>() > room {
        let shrinkable = columns.iter_mut().filter(|(full, least)| full > least);
        match shrinkable.max_by_key(|(full, _)| *full) {
            Some((widest, _)) => *widest -= 1,
            None => break,
        }
    }
    columns.into_iter().map(|(full, _)| full).collect()
}

fn line(text: &mut String, cells: &[String], right: &[bool], widths: &[usize]) {
    let mut line = String::new();
    for ((cell, right), width) in cells.iter().zip(right).zip(widths) {
        if !line.is_empty() {
            line.push_str("  ");
        }
        let cell = clean(cell, *width);
        line.push_str(&match right {
            true => format!("{cell:>width$}"),
            false => format!("{cell:width$}"),
        });
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

/// The cell in one line of at most `width` characters.
fn clean(cell: &str, width: usize) -> String {
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    if cell.chars().count() <= width {
        return cell.chars().map(visible).collect();
    }
    let kept = cell.chars().take(width.saturating_sub(1)).map(visible);
    kept.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        let row = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
        rows.iter().map(row).collect()
    }

    #[test]
    fn numbers_stand_to_the_right() {
        let rows = rows(&[&["Idli", "1.50"], &["Masala\nDosa", "1250.00"]]);
        let text = table(&["product", "total"], &[false, true], &rows, 80);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "product        total");
        assert_eq!(lines[1], "───────────  ───────");
        assert_eq!(lines[2], "Idli            1.50");
        assert_eq!(lines[3], "Masala Dosa  1250.00");
    }

    #[test]
    fn wide_texts_are_cut_and_numbers_are_not() {
        let long = "x".repeat(300);
        let rows = rows(&[&[&long, "12345678901234567890.1234", &long]]);
        let text = table(
            &["a", "a_long_name_of_a_number_column", "c"],
            &[false, true, false],
            &rows,
            40,
        );
        assert!(
            text.lines().all(|line| line.chars().count() <= 40),
            "{text}"
        );
        assert!(
            text.contains("12345678901234567890.1234") && text.contains("xxx…"),
            "{text}"
        );
    }

    #[test]
    fn columns_that_do_not_fit_are_counted() {
        let names: Vec<String> = (0..40).map(|at| format!("c{at}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let cells = vec!["12345678".to_owned(); 40];
        let text = table(&names, &[true; 40], &[cells], 80);
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        // Eight columns of 8 and seven gaps of 2 are 78.
        assert!(text.ends_with("(and 32 more columns)\n"), "{text}");
    }
}
