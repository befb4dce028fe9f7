//! A standalone cluster that reads HDFS or S3, for outputs on the same: what one machine makes of it.

use serde_json::Value;

use crate::common::figures::{CLASSIC, classic};
use crate::common::{Shop, shared_data};
use crate::lake::fs_text;
use crate::place::Place;
use crate::servers::{both, cluster, equal, figures};

/// `batch` over `input` of a place, by this machine into `near` and by the cluster into `output` of the
/// place: the same figures, and the same rows or bytes in every file. Gives the figures.
pub fn alike(place: &Place, shop: &Shop, remote: &str, more: &[&str]) -> Value {
    let (input, far) = (place.at("data/input"), place.at("data/output"));
    let run = |output: &str, engine: &[&str]| {
        let asked = ["--json", "batch", "--input", &input, "--output", output];
        figures(&place.done(shop, &[&asked, more, engine].concat()))
    };
    let local = run("near", &[]);
    let spark = run(&far, &["--engine", "spark", "--remote", remote]);
    assert_eq!(spark, local);
    equal(&place.copy(shop, "data/output"), &shop.path("near"));
    local
}

/// Brings a folder of this machine to a place on HDFS, as its input.
fn put(place: &Place, folder: &str) {
    fs_text(&["-mkdir", "-p", &place.at("data")]);
    fs_text(&["-put", folder, &place.at("data/input")]);
}

#[test]
fn classic_days_are_analysed_alike() {
    let (Some(remote), Some(place)) = (cluster(), Place::on_hdfs()) else {
        return;
    };
    let shop = Shop::new();
    classic(&shop);
    put(&place, shop.path("data/input").to_str().expect("text"));
    let asked = ["--analysis", "daily_sales,trends,warehouse"];
    let all = alike(&place, &shop, remote, &asked);
    assert_eq!(all["grand_total"], CLASSIC);
}

#[test]
fn a_faulty_shop_is_analysed_alike() {
    let (Some(remote), Some(place)) = (cluster(), Place::on_hdfs()) else {
        return;
    };
    let shop = Shop::new();
    let made = "generate --days 40 --transactions-per-day 30 --malformed 0.03 --duplicates 0.04 \
                --late 0.05";
    shop.json(&made.split_whitespace().collect::<Vec<_>>());
    put(&place, shop.path("data/input").to_str().expect("text"));
    let asked = ["--analysis", "all", "--dedup", "order_id"];
    let summary = alike(&place, &shop, remote, &asked);
    assert!(summary["duplicates"].as_u64() > Some(20), "{summary}");
    assert!(summary["analyses"]["warehouse"]["tables"]["fact_sales"].as_u64() > Some(1_000));
}

#[test]
fn real_sales_are_analysed_alike() {
    let (Some(remote), Some(place)) = (cluster(), Place::on_hdfs()) else {
        return;
    };
    let Some(data) = shared_data() else { return };
    let folder = data.join("online-retail-2010-12");
    put(&place, folder.to_str().expect("text"));
    let rules = ["--leave-out", "write-offs,non-products,adjustments"];
    let asked = [&["--analysis", "all"], &rules[..]].concat();
    let summary = alike(&place, &Shop::new(), remote, &asked);
    // Golden: data/README.md.
    assert_eq!(summary["grand_total"], "748957.02");
}

/// The rejects and tables of small inputs are one answer each; of this one they are kept on the cluster
/// and come in slices, of which its largest table has more than one.
#[test]
fn what_is_too_much_for_one_answer_comes_in_slices() {
    let Some(remote) = cluster() else { return };
    let shop = Shop::new();
    let made = "generate --days 40 --transactions-per-day 7000 --malformed 0.01";
    shop.json(&made.split_whitespace().collect::<Vec<_>>());
    let summary = both(&shop, remote, &["--analysis", "warehouse"]);
    let rows = &summary["analyses"]["warehouse"]["tables"]["fact_sales"];
    assert!(rows.as_u64() > Some(1 << 18), "{summary}");
    assert!(summary["rejected"].as_u64() > Some(1_000), "{summary}");
}
