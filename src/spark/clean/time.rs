//! Times: texts to microseconds, as [`crate::record::Time`] reads them.

use super::text::{pattern, with};
use crate::record::Time;

/// What nearly every time looks like: Spark reads it as it is.
const PLAIN: &str = "\\A[0-9]{4}-[0-9]{2}-[0-9]{2}\
    (?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]{1,6})?)?)?\\z";
/// Every time: date, clock (extended or basic, not mixed), fraction, offset.
const ANY: &str = "\\A([0-9]{4})(-?)([0-9]{2})\\2([0-9]{2})\
    (?:[Tt ]([0-9]{2})(?:(:?)([0-9]{2})(?:\\6([0-9]{2})(?:[.,]([0-9]+))?)?)?\
    (?: ?(?:[Zz]|([+-])([0-9]{2})(?::?([0-9]{2}))?))?)?\\z";
/// The parts of [`ANY`] in the order of [`micros`].
const PARTS: &str = "$1-$3-$4,$5,$7,$8,$9,$10,$11,$12";

/// The time of a trimmed text: twice its microseconds, and one more if it tells a clock time. Null
/// where it is none. One number for both, as who asks takes the first of several columns.
pub fn iso(text: &str) -> String {
    let plain = coded(
        &format!("unix_micros(try_cast({text} AS TIMESTAMP))"),
        &format!("length({text}) > 10"),
    );
    let body = format!(
        "CASE WHEN endswith({text}, ' UTC') THEN left({text}, length({text}) - 4) ELSE {text} END"
    );
    let any = pattern(ANY);
    let oldest = Time::MIN.micros();
    // An offset may lead out of the years 1 to 9999.
    let checked = with(
        "w",
        &micros(),
        &format!(
            "CASE WHEN w BETWEEN {oldest} AND 253402300799999999 THEN {} END",
            coded("w", "get(c, 1) <> ''")
        ),
    );
    let parts = format!("split(regexp_replace(i, {any}, '{PARTS}'), ',')");
    let parts = with("c", &parts, &checked);
    let parts = with(
        "i",
        &body,
        &format!("CASE WHEN i RLIKE {any} THEN {parts} END"),
    );
    format!(
        "CASE WHEN {text} = '' OR startswith({text}, '0000') THEN NULL \
         WHEN {text} RLIKE {} THEN {plain} ELSE {parts} END",
        pattern(PLAIN)
    )
}

/// Both in one number, as [`iso`] has it.
pub fn coded(micros: &str, clock: &str) -> String {
    format!("{micros} * 2 + CASE WHEN {clock} THEN 1L ELSE 0L END")
}

/// Microseconds of the parts `c`; null where one is none.
fn micros() -> String {
    let number = |at: usize, most: u32| {
        format!(
            "(CASE WHEN get(c, {at}) = '' THEN 0L WHEN CAST(get(c, {at}) AS INT) <= {most} \
             THEN CAST(get(c, {at}) AS BIGINT) END)"
        )
    };
    let (hour, minute, second) = (number(1, 23), number(2, 59), number(3, 59));
    let (hours, minutes) = (number(6, 23), number(7, 59));
    // Finer than a microsecond is cut, so that a time never moves forward.
    let fraction = "CAST(rpad(left(get(c, 4), 6), 6, '0') AS BIGINT)";
    format!(
        "CASE WHEN NOT startswith(get(c, 0), '0000') THEN \
         unix_date(try_cast(get(c, 0) AS DATE)) * 86400000000L + {fraction} + 1000000L * \
         ({hour} * 3600 + {minute} * 60 + {second} - (CASE WHEN get(c, 5) = '-' THEN -1L ELSE 1L END) \
         * ({hours} * 3600 + {minutes} * 60)) END"
    )
}
