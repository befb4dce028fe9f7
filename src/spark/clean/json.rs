//! JSON lines into columns, as [`crate::source::json`] reads them.
//!
//! Spark's parser takes more than JSON, and less: where it may differ, the line is not told to be
//! plain, and is read here.

use super::text::{literal, pattern};

/// A text between quotes. Possessive, so that nothing is tried twice and no stack is used. Halves
/// of characters are left out: not every pair of them is one.
const STRING: &str = "\"[^\"\\\\\\x00-\\x1f]*+\
    (?:\\\\(?:[\"\\\\/bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4})[^\"\\\\\\x00-\\x1f]*+)*+\"";
const NUMBER: &str = "-?(?:0|[1-9][0-9]*+)(?:[.][0-9]++)?(?:[eE][+-]?[0-9]++)?";
/// A key without what separates members, so that nothing between two texts looks like one.
const KEY: &str = "\"[^\"\\\\,:\\x00-\\x1f]++\"";
const BLANK: &str = "[ \\t\\r\\n]*+";
/// Lists and objects in each other, down to this depth.
const DEPTH: usize = 3;

/// The pattern of a value with so many levels below it.
fn value(depth: usize) -> String {
    format!("(?:{NUMBER}|{})", other_value(depth))
}

/// The same of a value that is no number.
fn other_value(depth: usize) -> String {
    let scalar = format!("{STRING}|true|false|null");
    match depth {
        0 => scalar,
        _ => {
            let inner = value(depth - 1);
            let list = format!("\\[{BLANK}(?:{inner}{BLANK}(?:,{BLANK}{inner}{BLANK})*+)?\\]");
            let object = object(&format!("{STRING}{BLANK}:{BLANK}{inner}"));
            format!("{scalar}|{list}|{object}")
        }
    }
}

fn object(member: &str) -> String {
    format!("\\{{{BLANK}(?:{member}{BLANK}(?:,{BLANK}{member}{BLANK})*+)?\\}}")
}

/// Whether a line is surely an object that Spark reads as we do.
pub fn is_plain(line: &str) -> String {
    let number = format!("{KEY}{BLANK}:{BLANK}{NUMBER}");
    let other = format!("{STRING}{BLANK}:{BLANK}(?:{})", other_value(DEPTH));
    let object = object(&format!("(?:{number}|{other})"));
    let all = pattern(&format!("\\A{BLANK}{object}{BLANK}\\z"));
    // Afterwards it looks like a list or an object, which says nothing.
    let looks_nested = pattern(&format!(":{BLANK}\"[\\[{{]"));
    // One key twice: of two values, Spark keeps the last.
    format!(
        "({line} RLIKE {all} AND NOT {line} RLIKE {looks_nested} AND \
         cardinality(json_object_keys({line})) = \
         cardinality(array_distinct(transform(json_object_keys({line}), k -> {}))))",
        normalised("k")
    )
}

/// The values of a plain line by the normal form of their keys; without those that are no
/// scalars, as these say nothing, but for the list of this name.
pub fn members(line: &str, list: Option<&str>) -> String {
    // Spark would make doubles of numbers; as texts they stay as they are written.
    let number = pattern(&format!("({KEY}{BLANK}:{BLANK})({NUMBER})(?={BLANK}[,}}])"));
    let texts = format!("regexp_replace({line}, {number}, '$1\"$2\"')");
    let parsed = format!("from_json({texts}, 'MAP<STRING, STRING>')");
    match list {
        None => by_name(&parsed),
        Some(name) => {
            let is_list = format!(
                "{} = {} AND startswith(v, '[')",
                normalised("k"),
                literal(name)
            );
            named(&parsed, &format!("{SCALAR} OR {is_list}"))
        }
    }
}

/// Whether a value says something by itself.
const SCALAR: &str = "v IS NOT NULL AND NOT startswith(v, '[') AND NOT startswith(v, '{')";

/// The scalars of an object by the normal form of their keys.
pub fn by_name(object: &str) -> String {
    named(object, SCALAR)
}

fn named(object: &str, is_kept: &str) -> String {
    format!(
        "transform_keys(map_filter({object}, (k, v) -> {is_kept}), (k, v) -> {})",
        normalised("k")
    )
}

/// A key with letters and digits only, lower-cased.
pub fn normalised(key: &str) -> String {
    let other = pattern("[^\\p{IsAlphabetic}\\p{N}]");
    format!("lower(regexp_replace({key}, {other}, ''))")
}
