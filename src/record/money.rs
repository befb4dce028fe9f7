//! Money as an integer count of 1/10,000: exact, never a float.
//!
//! Rule: the numbers and sums of the contract's arithmetic. A number is ASCII
//! `[+-]digits[.digits][e[+-]digits]` and nothing else; more than four decimals are rounded
//! once, half to even; an amount of 10^14 or more is out of range; a sum that leaves
//! `DECIMAL(18,4)` is an error.

use std::fmt;
use std::iter::Sum;
use std::ops::{AddAssign, Neg, SubAssign};

use num_bigint::BigUint;

use crate::error::{Error, Result};

/// Decimals that money keeps.
pub const SCALE: u32 = 4;
/// Units of 1/10,000 in one.
const ONE: i64 = 10_000;
/// The first magnitude, in units, that is out of range: 10^14 whole.
const LIMIT: u128 = 1_000_000_000_000_000_000;
/// Digits of a factor above which it is no longer multiplied: nothing sold needs them, and
/// a hostile file must not buy hours of arithmetic.
const MAX_FACTOR_DIGITS: usize = 1_000;

/// An amount of money below 10^14, in units of 1/10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

/// A sum of money, wide enough for any number of amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Total(i128);

/// Why a text is no money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMoney {
    /// The text is not a number as the rule says.
    Syntax,
    /// The value is 10^14 or more after rounding.
    Range,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One, of whatever is counted.
    pub const ONE: Self = Self(10_000);

    /// From units of 1/10,000; `None` at 10^14 whole and more.
    pub fn from_units(units: i64) -> Option<Self> {
        (u128::from(units.unsigned_abs()) < LIMIT).then_some(Self(units))
    }

    /// From hundredths, the cents of most currencies; `None` out of range.
    pub fn from_cents(cents: i64) -> Option<Self> {
        cents.checked_mul(100).and_then(Self::from_units)
    }

    /// The count of 1/10,000.
    pub fn units(self) -> i64 {
        self.0
    }

    /// The magnitude.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Reads an amount; `point` is the decimal separator, `.` or `,`.
    ///
    /// # Errors
    /// [`NotMoney`], see there.
    pub fn parse(text: &[u8], point: u8) -> Result<Self, NotMoney> {
        if let Some(money) = parse_short(text, point) {
            return Ok(money);
        }
        let number = Number::scan(text, point).ok_or(NotMoney::Syntax)?;
        let digits = [number.whole, number.fraction].concat();
        let before_point = as_i64(number.whole.len()).saturating_add(number.exponent);
        round(&digits, before_point, number.negative)
    }

    /// Multiplies a quantity and a unit price exactly, then rounds once.
    ///
    /// # Errors
    /// [`NotMoney::Syntax`] when either is no number, [`NotMoney::Range`] when the product
    /// is out of range.
    pub fn product(quantity: &[u8], price: &[u8], point: u8) -> Result<Self, NotMoney> {
        let q = Number::scan(quantity, point).ok_or(NotMoney::Syntax)?;
        let p = Number::scan(price, point).ok_or(NotMoney::Syntax)?;
        let negative = q.negative != p.negative;
        if let (Some((a, a_power)), Some((b, b_power))) = (q.small(), p.small()) {
            let product = u128::from(a) * u128::from(b);
            return scale(product, a_power + b_power, negative);
        }
        let (a, a_power) = q.significant();
        let (b, b_power) = p.significant();
        if a.len() > MAX_FACTOR_DIGITS || b.len() > MAX_FACTOR_DIGITS {
            return Err(NotMoney::Syntax);
        }
        let big = |d: &[u8]| BigUint::parse_bytes(d, 10).unwrap_or_default();
        let digits = (big(&a) * big(&b)).to_str_radix(10).into_bytes();
        let before_point = as_i64(digits.len())
            .saturating_add(a_power)
            .saturating_add(b_power);
        round(&digits, before_point, negative)
    }
}

/// The common case in one pass: up to 14 whole digits and 4 decimals, no exponent.
fn parse_short(text: &[u8], point: u8) -> Option<Money> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || digits.len() > 15 {
        return None;
    }
    let mut units = 0i64;
    let mut decimals: Option<usize> = None;
    for (i, &byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            units = units * 10 + i64::from(digit);
        } else if byte == point && decimals.is_none() && i > 0 {
            decimals = Some(digits.len() - i - 1);
        } else {
            return None;
        }
    }
    units *= match decimals {
        None if digits.len() <= 14 => ONE,
        Some(1) => 1_000,
        Some(2) => 100,
        Some(3) => 10,
        Some(4) => 1,
        _ => return None,
    };
    Money::from_units(if negative { -units } else { units })
}

/// A number as it stands in the text.
struct Number<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

impl<'a> Number<'a> {
    fn scan(text: &'a [u8], point: u8) -> Option<Self> {
        let (negative, rest) = sign(text);
        let (whole, rest) = digits(rest);
        if whole.is_empty() {
            return None;
        }
        let (fraction, rest) = match rest.split_first() {
            Some((&byte, rest)) if byte == point => match digits(rest) {
                ([], _) => return None,
                found => found,
            },
            _ => (&[][..], rest),
        };
        let exponent = match rest {
            [] => 0,
            [b'e', rest @ ..] => {
                let (minus, rest) = sign(rest);
                let (value, rest) = digits(rest);
                if value.is_empty() || !rest.is_empty() {
                    return None;
                }
                // Saturates far beyond every range, so that 1e99999999999 stays "too large".
                let value = value.iter().fold(0i64, |sum, digit| {
                    (sum * 10 + i64::from(digit - b'0')).min(1_000_000_000_000_000)
                });
                if minus { -value } else { value }
            }
            _ => return None,
        };
        Some(Self {
            negative,
            whole,
            fraction,
            exponent,
        })
    }

    /// Digits without zeros at either end, and the power of ten of the last one.
    fn significant(&self) -> (Vec<u8>, i64) {
        let all = [self.whole, self.fraction].concat();
        let end = all.iter().rposition(|&d| d != b'0').map_or(0, |i| i + 1);
        let start = all[..end].iter().position(|&d| d != b'0').unwrap_or(end);
        let dropped = as_i64(all.len() - end);
        let power = self.exponent - as_i64(self.fraction.len()) + dropped;
        (all[start..end].to_vec(), power)
    }

    /// The digits as one integer and its power of ten, when they are few.
    fn small(&self) -> Option<(u64, i64)> {
        if self.whole.len() + self.fraction.len() > 18 {
            return None;
        }
        let value = self
            .whole
            .iter()
            .chain(self.fraction)
            .fold(0u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        Some((value, self.exponent - as_i64(self.fraction.len())))
    }
}

fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    }
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|b| !b.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

fn as_i64(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// `value * 10^power` in units, rounded half to even.
fn scale(value: u128, power: i64, negative: bool) -> Result<Money, NotMoney> {
    if value == 0 {
        return Ok(Money::ZERO);
    }
    let shift = power + i64::from(SCALE);
    let ten_to = |n: i64| u32::try_from(n).ok().and_then(|n| 10u128.checked_pow(n));
    let units = if shift >= 0 {
        ten_to(shift)
            .and_then(|factor| value.checked_mul(factor))
            .ok_or(NotMoney::Range)?
    } else {
        // Beyond 10^38 the quotient and every half of it are zero.
        match ten_to(-shift) {
            None => 0,
            Some(divisor) => {
                let (quotient, rest) = (value / divisor, value % divisor);
                let half = divisor / 2;
                let up = rest > half || (rest == half && quotient % 2 == 1);
                quotient + u128::from(up)
            }
        }
    };
    bounded(units, negative)
}

/// Rounds `0.digits * 10^before_point` to units, half to even, for any number of digits.
fn round(digits: &[u8], before_point: i64, negative: bool) -> Result<Money, NotMoney> {
    let Some(start) = digits.iter().position(|&d| d != b'0') else {
        return Ok(Money::ZERO);
    };
    let digits = &digits[start..];
    let before_point = before_point - as_i64(start);
    if before_point > 14 {
        return Err(NotMoney::Range);
    }
    let Ok(kept) = usize::try_from(before_point + i64::from(SCALE)) else {
        return Ok(Money::ZERO);
    };
    let digit = |i: usize| digits.get(i).map_or(0, |d| u128::from(d - b'0'));
    let units = (0..kept).fold(0u128, |sum, i| sum * 10 + digit(i));
    let beyond_half = digits.iter().skip(kept + 1).any(|&d| d != b'0');
    let up = match digit(kept) {
        5 => beyond_half || units % 2 == 1,
        next => next > 5,
    };
    bounded(units + u128::from(up), negative)
}

fn bounded(units: u128, negative: bool) -> Result<Money, NotMoney> {
    if units >= LIMIT {
        return Err(NotMoney::Range);
    }
    let units = i64::try_from(units).map_err(|_| NotMoney::Range)?;
    Ok(Money(if negative { -units } else { units }))
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Total {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From units of 1/10,000.
    pub fn from_units(units: i128) -> Self {
        Self(units)
    }

    /// The count of 1/10,000.
    pub fn units(self) -> i128 {
        self.0
    }

    /// The units, when they fit `DECIMAL(18,4)`.
    ///
    /// # Errors
    /// [`Error::Data`] naming `what` when they do not.
    pub fn decimal_18_4(self, what: impl FnOnce() -> String) -> Result<i128> {
        if self.0.unsigned_abs() < LIMIT {
            return Ok(self.0);
        }
        Err(Error::data(
            what(),
            format!(
                "the sum {self} does not fit DECIMAL(18,4); look for wrong amounts in the input"
            ),
        ))
    }

    /// Reads what [`fmt::Display`] prints; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = sign(text.as_bytes());
        let (whole, rest) = digits(rest);
        let fraction = match rest {
            [] => &[][..],
            [b'.', rest @ ..] if !rest.is_empty() && rest.len() <= 4 => rest,
            _ => return None,
        };
        if whole.is_empty() || whole.len() > 30 || !fraction.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let padded = fraction.iter().chain(&[b'0'; 4]).take(4);
        let units = whole
            .iter()
            .chain(padded)
            .fold(0i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
        Some(Self(if negative { -units } else { units }))
    }
}

impl AddAssign<Money> for Total {
    fn add_assign(&mut self, money: Money) {
        // 10^18 units a record leave room for 10^20 records.
        self.0 += i128::from(money.0);
    }
}

impl SubAssign<Money> for Total {
    fn sub_assign(&mut self, money: Money) {
        self.0 -= i128::from(money.0);
    }
}

impl AddAssign for Total {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sum for Total {
    fn sum<I: Iterator<Item = Self>>(totals: I) -> Self {
        Self(totals.map(|t| t.0).sum())
    }
}

impl From<Money> for Total {
    fn from(money: Money) -> Self {
        Self(i128::from(money.0))
    }
}

/// At least two and at most four decimals: `333734.73`, `322966.749`.
impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = self.0.unsigned_abs();
        let (whole, fraction) = (units / 10_000, units % 10_000);
        let sign = if self.0 < 0 { "-" } else { "" };
        if fraction % 100 == 0 {
            write!(f, "{sign}{whole}.{:02}", fraction / 100)
        } else if fraction % 10 == 0 {
            write!(f, "{sign}{whole}.{:03}", fraction / 10)
        } else {
            write!(f, "{sign}{whole}.{fraction:04}")
        }
    }
}

/// As [`Total`] prints.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Total::from(*self).fmt(f)
    }
}

impl serde::Serialize for Total {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Total {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no money")))
    }
}

#[cfg(test)]
mod tests;
