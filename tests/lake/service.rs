//! A name service of several name nodes, as `HADOOP_CONF_DIR` describes it.

use crate::common::Shop;
use crate::common::figures::{CLASSIC, classic};
use crate::servers::{hdfs, root};

/// One name node of which nobody hears any more, and the one that serves.
fn site(serves: &str) -> String {
    let properties = [
        ("dfs.nameservices", "lake"),
        ("dfs.ha.namenodes.lake", "nn1,nn2"),
        ("dfs.namenode.rpc-address.lake.nn1", "127.0.0.1:1"),
        ("dfs.namenode.rpc-address.lake.nn2", serves),
    ];
    let property =
        |(name, value)| format!("<property><name>{name}</name><value>{value}</value></property>");
    let all: String = properties.into_iter().map(property).collect();
    format!("<configuration>{all}</configuration>")
}

#[test]
fn a_name_service_is_found_by_the_configuration() {
    let Some(address) = hdfs() else { return };
    let (shop, root) = (Shop::new(), root());
    classic(&shop);
    let serves = address.strip_prefix("hdfs://").unwrap();
    shop.write("conf/hdfs-site.xml", site(serves));
    let default = "<property><name>fs.defaultFS</name><value>hdfs://lake</value></property>";
    shop.write(
        "conf/core-site.xml",
        format!("<configuration>{default}</configuration>"),
    );
    let run = |args: &[&str]| {
        let mut command = shop.retail(&[&["--json"], args].concat());
        command.env("HADOOP_CONF_DIR", shop.path("conf"));
        let output = command.env("HADOOP_USER_NAME", "root").output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            crate::common::stderr(&output)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    // By its name, by the default filesystem, and by the address of the one that serves.
    let by_name = format!("hdfs://lake/{root}/output");
    let summary = run(&["batch", "--output", &by_name]);
    assert!(summary.contains(CLASSIC), "{summary}");
    for output in [
        format!("hdfs:///{root}/output"),
        format!("{address}/{root}/output"),
    ] {
        let report = run(&["verify", "--output", &output]);
        assert!(report.contains("\"equal\":true"), "{report}");
    }
}
