//! The servers are what the other tests take them for.

use crate::common::Shop;
use crate::common::stderr;
use crate::servers::{fs_shell, fs_text, hdfs, root, s3};

const GENERATE: [&str; 7] = [
    "generate",
    "--profile=classic",
    "--days=1",
    "--transactions-per-day=5",
    "--start-date=2025-01-01",
    "--seed=2024",
    "--output",
];

/// A file that `retail` wrote is read by Hadoop's own shell, byte for byte.
#[test]
fn hadoop_reads_what_was_written() {
    let Some(hdfs) = hdfs() else { return };
    let (shop, root) = (Shop::new(), root());
    shop.json(&[&GENERATE[..], &["here"]].concat());
    let there = format!("{hdfs}/{root}/there");
    let mut command = shop.retail(&[&GENERATE[..], &[&there]].concat());
    let output = command.env("HADOOP_USER_NAME", "root").output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let name = "retail_2025-01-01.csv";
    let text = fs_text(&["-cat", &format!("/{root}/there/{name}")]);
    assert_eq!(text, shop.read(&format!("here/{name}")));
    assert!(!fs_shell(&["-cat", "/no-such-file"]).status.success());
}

/// And so by S3's keys, which are those of [`S3::env`](crate::servers::S3::env) and no others.
#[test]
fn s3_knows_the_keys() {
    let Some(s3) = s3() else { return };
    let (shop, root) = (Shop::new(), root());
    let there = format!("s3://retail/{root}/there");
    let args = [&GENERATE[..], &[&there]].concat();
    let mut known = shop.retail(&args);
    let output = known.envs(s3.env()).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let mut wrong = shop.retail(&args);
    wrong.envs(s3.env()).env("AWS_SECRET_ACCESS_KEY", "wrong");
    assert_eq!(wrong.output().unwrap().status.code(), Some(1));
}
