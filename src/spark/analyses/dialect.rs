//! The texts of the steps as Spark reads them.

use crate::analyses::engine::calls;
use crate::analyses::engine::sql::{Dates, with_dates};
use crate::spark::clean::text::with;

/// The text with everything that is no SQL of Spark's put in.
pub fn render(sql: &str, dates: &Dates) -> String {
    let sql = with_dates(sql, dates);
    let sql = calls::replace(&sql, "RATIO", |arguments| match arguments {
        [upper, lower] => ratio(upper, lower),
        _ => String::new(),
    });
    let sql = calls::replace(&sql, "TIMES", |arguments| match arguments {
        [one, other] => format!("bround({one} * {other}, 4)"),
        _ => String::new(),
    });
    let sql = calls::replace(&sql, "DIV", |arguments| match arguments {
        [upper, lower] => format!("(CAST({upper} AS BIGINT) DIV {lower})"),
        _ => String::new(),
    });
    orders(&sql.replace("AS VARCHAR)", "AS STRING)"))
}

/// `upper / lower` to four decimals, half to even, and null by zero: by whole numbers, as a division
/// of Spark's decimals rounds half up.
fn ratio(upper: &str, lower: &str) -> String {
    let units =
        |value: &str| format!("CAST(CAST({value} AS DECIMAL(38, 4)) * 10000 AS DECIMAL(38, 0))");
    let parts = format!(
        "named_struct('n', {} * 10000, 'd', {})",
        units(upper),
        units(lower)
    );
    // The quotient is of whole units, and loses its sign where it is zero.
    let quotient = "CAST(abs(x.n) DIV abs(x.d) AS DECIMAL(38, 0))";
    let up = "CASE WHEN 2 * (abs(x.n) - q * abs(x.d)) > abs(x.d) \
              OR (2 * (abs(x.n) - q * abs(x.d)) = abs(x.d) AND q % 2 = 1) THEN 1 ELSE 0 END";
    let signed = format!(
        "CAST((q + {up}) * (CASE WHEN (x.n < 0) <> (x.d < 0) THEN -1 ELSE 1 END) AS DECIMAL(38, 0))"
    );
    let rounded = with("q", quotient, &signed);
    with(
        "x",
        &parts,
        &format!("CASE WHEN x.d <> 0 THEN CAST({rounded} * 0.0001BD AS DECIMAL(38, 4)) END"),
    )
}

/// Says of every order where nulls stand: at the end, or in a descending one at the beginning.
fn orders(sql: &str) -> String {
    const BY: &str = "ORDER BY";
    let Some((before, rest)) = sql.split_once(BY) else {
        return sql.to_owned();
    };
    let (mut depth, mut cut, mut end) = (0, Vec::new(), rest.len());
    for (at, c) in rest.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => {
                end = at;
                break;
            }
            ')' => depth -= 1,
            ',' if depth == 0 => cut.push(at),
            _ => {}
        }
    }
    let mut keys = Vec::new();
    let mut from = 0;
    for at in cut.into_iter().chain([end]) {
        let key = orders(rest.get(from..at).unwrap_or_default().trim());
        let nulls = match key.ends_with(" DESC") {
            true => "NULLS FIRST",
            false => "NULLS LAST",
        };
        keys.push(format!("{key} {nulls}"));
        from = at + 1;
    }
    let after = orders(rest.get(end..).unwrap_or_default());
    format!("{before}{BY} {}{after}", keys.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Day;

    fn rendered(sql: &str) -> String {
        let dates = Dates {
            as_of: Day::parse("2025-01-14").unwrap(),
            stock: None,
        };
        render(sql, &dates)
    }

    #[test]
    fn what_is_no_sql_of_spark_is_written_as_such() {
        assert_eq!(
            rendered("SELECT DIV(5 * a, DIV(b, 2)), TIMES(a, f(b, c)) FROM t"),
            "SELECT (CAST(5 * a AS BIGINT) DIV (CAST(b AS BIGINT) DIV 2)), bround(a * f(b, c), 4) \
             FROM t"
        );
        assert_eq!(
            rendered("SELECT CAST(a AS VARCHAR), {as_of}, {as_of_day}"),
            "SELECT CAST(a AS STRING), DATE '2025-01-14', 20102"
        );
        let nested = rendered("SELECT RATIO(RATIO(a, b), c) FROM t");
        assert!(!nested.contains("RATIO("), "{nested}");
    }

    #[test]
    fn nulls_have_their_place_in_every_order() {
        assert_eq!(
            rendered(
                "SELECT RANK() OVER (PARTITION BY a ORDER BY b DESC, f(c, d)) FROM t ORDER BY a, b DESC"
            ),
            "SELECT RANK() OVER (PARTITION BY a ORDER BY b DESC NULLS FIRST, f(c, d) NULLS LAST) \
             FROM t ORDER BY a NULLS LAST, b DESC NULLS FIRST"
        );
    }
}
