//! The job that `docs/add-a-job.md` adds.

use super::{Stage, returns};
use crate::stream::jobs::row::line;
use crate::stream::jobs::setup::Setup;

#[test]
fn the_documented_job_is_this_one_and_runs() {
    let text = include_str!("../../../../docs/add-a-job.md");
    let code = include_str!("returns.rs");
    assert!(
        text.contains(&format!("```rust\n{code}```")),
        "docs/add-a-job.md has other code"
    );

    let set = ["returns.window=30m".to_owned()];
    let setup = Setup::new(returns::JOB.spec, &set, None).unwrap();
    let mut stage = Stage::new((returns::JOB.make)(&setup).unwrap(), 1);
    for (time, kind) in [("10:05", "SALE"), ("10:20", "RETURN"), ("10:40", "SALE")] {
        stage.event(
            0,
            &format!(
                r#"{{"product":"Tea","amount":"2.50","transaction_type":"{kind}","order_time":"2025-01-01T{time}:00"}}"#
            ),
        );
    }
    stage.finish();
    let rows = stage.rows();
    let rows: Vec<_> = rows
        .iter()
        .map(|row| line(&returns::JOB.spec.tables[0], row))
        .collect();
    let wanted = [
        r#"{"table":"returns","product":"Tea","sales":1,"returns":1,"returned_amount":"-2.50","window_start":"2025-01-01T10:00:00Z"}"#,
        r#"{"table":"returns","product":"Tea","sales":1,"returns":0,"returned_amount":"0.00","window_start":"2025-01-01T10:30:00Z"}"#,
    ];
    assert_eq!(rows, wanted);
}
