//! The raw archive on HDFS and S3: killed at random moments it has every record once, and batch
//! over it gives what batch over the files gives.

use std::time::Duration;

use crate::common::Shop;
use crate::common::chance::Chance;
use crate::common::figures::count;
use crate::place::{Place, on_both};

on_both! {
    killed_again_and_again_it_is_the_files_that_were_played
}

fn killed_again_and_again_it_is_the_files_that_were_played(place: &Place) {
    let mut chance = Chance::new(15);
    let shop = Shop::new();
    let days = ["generate", "--days", "12", "--start-date", "2025-01-01"];
    shop.json(&[&days[..], &["--malformed", "0.02", "--late", "0.05"]].concat());
    let local = shop.json(&["batch"]);
    let (archive, checkpoint) = (place.at("archive"), place.at("check"));
    let mut play = vec!["stream", "--job", "archive", "--output", &archive];
    play.extend(["--checkpoint", &checkpoint]);
    let kills: u64 = std::env::var("RETAIL_KILLS").map_or(8, |kills| kills.parse().unwrap());
    let rate = (count(&local, "read") / (kills * 4))
        .clamp(1, 100)
        .to_string();
    let slow = ["--rate", &rate, "--roll-interval", "300ms"];
    for _ in 0..kills {
        let mut run = place.start(&shop, &[&play[..], &slow].concat());
        let ended = run.ends_within(Duration::from_millis(300 + chance.below(2500)));
        assert!(!ended, "{:?}", run.end());
        run.kill();
    }
    let told = place.json(&shop, &[&play[..], &["--rate", "0"]].concat());
    assert_eq!(
        (&told["read"], &told["written"]),
        (&local["read"], &local["read"])
    );
    let sums = ["batch", "--input", &archive, "--output", "archived"];
    let found = place.json(&shop, &sums);
    for name in ["read", "accepted", "rejected", "grand_total"] {
        assert_eq!(found[name], local[name], "{name}");
    }
    for folder in ["analysis_csv", "analysis_csv_kpis"] {
        let tree = |output: &str| shop.tree(&format!("{output}/{folder}"));
        assert!(tree("archived") == tree("data/output"), "{folder}");
    }
    place.done(
        &shop,
        &["verify", "--input", &archive, "--output", "archived"],
    );
}
