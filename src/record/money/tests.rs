use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> Result<String, NotMoney> {
    Money::parse(text.as_bytes(), b'.').map(|m| m.to_string())
}

fn product(q: &str, p: &str) -> Result<String, NotMoney> {
    Money::product(q.as_bytes(), p.as_bytes(), b'.').map(|m| m.to_string())
}

#[test]
fn reads_what_the_grammar_allows() {
    for (text, money) in [
        ("0", "0.00"),
        ("-0", "0.00"),
        ("007", "7.00"),
        ("+3.5", "3.50"),
        ("-2.55", "-2.55"),
        ("322966.7490", "322966.749"),
        ("1e2", "100.00"),
        ("1.5e+3", "1500.00"),
        ("12345e-4", "1.2345"),
        ("99999999999999.9999", "99999999999999.9999"),
        ("0.0000000000000000000000000000000000001", "0.00"),
        ("1e-99999999999999999999", "0.00"),
        ("0e99999999999999999999", "0.00"),
    ] {
        assert_eq!(parse(text).as_deref(), Ok(money), "{text}");
    }
}

#[test]
fn rounds_once_half_to_even() {
    for (text, money) in [
        ("1.00005", "1.00"),
        ("1.00015", "1.0002"),
        ("1.000050000000000000000000000000000000000000001", "1.0001"),
        ("0.00005", "0.00"),
        ("0.00015", "0.0002"),
        ("0.000050000000001", "0.0001"),
        ("-1.00015", "-1.0002"),
        ("5e-5", "0.00"),
        ("15e-5", "0.0002"),
    ] {
        assert_eq!(parse(text).as_deref(), Ok(money), "{text}");
    }
}

#[test]
fn refuses_everything_else() {
    for text in [
        "",
        "-",
        "+",
        ".5",
        "5.",
        "1,5",
        "1_000",
        "0x10",
        "NaN",
        "nan",
        "inf",
        "-Infinity",
        "1e",
        "1e+",
        "1e1.5",
        "--1",
        "1 2",
        "$5",
        "٣",
        "1E5",
        "1.2.3",
        "1..2",
    ] {
        assert_eq!(parse(text), Err(NotMoney::Syntax), "{text:?}");
    }
    for text in [
        "100000000000000",
        "-100000000000000",
        "99999999999999.99995",
        "1e14",
        "1e99999999999999999999",
        "123456789012345678901234567890",
    ] {
        assert_eq!(parse(text), Err(NotMoney::Range), "{text:?}");
    }
}

#[test]
fn multiplies_exactly() {
    for (q, p, money) in [
        ("6", "2.55", "15.30"),
        ("-8", "5.95", "-47.60"),
        ("-2", "-3", "6.00"),
        ("0.5", "0.0001", "0.00"),
        ("1.5", "0.0001", "0.0002"),
        ("3", "0.333335", "1.00"),
        ("0", "1e9999", "0.00"),
        ("1e500", "1e-500", "1.00"),
        ("12345678901234567890123", "1e-22", "1.2346"),
        ("0.00000000000000000000000000000000000001", "1e38", "1.00"),
    ] {
        assert_eq!(product(q, p).as_deref(), Ok(money), "{q} x {p}");
    }
    assert_eq!(product("1e10", "1e4"), Err(NotMoney::Range));
    assert_eq!(product("1", ""), Err(NotMoney::Syntax));
    assert_eq!(product("one", "1"), Err(NotMoney::Syntax));
}

#[test]
fn decimal_comma_replaces_the_point() {
    assert_eq!(
        Money::parse(b"548,9715", b',')
            .map(|m| m.to_string())
            .as_deref(),
        Ok("548.9715")
    );
    assert_eq!(Money::parse(b"548.97", b','), Err(NotMoney::Syntax));
}

#[test]
fn sums_beyond_decimal_18_4_are_an_error() {
    let mut total = Total::ZERO;
    let most = Money::from_units(999_999_999_999_999_999).expect("in range");
    total += most;
    assert!(total.decimal_18_4(String::new).is_ok());
    total += most;
    let error = total
        .decimal_18_4(|| "2025-01-01 Tea".into())
        .expect_err("too wide");
    assert!(
        error
            .to_string()
            .starts_with("2025-01-01 Tea: the sum 199999999999999.9998")
    );
}

/// The same rule by long arithmetic only: the oracle of the fast paths.
fn slow(text: &str) -> i128 {
    let negative = text.starts_with('-');
    let text = text.trim_start_matches(['-', '+']);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i64 = exponent.parse::<i64>().unwrap() - fraction.len() as i64 + 4;
    let value: BigUint = format!("{whole}{fraction}").parse().unwrap();
    let units = if exponent >= 0 {
        value * BigUint::from(10u8).pow(exponent as u32)
    } else {
        let divisor = BigUint::from(10u8).pow((-exponent) as u32);
        let (q, r) = (&value / &divisor, (&value % &divisor) * 2u8);
        let odd = q.bit(0);
        if r > divisor || (r == divisor && odd) {
            q + 1u8
        } else {
            q
        }
    };
    let units: i128 = units.to_string().parse().unwrap();
    if negative { -units } else { units }
}

proptest! {
    #[test]
    fn agrees_with_long_arithmetic(text in "[+-]?[0-9]{1,12}(\\.[0-9]{1,12})?(e[+-]?[0-9])?") {
        let expected = slow(&text);
        match Money::parse(text.as_bytes(), b'.') {
            Ok(money) => prop_assert_eq!(i128::from(money.units()), expected),
            Err(why) => {
                prop_assert_eq!(why, NotMoney::Range);
                prop_assert!(expected.unsigned_abs() >= LIMIT);
            }
        }
    }

    #[test]
    fn product_agrees_with_long_arithmetic(
        a in 0u64..1_000_000_000_000_000_000, b in 0u64..10_000_000_000, places in 0usize..12
    ) {
        let digits = format!("{b:0width$}", width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let price = if places == 0 { whole.to_owned() } else { format!("{whole}.{fraction}") };
        let exact = format!("{}e-{places}", u128::from(a) * u128::from(b));
        let fast = Money::product(a.to_string().as_bytes(), price.as_bytes(), b'.');
        let long = Money::product(format!("{a}.{}", "0".repeat(20)).as_bytes(), price.as_bytes(), b'.');
        prop_assert_eq!(fast, long);
        prop_assert_eq!(fast, Money::parse(exact.as_bytes(), b'.'));
    }

    #[test]
    fn printing_and_reading_agree(units in -999_999_999_999_999_999i128..999_999_999_999_999_999) {
        let total = Total::from_units(units);
        prop_assert_eq!(Total::parse(&total.to_string()), Some(total));
    }

    #[test]
    fn never_panics(text in ".{0,40}") {
        let _ = Money::parse(text.as_bytes(), b'.');
        let _ = Money::product(text.as_bytes(), text.as_bytes(), b',');
    }
}
