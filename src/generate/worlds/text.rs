//! Pieces of event texts, and integer arithmetic on draws.

use super::super::encode::cents;
use super::super::rng::{Key, below, high, low};
use crate::record::Day;
use crate::record::time::{DAY, SECOND};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// A share of 32 random bits; all of them for 1.
pub(super) fn share_of(share: f64) -> u64 {
    // 2^32 is a power of two: the product is exact.
    (share * 4_294_967_296.0) as u64
}

/// Maps 64 random bits to `0..n`, nearly evenly; 0 for no `n`.
#[inline]
pub(super) fn micros_below(word: u64, n: i64) -> i64 {
    ((u128::from(word) * u128::from(n.max(0).unsigned_abs())) >> 64) as i64
}

/// A number below `n` that is small more often: the more, the more often, as with the shares of
/// products in sales (near to Zipf's law).
#[inline]
pub(super) fn skewed(word: u64, n: u32) -> u32 {
    // Halves, quarters, eighths, … of all, each as often as the other.
    let level = below(low(word), n.max(8).ilog2() - 2);
    below(high(word), (n >> level).max(1))
}

/// Appends a version 4 UUID made of thing `id` of a key.
#[inline]
pub(super) fn uuid(key: Key, id: u64, out: &mut Vec<u8>) {
    let key = key.of(id);
    let (a, b) = (key.word(0), key.word(1));
    let bytes = u128::from(a) << 64 | u128::from(b);
    let bytes = bytes & !(0xF << 76) | 0x4 << 76;
    let bytes = (bytes & !(0x3 << 62) | 0x2 << 62).to_be_bytes();
    let mut text = [b'-'; 36];
    let mut at = 0;
    for (i, byte) in bytes.into_iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            at += 1;
        }
        text[at] = HEX[usize::from(byte >> 4)];
        text[at + 1] = HEX[usize::from(byte & 0xF)];
        at += 2;
    }
    out.extend_from_slice(&text);
}

/// Appends a number.
#[inline]
pub(super) fn integer(value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends hundredths as `12.50`.
#[inline]
pub(super) fn money(value: u64, out: &mut Vec<u8>) {
    cents(value, out);
}

/// Appends texts one after the other.
#[inline]
pub(super) fn text(parts: &[&str], out: &mut Vec<u8>) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}

/// Writes times; keeps the text of the last day.
#[derive(Debug)]
pub(super) struct Stamps {
    day: i64,
    date: [u8; 10],
}

impl Stamps {
    pub fn new() -> Self {
        Self {
            day: i64::MIN,
            date: *b"0000-00-00",
        }
    }

    #[inline]
    fn see(&mut self, micros: i64) -> (i64, [u8; 8]) {
        let day = micros.div_euclid(DAY);
        if day != self.day {
            self.day = day;
            let date = i32::try_from(day).ok().and_then(Day::from_number);
            let text = date.unwrap_or(Day::EPOCH).to_string();
            self.date.copy_from_slice(&text.as_bytes()[..10]);
        }
        let micros = micros.rem_euclid(DAY);
        let seconds = micros / SECOND;
        let pair = |n: i64| [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
        let (h, m, s) = (
            pair(seconds / 3600),
            pair(seconds / 60 % 60),
            pair(seconds % 60),
        );
        let clock = [h[0], h[1], b':', m[0], m[1], b':', s[0], s[1]];
        (micros % SECOND, clock)
    }

    /// Appends `2025-01-01T10:00:00.000000`.
    #[inline]
    pub fn iso(&mut self, micros: i64, out: &mut Vec<u8>) {
        let (fraction, clock) = self.see(micros);
        out.extend_from_slice(&self.date);
        out.push(b'T');
        out.extend_from_slice(&clock);
        let mut digits = [b'.'; 7];
        let mut rest = fraction;
        for digit in digits[1..].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        out.extend_from_slice(&digits);
    }

    /// Appends `2025-01-01 10:00:00`.
    pub fn blank(&mut self, micros: i64, out: &mut Vec<u8>) {
        let (_, clock) = self.see(micros);
        out.extend_from_slice(&self.date);
        out.push(b' ');
        out.extend_from_slice(&clock);
    }

    /// Appends `01/31/2025, 10:00:00`.
    pub fn american(&mut self, micros: i64, out: &mut Vec<u8>) {
        let (_, clock) = self.see(micros);
        let date = self.date;
        out.extend_from_slice(&date[5..7]);
        out.push(b'/');
        out.extend_from_slice(&date[8..10]);
        out.push(b'/');
        out.extend_from_slice(&date[..4]);
        out.extend_from_slice(b", ");
        out.extend_from_slice(&clock);
    }
}
