//! Killing a run at a random moment.

use std::fs;
use std::time::Duration;

use crate::common::chance::Chance;
use crate::common::figures::CHECKPOINT;
use crate::common::{Running, Shop};

/// How many kills.
pub fn kills(few: u64) -> u64 {
    let given = std::env::var("RETAIL_KILLS").ok();
    given.map_or(few, |kills| {
        kills.parse().expect("RETAIL_KILLS is a number")
    })
}

/// How much the checkpoint holds, by file: it grows with every commit.
pub fn state(shop: &Shop) -> Vec<(String, u64)> {
    let entries = fs::read_dir(shop.path(CHECKPOINT)).into_iter().flatten();
    let mut logs: Vec<_> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let bytes = entry.metadata().ok()?.len();
            name.ends_with(".log").then_some((name, bytes))
        })
        .collect();
    logs.sort();
    logs
}

/// Starts it, and kills it at a random moment; says whether it still ran then.
///
/// Most are killed a moment after a commit was seen; some before the first; and some while they
/// drain, when closed rows go into the output.
pub fn kill_once(shop: &Shop, args: &[&str], chance: &mut Chance) -> bool {
    let before = state(shop);
    let mut run: Running = shop.start(args);
    let moment = Duration::from_micros(chance.below(40_000));
    let how = chance.below(6);
    let runs = match how {
        0 => true,
        _ => run.until(|| state(shop) != before),
    };
    if !runs || run.ends_within(moment) {
        return false;
    }
    if how == 1 {
        // A drain takes about so long.
        run.signal("TERM");
        if run.ends_within(Duration::from_micros(chance.below(8_000))) {
            return true;
        }
    }
    run.kill();
    true
}
