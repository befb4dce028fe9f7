//! Numbers: texts to units of 1/10,000, as [`crate::record::Money`] reads them.

use super::text::{pattern, with};

/// Stands for a number that is out of range; no number has so many units.
pub const RANGE: i64 = i64::MAX;
/// Stands for a product that Spark's decimals cannot hold.
pub const ASK: i64 = i64::MIN + 1;
/// The first magnitude, in units, that is out of range.
pub const LIMIT: &str = "1000000000000000000";
/// Digits of a factor above which it is no longer multiplied; see [`crate::record::money`].
const MAX_FACTOR_DIGITS: usize = 1_000;
/// Digits of two factors whose product a decimal holds.
const FACTOR: usize = 18;

/// Numbers that are written with this decimal separator.
#[derive(Debug, Clone, Copy)]
pub struct Numbers {
    /// `.` or `,`.
    pub point: char,
}

impl Numbers {
    /// What nearly every number looks like: a decimal takes it as it is.
    fn plain(self) -> String {
        pattern(&format!(
            "\\A[+-]?[0-9]{{1,14}}(?:[{}][0-9]{{1,4}})?\\z",
            self.point
        ))
    }

    /// Every number.
    fn any(self) -> String {
        pattern(&format!(
            "\\A[+-]?[0-9]+(?:[{}][0-9]+)?(?:e[+-]?[0-9]+)?\\z",
            self.point
        ))
    }

    fn decimal(self, text: &str) -> String {
        match self.point {
            '.' => format!("try_cast({text} AS DECIMAL(18, 4))"),
            point => format!("try_cast(replace({text}, '{point}', '.') AS DECIMAL(18, 4))"),
        }
    }

    /// The units of a trimmed text: null where it is no number, [`RANGE`] out of range.
    pub fn units(self, text: &str) -> String {
        let slow = self.parts(
            text,
            &rounded("n.digits", "length(n.whole) + n.power", "n.is_negative"),
        );
        format!(
            "CASE WHEN {text} RLIKE {} THEN CAST({} * 10000 AS BIGINT) \
             WHEN {text} RLIKE {} THEN {slow} END",
            self.plain(),
            self.decimal(text),
            self.any(),
        )
    }

    /// The same, null also out of range.
    pub fn told(self, text: &str) -> String {
        format!("NULLIF({}, {RANGE})", self.units(text))
    }

    /// The units of the product of two trimmed texts; [`ASK`] where it has too many digits.
    pub fn product(self, a: &str, b: &str) -> String {
        let (plain, any) = (self.plain(), self.any());
        // (18,4) times (18,4) is (37,8), which nothing leaves; `bround` rounds half to even.
        let exact = format!("bround({} * {}, 4)", self.decimal(a), self.decimal(b));
        let quick = format!(
            "CASE WHEN abs({exact}) >= 100000000000000 THEN {RANGE} \
             ELSE CAST({exact} * 10000 AS BIGINT) END"
        );
        let factor = |text: &str| {
            self.parts(
                text,
                &with(
                    "f",
                    "trim(BOTH '0' FROM n.digits)",
                    "named_struct('digits', f, 'is_negative', n.is_negative, 'power', \
                     n.power - (length(n.digits) - length(n.whole)) \
                     + length(n.digits) - length(trim(TRAILING '0' FROM n.digits)))",
                ),
            )
        };
        let product = format!(
            "CAST(CAST(x.digits AS DECIMAL({FACTOR}, 0)) * CAST(y.digits AS DECIMAL({FACTOR}, 0)) \
             AS STRING)"
        );
        let round = rounded(
            "d",
            "length(d) + x.power + y.power",
            "(x.is_negative <> y.is_negative)",
        );
        let long = |most: usize| format!("length(x.digits) > {most} OR length(y.digits) > {most}");
        let general = with(
            "x",
            &factor(a),
            &with(
                "y",
                &factor(b),
                &format!(
                    "CASE WHEN {} THEN NULL WHEN x.digits = '' OR y.digits = '' THEN 0 \
                     WHEN {} THEN {ASK} ELSE {} END",
                    long(MAX_FACTOR_DIGITS),
                    long(FACTOR),
                    with("d", &product, &round),
                ),
            ),
        );
        format!(
            "CASE WHEN {a} RLIKE {plain} AND {b} RLIKE {plain} THEN {quick} \
             WHEN {a} RLIKE {any} AND {b} RLIKE {any} THEN {general} END"
        )
    }

    /// `body` with `n` as the parts of a number: `whole` digits, all `digits`, the `power` of ten
    /// by which it is written, and its sign.
    fn parts(self, text: &str, body: &str) -> String {
        let point = self.point;
        let mantissa = format!(
            "regexp_extract({text}, {}, 1)",
            pattern(&format!("\\A[+-]?([0-9]+(?:[{point}][0-9]+)?)"))
        );
        let power = format!(
            "regexp_extract({text}, {}, 1)",
            pattern("e([+-]?[0-9]+)\\z")
        );
        // Far beyond every range, so that 1e99999999999 stays too large.
        let power = with(
            "e",
            &power,
            &with(
                "g",
                "trim(LEADING '0' FROM trim(LEADING '+-' FROM e))",
                "(CASE WHEN g = '' THEN 0L WHEN length(g) > 15 THEN 1000000000000000L \
                 ELSE CAST(g AS BIGINT) END) * (CASE WHEN startswith(e, '-') THEN -1L ELSE 1L END)",
            ),
        );
        with(
            "m",
            &mantissa,
            &with(
                "n",
                &format!(
                    "named_struct('whole', split_part(m, '{point}', 1), \
                     'digits', replace(m, '{point}', ''), 'power', {power}, \
                     'is_negative', startswith({text}, '-'))"
                ),
                body,
            ),
        )
    }
}

/// `0.digits * 10^before` in units, half to even, for any number of digits.
fn rounded(digits: &str, before: &str, is_negative: &str) -> String {
    // Leading zeros only move the point.
    let unit = "CASE WHEN b = -4 THEN 0L ELSE \
                CAST(rpad(substr(z, 1, CAST(b AS INT) + 4), CAST(b AS INT) + 4, '0') AS BIGINT) END";
    let up = "CASE WHEN substr(z, CAST(b AS INT) + 5, 1) > '5' \
              OR (substr(z, CAST(b AS INT) + 5, 1) = '5' \
                  AND (substr(z, CAST(b AS INT) + 6) RLIKE '[1-9]' OR u % 2 = 1)) \
              THEN 1L ELSE 0L END";
    let bounded = with(
        "v",
        &format!("u + {up}"),
        &format!("CASE WHEN v >= {LIMIT} THEN {RANGE} WHEN {is_negative} THEN -v ELSE v END"),
    );
    let body = format!(
        "CASE WHEN z = '' THEN 0L WHEN b > 14 THEN {RANGE} WHEN b < -4 THEN 0L ELSE {} END",
        with("u", unit, &bounded),
    );
    with(
        "z",
        &format!("trim(LEADING '0' FROM {digits})"),
        &with(
            "b",
            &format!("CAST({before} AS BIGINT) - (length({digits}) - length(z))"),
            &body,
        ),
    )
}
