//! `retail doctor`: everything that is configured, looked at.

use serde_json::Value;

use crate::common::{Shop, stderr, stdout};
use crate::servers::shared;

fn finding<'a>(report: &'a Value, server: &str) -> &'a Value {
    let all = report["findings"].as_array().expect("findings");
    let found = all.iter().find(|finding| finding["server"] == server);
    found.unwrap_or_else(|| panic!("{server}: {report}"))
}

#[test]
fn what_is_configured_anywhere_is_looked_at_and_no_secret_told() {
    let Some(postgres) = shared("postgres") else {
        return;
    };
    let Some(clickhouse) = shared("clickhouse") else {
        return;
    };
    let shop = Shop::new();
    shop.json(&["sinks", "init", "--output", &postgres]);
    let bare = postgres.replace(":retailsecret@", "@");
    shop.write(
        ".env",
        format!("RETAIL_BATCH_OUTPUT=data/output,{bare}\nRETAIL_POSTGRES_PASSWORD=retailsecret\n"),
    );
    shop.write(
        "retail.toml",
        format!("[stream]\noutput = [\"{clickhouse}\"]\n"),
    );
    let report = shop.json(&["doctor"]);
    assert_eq!(report["state"], "warning", "{report}");
    let found = finding(&report, "Postgres");
    assert!(found["origin"].as_str().expect("text").contains(".env"));
    for check in found["checks"].as_array().expect("checks") {
        assert_eq!(check["state"], "ok", "{found}");
    }
    let found = finding(&report, "ClickHouse");
    assert!(
        found["origin"]
            .as_str()
            .expect("text")
            .contains("retail.toml")
    );
    assert!(found.to_string().contains("retail sinks init"), "{found}");
    assert!(found.to_string().contains("GiB free"), "{found}");
    assert_eq!(finding(&report, "machine")["checks"][0]["state"], "ok");
    assert!(!report.to_string().contains("retailsecret"), "{report}");
    // What is typed and configured is looked at once.
    let again = shop.json(&["doctor", &bare]);
    assert_eq!(finding(&again, "Postgres")["origin"], "typed");
    assert_eq!(
        again.to_string().matches("\"Postgres\"").count(),
        1,
        "{again}"
    );
    // What is typed counts, too, and one that does not work is enough.
    let wrong = postgres.replace("retailsecret", "not-the-word");
    let output = shop.run(&["doctor", &wrong, "sc://127.0.0.1:1", "kafka://127.0.0.1:1"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert_eq!(text.matches("wrong").count(), 3, "{text}");
    assert!(
        !text.contains("retailsecret") && !text.contains("not-the-word"),
        "{text}"
    );
}

#[test]
fn a_folder_is_written_to_only_when_that_is_asked_for() {
    let shop = Shop::new();
    shop.write("full/a.txt", "a");
    shop.json(&["doctor", "full", "none"]);
    assert!(!shop.path("none").exists());
    let report = shop.json(&["doctor", "--write", "full", "none"]);
    assert!(!shop.path("none").exists(), "it is as it was");
    assert_eq!(shop.tree("full").len(), 1);
    assert!(report.to_string().contains("can be written"), "{report}");
    let output = shop.run(&["doctor", "full/a.txt/below"]);
    assert_eq!(output.status.code(), Some(3), "{}", stdout(&output));
}
