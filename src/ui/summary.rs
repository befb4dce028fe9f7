//! The summary of a run.

use serde::Serialize;

/// Columns of a line on stdout.
const WIDTH: usize = 80;

/// What a command has to tell at its end: as JSON by its fields, for humans by its lines.
pub trait Summary: Serialize {
    /// Labels and values, in the order in which they are read.
    fn lines(&self) -> Vec<(&'static str, String)>;
}

/// The lines as a table of two columns that fits 80 columns; long values are wrapped.
pub(super) fn render(lines: &[(&str, String)]) -> String {
    let length = |text: &str| text.chars().count();
    let label = lines
        .iter()
        .map(|(label, _)| length(label))
        .max()
        .unwrap_or(0);
    let room = WIDTH.saturating_sub(label + 2).max(1);
    let mut text = String::new();
    for (name, value) in lines {
        let mut name = *name;
        for part in wrap(value, room) {
            text.push_str(format!("{name:label$}  {part}").trim_end());
            text.push('\n');
            name = "";
        }
    }
    text
}

/// Breaks `value` at blanks into parts of at most `room` characters; a longer word is cut.
fn wrap(value: &str, room: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut used = 0;
    for word in value.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        if used > 0 && used + 1 + word.len() > room {
            parts.push(String::new());
            used = 0;
        } else if used > 0 {
            word.insert(0, ' ');
        }
        for (at, piece) in word.chunks(room).enumerate() {
            if at > 0 {
                parts.push(String::new());
                used = 0;
            }
            if let Some(last) = parts.last_mut() {
                last.extend(piece);
            }
            used += piece.len();
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_under_each_other() {
        let lines = [("files", "14"), ("grand total", "333734.73")];
        let lines = lines.map(|(label, value)| (label, value.to_owned()));
        assert_eq!(render(&lines), "files        14\ngrand total  333734.73\n");
        assert_eq!(render(&[]), "");
    }

    #[test]
    fn no_line_is_wider_than_80() {
        let word = "x".repeat(200);
        let value = format!("{word} {}", "abc ".repeat(60));
        let text = render(&[("mapping", value), ("größe", word)]);
        assert!(text.lines().count() > 6);
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        let letters = |text: &str| text.chars().filter(|c| *c == 'x').count();
        assert_eq!(letters(&text), 400);
    }
}
