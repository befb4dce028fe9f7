//! CSV text into records: dialect, record ends and fields.
//!
//! Why not a general CSV reader: every byte must be accounted for. A record whose quoting is
//! broken ends at its first line's end and is one reject, so that a stray quote never
//! swallows the rows after it; and a record's raw text and line must be known.

use memchr::{memchr, memchr_iter, memchr2, memrchr};

use crate::record::{Mapping, Row};

/// A quoted field is closed within this many bytes of its record's start, else it is broken.
const MAX_QUOTED: usize = 1 << 20;
/// The separators that a header is searched for.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How one source is laid out.
#[derive(Debug)]
pub struct Layout {
    /// The separator of fields.
    pub delimiter: u8,
    /// Which column carries which field.
    pub mapping: Mapping,
}

/// The separator of a header line: the most frequent one outside quotes, first the comma.
pub fn sniff_delimiter(header: &[u8]) -> u8 {
    let mut counts = [0usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in header {
        if *byte == b'"' {
            quoted = !quoted;
        } else if !quoted && let Some(i) = DELIMITERS.iter().position(|d| d == byte) {
            counts[i] += 1;
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    let first = counts.iter().position(|count| *count == most);
    first.map_or(b',', |i| DELIMITERS[i])
}

/// How a record's quoting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// No quotes, or proper ones.
    Sound,
    /// A quote never closed, or text after a closing one.
    Broken,
}

/// One record at the start of some text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Where its content ends, without the line end.
    pub end: usize,
    /// Where the next record starts.
    pub next: usize,
    /// Whether it can be split into fields.
    pub quoting: Quoting,
}

/// One field of a record.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    start: usize,
    end: usize,
    /// Its text stands in the scratch buffer, with doubled quotes made one.
    unescaped: bool,
}

/// The fields of one record; its buffers are reused from record to record.
#[derive(Debug, Default)]
pub struct Fields {
    bounds: Vec<Bounds>,
    scratch: Vec<u8>,
}

/// A record split into fields.
#[derive(Debug)]
pub struct CsvRow<'a> {
    text: &'a [u8],
    fields: &'a Fields,
}

impl Row for CsvRow<'_> {
    #[inline]
    fn get(&self, column: usize) -> &[u8] {
        match self.fields.bounds.get(column) {
            Some(field) if field.unescaped => &self.fields.scratch[field.start..field.end],
            Some(field) => &self.text[field.start..field.end],
            None => b"",
        }
    }
}

impl Fields {
    /// How many fields the record has.
    pub fn count(&self) -> usize {
        self.bounds.len()
    }

    /// The record as a row.
    pub fn row<'a>(&'a self, text: &'a [u8]) -> CsvRow<'a> {
        CsvRow { text, fields: self }
    }

    /// Splits the record at the start of `text`; `None` when it is not complete. `complete`
    /// says that no text follows, `quotes` whether there may be quotes at all.
    #[inline]
    pub fn split(
        &mut self,
        text: &[u8],
        delimiter: u8,
        quotes: bool,
        complete: bool,
    ) -> Option<Span> {
        self.bounds.clear();
        self.scratch.clear();
        let line = line(text, complete)?;
        if !quotes || memchr(b'"', &text[..line.end]).is_none() {
            let mut start = 0;
            for end in memchr_iter(delimiter, &text[..line.end]) {
                self.push(start, end);
                start = end + 1;
            }
            self.push(start, line.end);
            return Some(line);
        }
        scan_quoted(text, line, delimiter, complete, |start, end, doubled| {
            if doubled {
                self.push_unescaped(&text[start..end]);
            } else {
                self.push(start, end);
            }
        })
    }

    #[inline]
    fn push(&mut self, start: usize, end: usize) {
        self.bounds.push(Bounds {
            start,
            end,
            unescaped: false,
        });
    }

    fn push_unescaped(&mut self, text: &[u8]) {
        let start = self.scratch.len();
        let mut rest = text;
        while let Some(quote) = memchr(b'"', rest) {
            self.scratch.extend_from_slice(&rest[..=quote]);
            rest = rest.get(quote + 2..).unwrap_or(b"");
        }
        self.scratch.extend_from_slice(rest);
        self.bounds.push(Bounds {
            start,
            end: self.scratch.len(),
            unescaped: true,
        });
    }
}

/// How many bytes of `text` are whole records, when more text may follow.
pub fn complete_prefix(text: &[u8], delimiter: u8) -> usize {
    if memchr(b'"', text).is_none() {
        return memrchr(b'\n', text).map_or(0, |i| i + 1);
    }
    let mut done = 0;
    while let Some(span) = next_record(&text[done..], delimiter) {
        done += span.next;
    }
    done
}

fn next_record(text: &[u8], delimiter: u8) -> Option<Span> {
    let line = line(text, false)?;
    if memchr(b'"', &text[..line.end]).is_none() {
        return Some(line);
    }
    scan_quoted(text, line, delimiter, false, |_, _, _| {})
}

/// The first line as a record without quotes.
#[inline]
fn line(text: &[u8], complete: bool) -> Option<Span> {
    let (end, next) = match memchr(b'\n', text) {
        Some(end) => (end, end + 1),
        None if complete => (text.len(), text.len()),
        None => return None,
    };
    let end = end - usize::from(text[..end].last() == Some(&b'\r'));
    Some(Span {
        end,
        next,
        quoting: Quoting::Sound,
    })
}

/// Splits a record that holds quotes; `field(start, end, doubled)` is called for each field.
fn scan_quoted(
    text: &[u8],
    first_line: Span,
    delimiter: u8,
    complete: bool,
    mut field: impl FnMut(usize, usize, bool),
) -> Option<Span> {
    let broken = Some(Span {
        quoting: Quoting::Broken,
        ..first_line
    });
    let mut start = 0;
    loop {
        if text.get(start) != Some(&b'"') {
            match memchr2(delimiter, b'\n', &text[start..]).map(|i| start + i) {
                Some(end) if text[end] == delimiter => {
                    field(start, end, false);
                    start = end + 1;
                    continue;
                }
                None if !complete => return None,
                found => {
                    let line = line(&text[start..], complete)?;
                    let end = start + line.end;
                    field(start, end, false);
                    let next = found.map_or(text.len(), |newline| newline + 1);
                    return Some(Span {
                        end,
                        next,
                        quoting: Quoting::Sound,
                    });
                }
            }
        }
        let (close, doubled) = match closing_quote(text, start + 1, complete) {
            Close::At(close, doubled) => (close, doubled),
            Close::Never => return broken,
            Close::Unknown => return None,
        };
        let next = match &text[close + 1..] {
            [] | [b'\r'] if complete => text.len(),
            [] | [b'\r'] => return None,
            [b'\n', ..] => close + 2,
            [b'\r', b'\n', ..] => close + 3,
            [byte, ..] if *byte == delimiter => {
                field(start + 1, close, doubled);
                start = close + 2;
                continue;
            }
            _ => return broken,
        };
        field(start + 1, close, doubled);
        return Some(Span {
            end: close + 1,
            next,
            quoting: Quoting::Sound,
        });
    }
}

enum Close {
    /// Where, and whether doubled quotes stand before it.
    At(usize, bool),
    Never,
    /// More text is needed.
    Unknown,
}

fn closing_quote(text: &[u8], mut from: usize, complete: bool) -> Close {
    let limit = text.len().min(MAX_QUOTED);
    let mut doubled = false;
    loop {
        let found = text.get(from..limit).and_then(|rest| memchr(b'"', rest));
        let Some(quote) = found.map(|i| from + i) else {
            return if complete || text.len() >= MAX_QUOTED {
                Close::Never
            } else {
                Close::Unknown
            };
        };
        match text.get(quote + 1) {
            Some(b'"') => {
                doubled = true;
                from = quote + 2;
            }
            None if !complete => return Close::Unknown,
            _ => return Close::At(quote, doubled),
        }
    }
}

#[cfg(test)]
mod tests;
