//! What comes from standard input: JSON lines, or CSV.

use std::io::{self, Read};

use memchr::memchr;
use serde::de::IgnoredAny;

use crate::error::{Error, Result};
use crate::source::input::STDIN;

/// What is looked at before it is taken for CSV.
const ENOUGH: usize = 1 << 20;

/// Reads the start of `stdin` and says whether it is JSON lines; gives what was read. A broken
/// event may come first, so the first line with anything in it decides if it is an object or any
/// other JSON, and else a later line that begins an object.
///
/// # Errors
/// When it cannot be read, or is packed.
pub fn sniff(stdin: &mut impl Read) -> Result<(Vec<u8>, bool)> {
    let mut head = Vec::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        let read = match stdin.read(&mut piece) {
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(Error::io("read", STDIN, e)),
        };
        head.extend_from_slice(&piece[..read]);
        if head.starts_with(&[0x1f, 0x8b]) {
            let what = "is packed by gzip; unpack it first: zcat FILE | retail …";
            return Err(Error::data(STDIN, what));
        }
        if let Some(is_json) = is_json(&head, read == 0 || head.len() >= ENOUGH) {
            return Ok((head, is_json));
        }
    }
}

/// None while that does not show yet, which it does once it `ended`.
fn is_json(head: &[u8], ended: bool) -> Option<bool> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = text.trim_ascii_start();
    let begins = |line: &[u8]| line.trim_ascii_start().starts_with(b"{");
    if begins(text) {
        return Some(true);
    }
    let line = match memchr(b'\n', text) {
        Some(end) => &text[..end],
        None if ended => text,
        None => return None,
    };
    let json = serde_json::from_slice::<IgnoredAny>(line).is_ok();
    Some(json || text.split(|byte| *byte == b'\n').any(begins))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_with_anything_in_it_decides() {
        for (text, expected) in [
            ("{\"a\":1}\n", true),
            ("\u{feff}{\"a\":1}", true),
            ("\n \r\n{\"a\":1}", true),
            ("\"no sale\"\n{\"a\":1}\n", true),
            ("[1]\n", true),
            ("poison\n{\"a\":1}\n", true),
            ("product,amount\nTea,1\n", false),
            ("\"product\",\"amount\"\nTea,1\n", false),
            ("", false),
            ("\n", false),
        ] {
            let (head, found) = sniff(&mut text.as_bytes()).unwrap();
            assert_eq!((head.as_slice(), found), (text.as_bytes(), expected));
        }
    }

    #[test]
    fn it_waits_for_the_whole_first_line() {
        let text = b"\"no ".chain(&b"sale\"\n"[..]);
        assert!(sniff(&mut { text }).unwrap().1);
    }

    #[test]
    fn packed_input_says_how_to_unpack_it() {
        let error = sniff(&mut &[0x1f, 0x8b, 8, 0][..]).unwrap_err();
        assert!(error.to_string().contains("zcat"), "{error}");
    }
}
