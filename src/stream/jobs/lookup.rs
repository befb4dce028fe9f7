//! Files that a job looks things up in: two columns of a CSV, or of JSON lines.

use std::collections::{BTreeMap, HashMap};

use serde_json::value::RawValue;

use super::setup::Setup;
use crate::error::{Error, Result};
use crate::record::field::normalise;
use crate::source::csv::sniff_delimiter;

/// Values by key, as they are written; blank ones are left out.
pub type Lookup = HashMap<Box<[u8]>, Box<str>>;

/// The columns `key` and `value` of the file that the setting names; none where it is blank.
///
/// # Errors
/// [`Error::Data`] where the file lacks a column, cannot be read, or tells two values of one key.
pub fn lookup(
    setup: &Setup,
    setting: &'static str,
    key: &str,
    value: &str,
) -> Result<Option<Lookup>> {
    let Some(content) = setup.read(setting)? else {
        return Ok(None);
    };
    let place = setup.text(setting);
    let mut found = Lookup::new();
    let mut put = |number: usize, one: &str, other: &str| match (one.trim(), other.trim()) {
        ("", _) | (_, "") => Ok(()),
        (one, other) => match found.insert(one.as_bytes().into(), other.into()) {
            Some(before) if *before != *other => {
                let what = format!("{key} {one} has {value} {before} before, and {other} here");
                Err(Error::data(format!("{place}:{number}"), what))
            }
            _ => Ok(()),
        },
    };
    let text = content.trim_ascii_start();
    match text.first() {
        Some(b'{') => lines(text, place, (key, value), &mut put)?,
        _ => table(&content, place, (key, value), &mut put)?,
    }
    Ok(Some(found))
}

/// Takes a line's number, key and value.
type Put<'a> = dyn FnMut(usize, &str, &str) -> Result<()> + 'a;

fn table(content: &[u8], place: &str, names: (&str, &str), put: &mut Put<'_>) -> Result<()> {
    let wrong = |e: csv::Error| Error::data(place, e.to_string());
    let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content);
    if content.trim_ascii().is_empty() {
        return Err(Error::data(place, "is empty"));
    }
    let first = content.split(|byte| *byte == b'\n').next();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(sniff_delimiter(first.unwrap_or_default()))
        .from_reader(content);
    let header = reader.headers().map_err(wrong)?.clone();
    let column = |name: &str| {
        let mut all = header.iter();
        let found = all.position(|column| normalise(column) == normalise(name));
        found.ok_or_else(|| {
            let header: Vec<_> = header.iter().collect();
            let header = header.join(", ");
            Error::data(
                place,
                format!("there is no column {name}; its columns are {header}"),
            )
        })
    };
    let (key, value) = (column(names.0)?, column(names.1)?);
    for record in reader.records() {
        let record = record.map_err(wrong)?;
        let number = record.position().map_or(0, csv::Position::line);
        let cell = |column| record.get(column).unwrap_or_default();
        put(
            usize::try_from(number).unwrap_or_default(),
            cell(key),
            cell(value),
        )?;
    }
    Ok(())
}

fn lines(content: &[u8], place: &str, names: (&str, &str), put: &mut Put<'_>) -> Result<()> {
    let lines = content.split(|byte| *byte == b'\n').enumerate();
    for (number, line) in lines.filter(|(_, line)| !line.trim_ascii().is_empty()) {
        let place = || format!("{place}:{}", number + 1);
        let wrong = |e: serde_json::Error| Error::data(place(), e.to_string());
        let object: BTreeMap<String, &RawValue> = serde_json::from_slice(line).map_err(wrong)?;
        let cell = |name: &str| {
            let mut all = object.iter();
            let found = all.find(|(column, _)| normalise(column) == normalise(name));
            // Numbers stay as they are written.
            match found.map(|(_, value)| value.get()) {
                Some("null") => Ok(String::new()),
                Some(text) if text.starts_with('"') => serde_json::from_str(text).map_err(wrong),
                Some(text) => Ok(text.to_owned()),
                None => Err(Error::data(place(), format!("there is no {name}"))),
            }
        };
        put(number + 1, &cell(names.0)?, &cell(names.1)?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::jobs::list::find;

    fn look(name: &str, content: &str) -> Result<Option<Lookup>> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        let spec = find("orders").expect("a job").spec;
        let set = [format!("orders.customers={}", path.display())];
        let setup = Setup::new(spec, &set, None).expect("a setup");
        lookup(&setup, "customers", "customer_id", "state")
    }

    #[test]
    fn csv_and_json_lines_say_the_same() {
        let csv = "\u{feff}State,Name,Customer ID\nCA,\"A, B\",1\n NY ,C,2\n,D,3\n";
        let other = "customer_id;state\r\n1;CA\r\n2;NY\r\n";
        let json = r#"
            {"customer_id": 1, "state": "CA"}
            {"state": "N\u0059", "customer_id": "2"}
            {"customer_id": 3, "state": null}"#;
        for (name, content) in [("c.csv", csv), ("d.csv", other), ("c.jsonl", json)] {
            let found = look(name, content).expect("it reads").expect("a file");
            assert_eq!(found.len(), 2, "{name}");
            assert_eq!(&*found[&b"1"[..]], "CA", "{name}");
            assert_eq!(&*found[&b"2"[..]], "NY", "{name}");
        }
    }

    #[test]
    fn what_cannot_be_looked_up_is_told() {
        for (content, told) in [
            ("customer_id,land\n1,CA\n", "there is no column state"),
            (
                "customer_id,state\n1,CA\n1,NY\n",
                ":3: customer_id 1 has state CA before, and NY here",
            ),
            ("{\"customer_id\":1}\n", ":1: there is no state"),
            ("{\"customer_id\":1,}\n", ":1: "),
        ] {
            let error = look("c", content).expect_err("an error").to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
