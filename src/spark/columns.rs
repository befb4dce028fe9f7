//! Columns of Parquet as the texts that cleaning reads, as [`crate::source::columns`] has them.

use std::collections::{BTreeMap, HashSet};

use arrow::datatypes::{DataType, Schema, TimeUnit};

use super::clean::text::{literal, name, pattern, with};
use crate::error::{Error, Result};

/// What Spark calls its own column of a file's name.
const METADATA: &str = "_metadata";

/// Refuses the file `path` if Spark cannot read a column of it.
///
/// # Errors
/// [`Error::Usage`] that names the first such column.
pub fn check(schema: &Schema, path: &str) -> Result<()> {
    let mut known = HashSet::new();
    for field in schema.fields() {
        let (column, kind) = (field.name(), field.data_type());
        let why = match kind {
            _ if !known.insert(column) => "of which there are two".to_owned(),
            _ if column == METADATA => "as it calls one of its own".to_owned(),
            DataType::Time32(_) | DataType::Time64(_) => "of times without a day".to_owned(),
            DataType::Float16 => "of floating-point numbers of 16 bits".to_owned(),
            DataType::Decimal256(digits, _) => format!("of decimals of {digits} digits"),
            _ => continue,
        };
        return Err(Error::Usage(format!(
            "{path}: Spark reads no column {column}, {why}; take --engine local"
        )));
    }
    Ok(())
}

/// What Spark reads: every column as `c0`, `c1` and so on, the row as JSON in `value`, and in
/// `is_text` whether all of it is text.
pub fn expressions(schema: &Schema) -> Vec<String> {
    let (mut columns, mut unchecked, mut object) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (at, field) in schema.fields().iter().enumerate() {
        let text = as_text(&name(field.name()), field.data_type());
        if is_binary(field.data_type()) {
            unchecked.push(format!("COALESCE(is_valid_utf8({text}), TRUE)"));
        }
        if !field.data_type().is_nested() {
            let member = format!("{}, NULLIF({text}, '')", literal(field.name()));
            object.insert(field.name(), member);
        }
        columns.push(format!("{text} AS c{at}"));
    }
    let object: Vec<_> = object.into_values().collect();
    columns.push(format!(
        "to_json(named_struct({})) AS value",
        object.join(", ")
    ));
    let is_text = match unchecked.as_slice() {
        [] => "TRUE".to_owned(),
        all => all.join(" AND "),
    };
    columns.push(format!("{is_text} AS is_text"));
    columns
}

fn is_binary(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, values) => is_binary(values),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => true,
        DataType::FixedSizeBinary(_) => true,
        _ => false,
    }
}

fn as_text(column: &str, kind: &DataType) -> String {
    let text = format!("CAST({column} AS STRING)");
    match kind {
        kind if kind.is_nested() => "CAST(NULL AS STRING)".to_owned(),
        DataType::Null => "CAST(NULL AS STRING)".to_owned(),
        // With an exponent outside of these bounds, as elsewhere in this program.
        DataType::Float32 => float(column, "FLOAT", 6, ("1E-6BD", "1E13BD")),
        DataType::Float64 => float(column, "DOUBLE", 15, ("1E-5BD", "1E16BD")),
        // Written as days by some, and by others as the milliseconds that they are.
        DataType::Date64 => time(&format!(
            "CAST(COALESCE(timestamp_millis(try_cast({text} AS BIGINT)), \
             try_cast({text} AS TIMESTAMP)) AS STRING)"
        )),
        // Those that were written as numbers of 64 bits come as such; the old ones of 96 as times.
        DataType::Timestamp(TimeUnit::Nanosecond, _) => time(&format!(
            "CAST(CASE typeof({column}) WHEN 'bigint' \
             THEN timestamp_micros(CAST({column} AS BIGINT) DIV 1000) \
             ELSE CAST({column} AS TIMESTAMP) END AS STRING)"
        )),
        DataType::Timestamp(..) => time(&text),
        _ => text,
    }
}

/// A time: to whole seconds, thousandths or millionths.
fn time(text: &str) -> String {
    let (one, two) = (
        pattern("[.][0-9]([0-9]{3})?\\z"),
        pattern("[.][0-9]{2}([0-9]{3})?\\z"),
    );
    with(
        "s",
        &format!("replace({text}, ' ', 'T')"),
        &format!(
            "CASE WHEN s RLIKE {one} THEN concat(s, '00') WHEN s RLIKE {two} THEN concat(s, '0') \
             ELSE s END"
        ),
    )
}

/// So many digits behind the first of a number; of two that are as near, the even one. A number of
/// 64 bits is as near to two of this length only from 1e17 on: more than money may be.
fn rounded(column: &str, kind: &str, digits: usize) -> String {
    let text = |number: &str| format!("format_string('%.{digits}e', {number})");
    if kind == "DOUBLE" {
        return text(column);
    }
    let is_even = pattern("[02468]e");
    let even = with(
        "d",
        &text(&format!("CAST({column} AS DOUBLE) * 0.999999999999999D")),
        &format!("CASE WHEN u = d OR u RLIKE {is_even} THEN u ELSE d END"),
    );
    with("u", &text(&format!("CAST({column} AS DOUBLE)")), &even)
}

/// A floating-point number with the fewest digits that tell it from others, with an exponent from
/// `most` on and below `least`. Java before 19 now and then writes a digit more than that needs, of
/// texts with more than `sure` digits.
fn float(column: &str, kind: &str, sure: usize, (least, most): (&str, &str)) -> String {
    let shorter = (sure - 1..sure + 2).map(|digits| {
        let text = rounded(column, kind, digits);
        format!(" WHEN length(j) > {sure} AND try_cast({text} AS {kind}) = {column} THEN {text}")
    });
    let shortest = with(
        "j",
        &format!("CAST({column} AS STRING)"),
        &format!(
            "lower(CASE{} ELSE j END)",
            shorter.collect::<Vec<_>>().concat()
        ),
    );
    let exact = "abs(try_cast(s AS DECIMAL(38, 21)))";
    let digits = with(
        "p",
        "trim(TRAILING '0' FROM CAST(CAST(s AS DECIMAL(38, 21)) AS STRING))",
        "CASE WHEN endswith(p, '.') THEN concat(p, '0') ELSE p END",
    );
    let mantissa = "trim(TRAILING '.' FROM trim(TRAILING '0' FROM substring_index(s, 'e', 1)))";
    with(
        "s",
        &shortest,
        &format!(
            "CASE WHEN s = 'nan' THEN 'NaN' WHEN endswith(s, 'infinity') THEN replace(s, 'inity', '') \
             WHEN NOT contains(s, 'e') THEN s WHEN {exact} >= {least} AND {exact} < {most} THEN {digits} \
             ELSE concat({mantissa}, 'e', CAST(substring_index(s, 'e', -1) AS INT)) END"
        ),
    )
}
