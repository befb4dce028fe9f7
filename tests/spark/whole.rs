//! The whole of one demo stack for real: history on HDFS or S3, batch on a cluster over it, the same as
//! events in Kafka, a stream on the cluster and one on this machine over the same topic, and the proof
//! that all of them agree.

use serde_json::Value;

use crate::broker::{kafka, topic};
use crate::cluster::alike;
use crate::common::Shop;
use crate::common::figures::{CLASSIC, classic};
use crate::figures::{Row, assert_adds_up, assert_rows, by_hand, count, money, rows, total, units};
use crate::live::{on, watermark};
use crate::place::{Place, on_both};
use crate::servers::cluster;
use crate::world::{messages, pass, replay, stream, values};

on_both! {
    history_events_batch_and_streams_agree
}

/// The checks of a proof that came to this.
fn checks<'a>(proof: &'a Value, result: &str) -> Vec<&'a Value> {
    let all = proof["checks"].as_array().expect("checks").iter();
    all.filter(|check| check["result"] == result).collect()
}

fn history_events_batch_and_streams_agree(place: &Place) {
    let (Some(remote), Some(broker)) = (cluster(), kafka()) else {
        return;
    };
    let (shop, topic) = (Shop::new(), topic());
    classic(&shop);
    match place.is_s3() {
        true => {
            let (input, master) = (place.at("data/input"), place.at("data/master"));
            let made = "generate --days 14 --transactions-per-day 72 --start-date 2025-01-01 \
                        --profile classic";
            let made: Vec<_> = made.split_whitespace().collect();
            let to = ["--output", &input, "--master", &master];
            place.done(&shop, &[&made[..], &to].concat());
        }
        false => {
            let root = place.at("");
            place.done(&shop, &["upload-hdfs", "--hdfs", &root, "--wait", "10s"]);
        }
    }
    // Batch on the cluster.
    let batch = alike(place, &shop, remote, &[]);
    assert_eq!(batch["grand_total"], CLASSIC);
    // The same as events.
    let (input, output) = (place.at("data/input"), place.at("data/output"));
    let events = replay(&broker, &topic, &["--rate", "0", "--input", &input]);
    place.done(&shop, &events);
    let sent = messages(&broker, &topic);
    assert_eq!(Some(sent.len() as u64), batch["read"].as_u64());
    // A stream on the cluster, whose output and checkpoint are beside that of batch.
    let (live, checkpoint) = (place.at("data/live"), place.at("checkpoints/live"));
    let apart = [
        "--until-end",
        "--output",
        &live,
        "--checkpoint",
        &checkpoint,
    ];
    let far = place.json(&shop, &on(remote, &stream(&broker, &topic, &apart)));
    assert_adds_up(&far);
    assert_eq!(money(&far, "accepted_revenue"), units(CLASSIC));
    // A stream on this machine.
    let near = place.json(&shop, &pass(&broker, &topic, &[]));
    assert_adds_up(&near);
    assert_eq!(money(&near, "accepted_revenue"), units(CLASSIC));
    // The known difference: windows that the watermark has not reached are open on Spark.
    let mark = watermark(&far);
    let all = by_hand(values(&sent));
    assert_rows(&rows(&shop, "pass"), &all);
    let (closed, open): (Vec<Row>, Vec<Row>) = all.into_iter().partition(|row| row.3 <= mark);
    let copy = place.copy(&shop, "data/live");
    let copy = copy.file_name().and_then(|name| name.to_str());
    assert_rows(&rows(&shop, copy.expect("a name")), &closed);
    assert!(!open.is_empty());
    assert_eq!(count(&far, "open_windows"), open.len() as u64);
    assert_eq!(money(&far, "open_revenue"), total(&open));
    // Both are proved against batch; what is open is named, and counted.
    let verify = |live: &str| {
        let asked = ["verify", "--input", &input, "--output", &output];
        place.json(&shop, &[&asked[..], &["--stream-output", live]].concat())
    };
    let (proved, proved_far) = (verify("pass"), verify(&live));
    for proof in [&proved, &proved_far] {
        assert_eq!(checks(proof, "differs"), Vec::<&Value>::new());
        assert!(checks(proof, "equal").len() > 10, "{proof}");
    }
    assert_eq!(checks(&proved, "not comparable"), Vec::<&Value>::new());
    let unlike = checks(&proved_far, "not comparable");
    let sum = far["open_revenue"].as_str().expect("money");
    let named = format!("{} windows are still open, with {sum} in them", open.len());
    let is_named = |check: &&Value| check.to_string().contains(&named);
    assert!(
        !unlike.is_empty() && unlike.iter().all(is_named),
        "{unlike:?}"
    );
}
