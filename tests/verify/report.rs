//! The report of `retail verify`.

use serde_json::Value;

use crate::common::{Shop, stderr, stdout};

/// Runs `verify`, must end with `status`, and gives the report.
pub fn verify(shop: &Shop, args: &[&str], status: i32) -> Value {
    let output = shop.run(&[&["--json", "verify"], args].concat());
    let text = stdout(&output);
    assert_eq!(
        output.status.code(),
        Some(status),
        "{text}{}",
        stderr(&output)
    );
    let report: Value = serde_json::from_str(&text).expect("one JSON object");
    assert_eq!(report["command"], "verify");
    assert_eq!(report["equal"], status == 0);
    report
}

/// The check of that name.
pub fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let checks = report["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

/// The names of the checks with that result.
pub fn with(report: &Value, result: &str) -> Vec<String> {
    let checks = report["checks"].as_array().unwrap().iter();
    let checks = checks.filter(|check| check["result"] == result);
    checks
        .map(|check| check["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Cents of a money text.
pub fn cents(text: &Value) -> i64 {
    let (whole, cents) = text.as_str().unwrap().split_once('.').unwrap();
    format!("{whole}{cents}").parse().unwrap()
}
