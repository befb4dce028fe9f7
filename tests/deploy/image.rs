//! The image: its versions, its libraries, its check of health, and the `.env` beside it.

use std::collections::BTreeMap;
use std::process::Command;

use crate::common::web::Servers;
use crate::common::{Shop, skip, stderr, stdout};
use crate::{read, repository};

/// The variables of `.env`.
fn versions() -> BTreeMap<String, String> {
    let text = read(".env");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.map(|line| line.split_once('=').expect("NAME=value"));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn versions_agree_with_what_is_built_and_tested() {
    let versions = versions();
    let dockerfile = read("Dockerfile");
    for name in ["RUST_VERSION", "DEBIAN_VERSION"] {
        let line = format!("\nARG {name}={}\n", versions[name]);
        assert!(dockerfile.contains(&line), "{name}");
    }
    let manifest = read("Cargo.toml");
    let wanted = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "));
    let wanted = wanted.unwrap().trim_matches('"');
    assert!(versions["RUST_VERSION"].starts_with(wanted), "{wanted}");
    for (server, name) in [("kafka", "KAFKA_VERSION"), ("hdfs", "HADOOP_VERSION")] {
        let Ok(text) = std::fs::read_to_string(repository("scripts/services.d").join(server))
        else {
            continue;
        };
        let tested = text.lines().find_map(|line| line.split_once("_version="));
        assert_eq!(tested.unwrap().1, versions[name], "{server}");
    }
}

#[test]
fn the_versions_set_no_option_of_retail() {
    let set_by = |dotenv: &str| {
        let shop = Shop::new();
        shop.write(".env", dotenv);
        let output = shop.run(&["--verbose", "generate", "--days", "1"]);
        assert!(output.status.success(), "{}", stderr(&output));
        let lines = stderr(&output);
        lines
            .lines()
            .filter(|line| line.contains("is set by"))
            .count()
    };
    let tracked = read(".env");
    assert_eq!(set_by(&tracked), 0);
    assert_eq!(set_by(&format!("{tracked}RETAIL_GENERATE_SEED=7\n")), 1);
}

/// Debian's package of every library that the program links, as far as Debian is here to ask.
#[test]
fn the_image_has_every_library_that_is_linked() {
    let linked = Command::new("ldd")
        .arg(env!("CARGO_BIN_EXE_retail"))
        .output();
    let Ok(linked) = linked else {
        return skip("no ldd");
    };
    let dockerfile = read("Dockerfile");
    let (_, runtime) = dockerfile.split_once("FROM debian:").unwrap();
    let (installed, _) = runtime.split_once("rm -rf").unwrap();
    let installed: Vec<_> = installed.split_whitespace().collect();
    let text = stdout(&linked);
    let libraries = text.lines().filter_map(|line| line.split_once(" => "));
    let mut names = Vec::new();
    for (name, _) in libraries {
        let Ok(owner) = Command::new("dpkg").args(["-S", name.trim()]).output() else {
            return skip("no dpkg");
        };
        let owners = stdout(&owner);
        let of_image = |owner: &str| {
            // What every Debian has, since dpkg itself needs it.
            ["libc6", "libgcc-s1"].contains(&owner) || installed.contains(&owner)
        };
        let mut packages = owners.lines().filter_map(|line| line.split(':').next());
        assert!(packages.any(of_image), "{}: {owners}", name.trim());
        names.push(name.trim());
    }
    assert!(
        names.iter().any(|name| name.starts_with("libc.so")),
        "{text}"
    );
}

#[test]
fn the_check_of_health_sees_a_server_live_and_gone() {
    let shop = Shop::new();
    let mut servers = Servers::start(&shop, &[]);
    let healthy = |server: &Servers, path: &str| {
        let address = server.address("live");
        let (_, port) = address.rsplit_once(':').unwrap();
        let mut command = Command::new(repository("scripts/health"));
        command
            .args([port, path])
            .output()
            .unwrap()
            .status
            .success()
    };
    assert!(healthy(&servers, "/health"));
    assert!(healthy(&servers, "/health/live"));
    assert!(!healthy(&servers, "/no-such-page"));
    servers.process.signal("KILL");
    servers.process.until(|| false);
    assert!(!healthy(&servers, "/health"));
}
