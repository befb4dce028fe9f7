//! CSV text into fields, as [`crate::source::csv`] splits it.

use super::text::{literal, pattern};

/// How the lines of a file are split.
#[derive(Debug, Clone, Copy)]
pub struct Fields {
    delimiter: char,
}

impl Fields {
    /// Fields with this byte of ASCII between them.
    pub fn new(delimiter: u8) -> Self {
        Self {
            delimiter: char::from(delimiter),
        }
    }

    /// The delimiter in a pattern, alone or in a class.
    fn escaped(self) -> String {
        format!("\\x{:02x}", u32::from(self.delimiter))
    }

    /// A field in quotes. Possessive, so that nothing is tried twice and no stack is used.
    const QUOTED: &str = "\"[^\"]*+(?:\"\"[^\"]*+)*+\"";

    /// A field without, which may hold quotes but not begin with one.
    fn bare(self) -> String {
        let d = self.escaped();
        format!("(?:[^\"{d}\\n][^{d}\\n]*+)?")
    }

    /// Of a record with so many fields that trying them again would use up Java's stack, each is
    /// taken once, too: what follows a field is never a part of it.
    fn record(self) -> String {
        let (bare, d) = (self.bare(), self.escaped());
        let field = format!("(?:{}|{bare})", Self::QUOTED);
        format!("{field}(?:{d}{field})*+")
    }

    /// Whether a line ends within quotes: what follows may belong to it.
    pub fn is_open(self, line: &str) -> String {
        let (bare, d) = (self.bare(), self.escaped());
        let open = pattern(&format!(
            "\\A(?:(?:{}|{bare}){d})*+\"[^\"]*+(?:\"\"[^\"]*+)*+\\z",
            Self::QUOTED
        ));
        format!("(contains({line}, '\"') AND {line} RLIKE {open})")
    }

    /// Whether the quoting of a record is broken.
    pub fn is_broken(self, record: &str) -> String {
        let sound = pattern(&format!("\\A{}\\z", self.record()));
        format!("(contains({record}, '\"') AND NOT {record} RLIKE {sound})")
    }

    /// The records of a whole text, with their line ends: sound ones, which may hold line ends, and
    /// else single lines.
    pub fn records(self, text: &str) -> String {
        let record = pattern(&format!(
            "{}\\r?(?:\\n|\\z)|[^\\n]*+(?:\\n|\\z)",
            self.record()
        ));
        format!("regexp_extract_all({text}, {record}, 0)")
    }

    /// The fields of a record whose quoting is not broken.
    pub fn split(self, record: &str) -> String {
        let (bare, d) = (self.bare(), self.escaped());
        // Of one plain character Java makes no pattern.
        let between = match self.delimiter {
            ',' | ';' | '\t' => self.delimiter.to_string(),
            other => format!("\\{other}"),
        };
        let plain = format!("split({record}, {})", literal(&between));
        let field = pattern(&format!("{d}({}|{bare})", Self::QUOTED));
        // With a delimiter before the first, each field comes after one.
        let all = format!(
            "regexp_extract_all(concat({}, {record}), {field}, 1)",
            literal(&self.delimiter.to_string())
        );
        let unquoted = "f -> CASE WHEN startswith(f, '\"') \
                        THEN replace(substr(f, 2, length(f) - 2), '\"\"', '\"') ELSE f END";
        format!(
            "CASE WHEN contains({record}, '\"') THEN transform({all}, {unquoted}) ELSE {plain} END"
        )
    }
}
