//! Values on the command line: dates, durations, shares, limits.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::time::Duration;

use chrono::NaiveDate;

use crate::record::{Day, Time};

/// A date `2025-01-01` of the years 1 to 9999.
///
/// # Errors
/// What is wrong with the text.
pub fn date(text: &str) -> Result<NaiveDate, String> {
    let wrong = || "not a date; write it as 2025-01-31".to_owned();
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shape || text.starts_with("0000") {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

/// A day, as `2025-01-31`.
///
/// # Errors
/// What is expected instead.
pub fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| format!("{text:?} is no date such as 2025-01-31"))
}

/// A duration with its unit: `250ms`, `30s`, `15m`, `1h`, `7d`.
///
/// # Errors
/// What is wrong with the text.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "" if digits > 0 => return Err(format!("has no unit; write {text}s, {text}m or {text}h")),
        _ => return Err("not a duration; write it as 30s, 15m, 1h or 7d".to_owned()),
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(millis))
        .map(Duration::from_millis)
        .ok_or_else(|| "not a duration; write it as 30s, 15m, 1h or 7d".to_owned())
}

/// A size in bytes with its unit: `64KB`, `128MB`, `1GiB`.
///
/// # Errors
/// What is wrong with the text.
pub fn size(text: &str) -> Result<u64, String> {
    let wrong = || "not a size; write it as 64KB, 128MB or 1GB".to_owned();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let bytes: u64 = match unit.to_ascii_uppercase().as_str() {
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KIB" => 1 << 10,
        "MIB" => 1 << 20,
        "GIB" => 1 << 30,
        _ => return Err(wrong()),
    };
    let number = number.parse::<u64>().ok().filter(|number| *number > 0);
    number
        .and_then(|number| number.checked_mul(bytes))
        .ok_or_else(wrong)
}

/// Events a second; 0 is as fast as possible.
///
/// # Errors
/// What is wrong with the text.
pub fn rate(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(rate) if rate >= 0.0 && rate.is_finite() => Ok(rate),
        _ => Err("not a rate; give events a second, or 0 for as fast as possible".to_owned()),
    }
}

/// How much faster than the clock event time goes, above 0.
///
/// # Errors
/// What is wrong with the text.
pub fn speed(text: &str) -> Result<f64, String> {
    match text.trim().trim_end_matches('x').parse::<f64>() {
        Ok(speed) if speed > 0.0 && speed.is_finite() => Ok(speed),
        _ => Err("not a speed; 60 plays an hour in a minute".to_owned()),
    }
}

/// The same, or 0 for as fast as possible.
///
/// # Errors
/// What is wrong with the text.
pub fn speed_or_zero(text: &str) -> Result<f64, String> {
    match text.trim().trim_end_matches('x').parse::<f64>() {
        Ok(speed) if speed >= 0.0 && speed.is_finite() => Ok(speed),
        _ => Err("not a speed; 1 is real time, 0 as fast as possible".to_owned()),
    }
}

/// A moment `2025-01-01T10:00:00` in UTC.
///
/// # Errors
/// What is wrong with the text.
pub fn moment(text: &str) -> Result<Time, String> {
    let wrong = || "not a moment; write it as 2025-01-31T10:00:00".to_owned();
    Time::parse_iso(text.trim().as_bytes()).ok_or_else(wrong)
}

/// A name and its share in a mix, `views=3`.
///
/// # Errors
/// What is wrong with the text.
pub fn part(text: &str) -> Result<(String, f64), String> {
    let wrong = || "not a share of a mix; write NAME=SHARE, such as product_views=3".to_owned();
    let (name, share) = text.split_once('=').ok_or_else(wrong)?;
    match share.trim().parse::<f64>() {
        Ok(share) if (0.0..=1e9).contains(&share) => Ok((name.trim().to_owned(), share)),
        _ => Err(wrong()),
    }
}

/// A share from 0 to 1.
///
/// # Errors
/// What is wrong with the text.
pub fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("not a share from 0 to 1, such as 0.05".to_owned()),
    }
}

/// How many records may be rejected before the run counts as failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectLimit {
    /// So many records.
    Count(u64),
    /// So many of a million records read.
    PerMillion(u32),
}

impl RejectLimit {
    /// Whether every record may be rejected: 100 %.
    pub fn allows_all(self) -> bool {
        self == Self::PerMillion(1_000_000)
    }

    /// Whether `rejected` of `read` records are within the limit.
    pub fn allows(self, rejected: u64, read: u64) -> bool {
        match self {
            Self::Count(limit) => rejected <= limit,
            Self::PerMillion(limit) => {
                u128::from(rejected) * 1_000_000 <= u128::from(read) * u128::from(limit)
            }
        }
    }
}

/// A limit of rejects: `100`, or a share of the records read, `2.5%`.
///
/// # Errors
/// What is wrong with the text.
pub fn reject_limit(text: &str) -> Result<RejectLimit, String> {
    let wrong = || "not a limit; write a number such as 100, or a share such as 2.5%".to_owned();
    let Some(percent) = text.strip_suffix('%') else {
        return text.parse().map(RejectLimit::Count).map_err(|_| wrong());
    };
    // Kept as an integer, so that "exactly 2.5 %" is decided exactly.
    let (whole, fraction) = percent.split_once('.').unwrap_or((percent, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 4 {
        return Err(wrong());
    }
    match format!("{whole}{fraction:0<4}").parse::<u32>() {
        Ok(limit) if limit <= 1_000_000 => Ok(RejectLimit::PerMillion(limit)),
        _ => Err(wrong()),
    }
}

/// A field delimiter of CSV: `,`, `;`, `|`, or a tab as `tab` or `\t`.
///
/// # Errors
/// What is wrong with the text.
pub fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "," => Ok(b','),
        ";" => Ok(b';'),
        "|" => Ok(b'|'),
        "tab" | "\\t" | "\t" => Ok(b'\t'),
        _ => Err("not a delimiter; known are , ; | and tab".to_owned()),
    }
}

/// A number of threads, from 1.
///
/// # Errors
/// What is wrong with the text.
pub fn threads(text: &str) -> Result<NonZeroUsize, String> {
    text.parse()
        .map_err(|_| "not a number of threads; give 1 or more".to_owned())
}

/// How many files are copied at once, 1 to 64.
///
/// # Errors
/// What is wrong with the text.
pub fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(jobs @ 1..=64) => Ok(jobs),
        _ => Err("not a number of files; give 1 to 64".to_owned()),
    }
}

/// Where to listen: `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464`; a port alone, or `:9464`,
/// is one of the loopback address, so that no other is taken without being written.
///
/// # Errors
/// What is wrong with the text.
pub fn listen(text: &str) -> Result<SocketAddr, String> {
    let text = text.trim();
    let port = text.strip_prefix("localhost").unwrap_or(text);
    let digits = match port.strip_prefix(':') {
        Some(digits) => digits,
        None if port.len() == text.len() => port,
        None => "",
    };
    let is_port = digits.bytes().all(|byte| byte.is_ascii_digit());
    if let (true, Ok(port)) = (is_port, digits.parse()) {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    text.parse()
        .map_err(|_| "not an address; write it as 127.0.0.1:9464, or the port alone".to_owned())
}

/// A name that is not blank.
///
/// # Errors
/// When it is.
pub fn name(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("is blank".to_owned()),
        name => Ok(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_one_of_the_loopback_address() {
        for text in ["9464", ":9464", "localhost:9464", " 127.0.0.1:9464 "] {
            let address = listen(text).unwrap();
            assert_eq!(address.to_string(), "127.0.0.1:9464", "{text}");
        }
        assert_eq!(listen("0.0.0.0:1").unwrap().to_string(), "0.0.0.0:1");
        assert_eq!(listen("[::1]:0").unwrap().to_string(), "[::1]:0");
        let wrong = [
            "",
            ":",
            "localhost",
            "127.0.0.1",
            "::1",
            "65536",
            "-1",
            "+80",
            "example.com:80",
            "localhost9464",
            "127.0.0.1:",
            "127.0.0.1:x",
        ];
        for text in wrong {
            assert!(listen(text).is_err(), "{text}");
        }
    }

    #[test]
    fn dates_are_iso_of_the_years_1_to_9999() {
        assert_eq!(
            date("2024-02-29"),
            Ok(NaiveDate::from_ymd_opt(2024, 2, 29).unwrap())
        );
        assert!(date("0001-01-01").is_ok() && date("9999-12-31").is_ok());
        let wrong = [
            "2025-02-29",
            "0000-01-01",
            "10000-01-01",
            "2025-1-1",
            "20250101",
            "",
            "1/5/2019",
        ];
        for text in wrong {
            assert!(date(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_need_their_unit() {
        assert_eq!(duration("300s"), Ok(Duration::from_secs(300)));
        assert_eq!(duration("15m"), Ok(Duration::from_secs(900)));
        assert_eq!(duration("1h"), Ok(Duration::from_secs(3600)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(604_800)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert!(duration("300").unwrap_err().contains("300s"));
        for text in [
            "",
            "s",
            "-1s",
            "1.5h",
            "1w",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn shares_lie_between_0_and_1() {
        assert_eq!(share("0.05"), Ok(0.05));
        assert!(share("0").is_ok() && share("1").is_ok());
        for text in ["1.01", "-0.1", "NaN", "inf", "5%", ""] {
            assert!(share(text).is_err(), "{text}");
        }
    }

    #[test]
    fn moments_and_mixes() {
        let at = moment("2025-01-01T10:00:00").unwrap();
        assert_eq!(at.to_string(), "2025-01-01T10:00:00Z");
        assert_eq!(moment("2025-01-01 11:00:00+01:00"), Ok(at));
        for text in ["", "10:00", "2025-01-32T10:00:00", "now"] {
            assert!(moment(text).is_err(), "{text}");
        }
        assert_eq!(part(" views = 2.5"), Ok(("views".to_owned(), 2.5)));
        for text in ["views", "views=", "views=-1", "views=x", "views=NaN"] {
            assert!(part(text).is_err(), "{text}");
        }
        assert_eq!(
            (speed_or_zero("0"), speed_or_zero("100x")),
            (Ok(0.0), Ok(100.0))
        );
        assert!(speed_or_zero("-1").is_err() && speed_or_zero("inf").is_err());
    }

    #[test]
    fn reject_limits_are_counts_or_exact_shares() {
        assert_eq!(reject_limit("7"), Ok(RejectLimit::Count(7)));
        let share = reject_limit("2.5%").unwrap();
        assert_eq!(share, RejectLimit::PerMillion(25_000));
        assert!(share.allows(25, 1000) && !share.allows(26, 1000));
        assert!(RejectLimit::Count(0).allows(0, 9) && !RejectLimit::Count(0).allows(1, 9));
        assert!(reject_limit("0%").unwrap().allows(0, 0));
        for text in ["", "%", "-1", "101%", "1.23456%", ".5%", "x", "1e2%"] {
            assert!(reject_limit(text).is_err(), "{text}");
        }
    }

    #[test]
    fn jobs_are_few() {
        assert_eq!((jobs("1"), jobs("64")), (Ok(1), Ok(64)));
        for text in ["0", "65", "-1", "x", ""] {
            assert!(jobs(text).is_err(), "{text}");
        }
    }

    #[test]
    fn delimiters() {
        assert_eq!(delimiter("tab"), Ok(b'\t'));
        assert!(delimiter(":").is_err() && delimiter("").is_err());
    }
}
