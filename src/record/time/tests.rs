use super::*;
use proptest::prelude::*;

fn iso(text: &str) -> Option<String> {
    Time::parse_iso(text.as_bytes()).map(|t| t.to_string())
}

#[test]
fn reads_iso_dates_and_timestamps() {
    for (text, time) in [
        ("2025-01-01", "2025-01-01T00:00:00Z"),
        ("20250101", "2025-01-01T00:00:00Z"),
        ("2025-01-01 09:05", "2025-01-01T09:05:00Z"),
        ("2025-01-01T09:05:07", "2025-01-01T09:05:07Z"),
        ("2025-01-01T09:05:07.5", "2025-01-01T09:05:07.500000Z"),
        (
            "2025-01-01T09:05:07,123456789",
            "2025-01-01T09:05:07.123456Z",
        ),
        ("2025-01-01T09:05:07Z", "2025-01-01T09:05:07Z"),
        ("2025-01-01T00:30:00+05:30", "2024-12-31T19:00:00Z"),
        ("2025-01-01T00:30:00 -0100", "2025-01-01T01:30:00Z"),
        ("2025-01-01 00:30:00+01", "2024-12-31T23:30:00Z"),
        ("2019-10-01 00:00:00 UTC", "2019-10-01T00:00:00Z"),
        ("20250101T090507Z", "2025-01-01T09:05:07Z"),
        ("2024-02-29", "2024-02-29T00:00:00Z"),
        ("0001-01-01", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59", "9999-12-31T23:59:59Z"),
        ("1969-12-31T23:59:59.999999", "1969-12-31T23:59:59.999999Z"),
    ] {
        assert_eq!(iso(text).as_deref(), Some(time), "{text}");
    }
}

#[test]
fn refuses_everything_else() {
    for text in [
        "",
        "0000-00-00",
        "0000-01-01",
        "2024-02-30",
        "2023-02-29",
        "1900-02-29",
        "10000-01-01",
        "2025-13-01",
        "2025-00-10",
        "2025-1-5",
        "1/5/2019",
        "05/01/2021",
        "05-Jan-2019",
        "13:08",
        "2025-W01-1",
        "2025W011",
        "2025-001",
        "2025001",
        "2025-01-01T24:00",
        "2025-01-01T12:60",
        "2025-01-01T12:00:60",
        "2025-01-01T",
        "2025-01-01T9:05",
        "2025-01-01 ",
        "2025-01-01T10:",
        "2025-01-01T10:00:00.",
        "2025-01-01T10:00:00+",
        "2025-01-01T10:00:00+5",
        "2025-01",
        "2025-01-01T10:00:00+05:",
        "2025-01-01x",
        "1735689600",
        "-2025-01-01",
        "２０２５-01-01",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "2025-01-01T10:00 ",
        "2025-01-01T10:2030",
    ] {
        assert_eq!(iso(text), None, "{text:?}");
    }
}

#[test]
fn days_before_1970_are_floored() {
    let time = Time::parse_iso(b"1969-12-31T23:00:00").expect("a time");
    assert_eq!(time.micros(), -3_600 * SECOND);
    assert_eq!(time.day().number(), -1);
}

#[test]
fn formats_read_what_they_name() {
    for (format, text, time) in [
        ("%d-%b-%Y", "05-Jan-2019", "2019-01-05T00:00:00Z"),
        ("%m/%d/%Y", "1/5/2019", "2019-01-05T00:00:00Z"),
        ("%m/%d/%Y %H:%M", "12/1/2010 8:26", "2010-12-01T08:26:00Z"),
        (
            "%d/%m/%y %I:%M %p",
            "05/01/21 01:30 PM",
            "2021-01-05T13:30:00Z",
        ),
        (
            "%Y-%m-%dT%H:%M:%S%z",
            "2025-01-01T00:30:00+0530",
            "2024-12-31T19:00:00Z",
        ),
        ("%s", "1735689600", "2025-01-01T00:00:00Z"),
        (
            "%m/%d/%Y, %H:%M:%S",
            "01/05/2023, 04:05:06",
            "2023-01-05T04:05:06Z",
        ),
    ] {
        let format = DateFormat::new(format).expect(format);
        assert_eq!(
            format.parse(text).map(|t| t.to_string()).as_deref(),
            Some(time),
            "{text}"
        );
    }
    let format = DateFormat::new("%m/%d/%Y").expect("a format");
    for text in [
        "13/1/2019",
        "2019-01-05",
        "1/5/2019x",
        "1/5",
        "2/30/2019",
        "1/1/10000",
    ] {
        assert_eq!(format.parse(text), None, "{text}");
    }
}

#[test]
fn formats_must_name_a_date() {
    for format in ["%H:%M", "%Y-%m", "%Q", "", "no date", "%"] {
        let error = DateFormat::new(format).expect_err(format);
        assert_eq!(error.exit_status(), 2, "{format}: {error}");
    }
}

proptest! {
    #[test]
    fn agrees_with_chrono(day in -719_162i32..=2_932_896, micros in 0i64..DAY) {
        let time = Time::from_micros(i64::from(day) * DAY + micros).unwrap();
        let chrono = DateTime::from_timestamp_micros(time.micros()).unwrap();
        prop_assert_eq!(time.day().to_string(), chrono.format("%Y-%m-%d").to_string());
        let text = chrono.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
        prop_assert_eq!(Time::parse_iso(text.as_bytes()), Some(time));
        prop_assert_eq!(Time::parse_iso(time.to_string().as_bytes()), Some(time));
    }

    #[test]
    fn never_panics(text in ".{0,30}") {
        let _ = Time::parse_iso(text.as_bytes());
    }
}

#[test]
fn a_clock_time_is_told_from_a_bare_date() {
    let clock = |text: &str| {
        Time::parse_iso(text.as_bytes())
            .map(|time| Time::iso_has_clock(text.as_bytes()).then(|| time.hour()))
    };
    for (text, hour) in [
        ("2025-01-01", None),
        ("20250101", None),
        ("2025-01-01 UTC", None),
        ("2025-01-01T00:00", Some(0)),
        ("20250101 23", Some(23)),
        ("20250101T0930 UTC", Some(9)),
        ("2025-01-01T00:30:00+01:00", Some(23)),
        ("1969-12-31T22:59:59.999", Some(22)),
    ] {
        assert_eq!(clock(text), Some(hour), "{text}");
    }
    for (format, has) in [
        ("%d-%b-%Y", false),
        ("%m/%d/%Y %H:%M", true),
        ("%Y-%m-%d %I:%M %p", true),
        ("%s", true),
    ] {
        assert_eq!(
            DateFormat::new(format).expect(format).has_clock(),
            has,
            "{format}"
        );
    }
}
