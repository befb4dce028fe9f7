//! Ratios of exact figures, rounded once.

use crate::record::{Day, Total};

/// `numerator / denominator`, half to even; none by zero.
pub fn divided(numerator: i128, denominator: i128) -> Option<i128> {
    if denominator == 0 {
        return None;
    }
    let (quotient, rest) = (
        numerator.div_euclid(denominator.abs()),
        numerator.rem_euclid(denominator.abs()),
    );
    let up = match (rest * 2).cmp(&denominator.abs()) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Equal => quotient & 1,
        std::cmp::Ordering::Greater => 1,
    };
    Some((quotient + up) * denominator.signum())
}

/// A mean, to four decimals.
pub fn mean(sum: Total, count: u64) -> Option<Total> {
    divided(sum.units(), count.into()).map(Total::from_units)
}

/// A share in per cent, to one decimal.
pub fn percent(part: i128, whole: i128) -> Option<String> {
    let tenths = divided(part.checked_mul(1000)?, whole)?;
    let sign = if tenths < 0 { "-" } else { "" };
    let tenths = tenths.unsigned_abs();
    Some(format!("{sign}{}.{}", tenths / 10, tenths % 10))
}

/// A growth in per cent of what was before; none where that was nothing.
pub fn change(before: Total, now: Total) -> Option<String> {
    let (before, now) = (before.units(), now.units());
    percent(now - before, before.abs())
}

/// How many days `from` to `to` are, both counted.
pub fn days(from: Day, to: Day) -> i32 {
    to.number() - from.number() + 1
}

/// 1 is Monday, as ISO 8601 counts.
pub fn weekday(day: Day) -> u8 {
    // 1970-01-01 was a Thursday.
    (day.number() + 3).rem_euclid(7) as u8 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_the_even_neighbour() {
        for (numerator, denominator, expected) in [
            (5, 2, 2),
            (7, 2, 4),
            (-5, 2, -2),
            (-7, 2, -4),
            (10, 3, 3),
            (11, 3, 4),
            (-10, 3, -3),
            (-11, 3, -4),
            (1, -2, 0),
            (3, -2, -2),
        ] {
            assert_eq!(
                divided(numerator, denominator),
                Some(expected),
                "{numerator}/{denominator}"
            );
        }
        assert_eq!(divided(1, 0), None);
    }

    #[test]
    fn shares_and_growth_are_told_in_per_cent() {
        let money = |text| Total::parse(text).unwrap();
        assert_eq!(percent(1, 3).as_deref(), Some("33.3"));
        assert_eq!(percent(-1, 16).as_deref(), Some("-6.2"));
        assert_eq!(
            change(money("80.00"), money("100.00")).as_deref(),
            Some("25.0")
        );
        assert_eq!(
            change(money("-80.00"), money("40.00")).as_deref(),
            Some("150.0")
        );
        assert_eq!(change(money("0.00"), money("1.00")), None);
        assert_eq!(mean(money("10.00"), 3), Some(money("3.3333")));
        assert_eq!(mean(money("10.00"), 0), None);
    }

    #[test]
    fn weeks_begin_on_monday() {
        let weekday = |text| weekday(Day::parse(text).unwrap());
        assert_eq!(weekday("1970-01-01"), 4);
        assert_eq!(weekday("2026-11-21"), 6);
        assert_eq!(weekday("2026-11-22"), 7);
        assert_eq!(weekday("1969-12-29"), 1);
    }
}
