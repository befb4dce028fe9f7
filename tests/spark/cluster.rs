//! A standalone cluster that reads HDFS, for outputs on HDFS.

use crate::common::Shop;
use crate::servers::{cluster, equal, figures, fs, hdfs};

#[test]
fn a_cluster_makes_on_hdfs_what_one_machine_makes() {
    let (Some(remote), Some(hdfs)) = (cluster(), hdfs()) else {
        return;
    };
    let shop = Shop::new();
    shop.json(&["generate", "--days", "14", "--profile", "classic"]);
    let root = format!("{hdfs}/spark-{}", std::process::id());
    fs(&["-mkdir", "-p", &root]);
    fs(&[
        "-put",
        shop.path("data/input").to_str().expect("text"),
        &format!("{root}/input"),
    ]);
    let input = format!("{root}/input");
    let (far, near) = (format!("{root}/output"), "near");
    let asked = [
        "--analysis",
        "daily_sales,trends,warehouse",
        "--input",
        &input,
    ];
    let run = |output: &str, engine: &[&str]| {
        let all = [&["--json", "batch", "--output", output], &asked[..], engine].concat();
        let ended = shop.run(&all);
        assert!(ended.status.success(), "{}", crate::common::stderr(&ended));
        figures(&ended.stdout)
    };
    let local = run(near, &[]);
    // The sum of the classic profile: seed-facts.md.
    assert_eq!(local["read"], 672);
    let spark = run(&far, &["--engine", "spark", "--remote", remote]);
    assert_eq!(spark, local);
    fs(&["-get", &far, shop.path("far").to_str().expect("text")]);
    equal(&shop.path("far"), &shop.path(near));
    fs(&["-rm", "-r", "-skipTrash", &root]);
}
