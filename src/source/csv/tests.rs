use super::*;
use proptest::prelude::*;

/// Every record of `text`: its fields, or its raw text when its quoting is broken.
fn records(text: &str) -> Vec<Result<Vec<String>, String>> {
    let bytes = text.as_bytes();
    let mut fields = Fields::default();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let span = fields.split(rest, b',', true, true).expect("complete");
        let utf8 = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        found.push(match span.quoting {
            Quoting::Sound => {
                let row = fields.row(rest);
                Ok((0..fields.count()).map(|i| utf8(row.get(i))).collect())
            }
            Quoting::Broken => Err(utf8(&rest[..span.end])),
        });
        at += span.next;
    }
    found
}

fn row(fields: &[&str]) -> Result<Vec<String>, String> {
    Ok(fields.iter().map(|f| (*f).to_owned()).collect())
}

#[test]
fn splits_plain_and_quoted_records() {
    assert_eq!(
        records("a,b\r\nc,,d"),
        [row(&["a", "b"]), row(&["c", "", "d"])]
    );
    assert_eq!(
        records("\"a,b\",\"c\"\"d\"\n\"\",x\r\n"),
        [row(&["a,b", "c\"d"]), row(&["", "x"])]
    );
    assert_eq!(
        records("\"a\nb\",c\nd,e"),
        [row(&["a\nb", "c"]), row(&["d", "e"])]
    );
    assert_eq!(records("7\" frame,1\n"), [row(&["7\" frame", "1"])]);
    assert_eq!(records("x,\"y\""), [row(&["x", "y"])]);
    assert_eq!(records("x,\"\"\"\"\r\n"), [row(&["x", "\""])]);
}

#[test]
fn broken_quoting_costs_one_line() {
    assert_eq!(
        records("1,\"open\n2,b\n3,c\n"),
        [Err("1,\"open".into()), row(&["2", "b"]), row(&["3", "c"])]
    );
    assert_eq!(
        records("1,\"open\n2,\"fine\"\n"),
        [Err("1,\"open".into()), row(&["2", "fine"])]
    );
    assert_eq!(
        records("1,\"a\"b,2\nx,y"),
        [Err("1,\"a\"b,2".into()), row(&["x", "y"])]
    );
    assert_eq!(records("1,\"open"), [Err("1,\"open".into())]);
}

#[test]
fn a_quote_open_for_longer_than_a_field_may_be_is_broken() {
    let text = format!("1,\"open\n{}2,\"x\"\n", "filler,1\n".repeat(200_000));
    let found = records(&text);
    assert_eq!(found[0], Err("1,\"open".into()));
    assert_eq!(found.len(), 200_002);
    assert!(complete_prefix(text.as_bytes(), b',') == text.len());
}

#[test]
fn delimiters_are_found_in_the_header() {
    for (header, delimiter) in [
        ("a,b,c", b','),
        ("a;b,c;d", b';'),
        ("a\tb", b'\t'),
        ("a|b|c", b'|'),
        ("\"x;y;z\",b", b','),
        ("single", b','),
    ] {
        assert_eq!(sniff_delimiter(header.as_bytes()), delimiter, "{header}");
    }
}

proptest! {
    /// What the csv crate writes we read back, and cutting the text anywhere changes nothing.
    #[test]
    fn reads_what_the_csv_crate_writes(
        table in prop::collection::vec(prop::collection::vec("[a,\"\n\r; é]{0,6}", 2..5), 1..8),
        cut in 0usize..1000,
    ) {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        for fields in &table {
            writer.write_record(fields).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let expected: Vec<_> = table.into_iter().map(Ok).collect();
        prop_assert_eq!(records(&text), expected);

        let cut = cut % (text.len() + 1);
        let done = complete_prefix(&text.as_bytes()[..cut], b',');
        prop_assert!(done <= cut);
        if text.is_char_boundary(done) {
            let mut halves = records(&text[..done]);
            halves.extend(records(&text[done..]));
            prop_assert_eq!(halves, records(&text));
        }
    }

    /// Where the text is dirty, cutting it still changes nothing and no byte is lost.
    #[test]
    fn cutting_dirty_text_changes_nothing(text in "[ab,\"\n]{0,60}", cut in 0usize..60) {
        let cut = cut.min(text.len());
        let done = complete_prefix(&text.as_bytes()[..cut], b',');
        let mut halves = records(&text[..done]);
        halves.extend(records(&text[done..]));
        prop_assert_eq!(halves, records(&text));
    }
}
