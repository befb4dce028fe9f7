//! What cannot be done is refused in one clear line, and nothing secret is told.

use crate::common::figures::classic;
use crate::common::{Shop, stderr};
use crate::place::{Place, on_both};
use crate::servers::{OwnHdfs, fs_text};

on_both! {
    a_file_is_no_folder
    an_input_that_is_not_there
    nobody_answers
}

/// So long a server that does not answer is waited for.
const PATIENCE: (&str, &str) = ("RETAIL_REMOTE_PATIENCE", "1");

fn impatient(place: Place) -> Place {
    place.with(PATIENCE.0, PATIENCE.1)
}

fn shop() -> Shop {
    let shop = Shop::new();
    classic(&shop);
    shop
}

/// Every command that writes, to this place.
fn writers(to: &str) -> [Vec<&str>; 4] {
    [
        vec!["batch", "--output", to],
        vec!["generate", "--days", "1", "--output", to],
        vec!["stream", "--rate", "0", "--output", to],
        vec!["stream", "--rate", "0", "--checkpoint", to],
    ]
}

fn a_file_is_no_folder(place: &Place) {
    let shop = shop();
    let one_day = ["generate", "--days", "1", "--start-date", "2025-01-01"];
    let input = place.at("input");
    place.done(&shop, &[&one_day[..], &["--output", &input]].concat());
    let file = place.at("input/retail_2025-01-01.csv");
    let before = place.tree(&shop, "input");
    for to in [file.clone(), format!("{file}/below")] {
        for args in writers(&to) {
            let error = place.fail(&shop, &args, 1);
            let expected = format!("{file}: not a folder");
            assert!(error.contains(&expected), "{args:?}: {error}");
        }
    }
    assert!(place.tree(&shop, "input") == before);
}

fn an_input_that_is_not_there(place: &Place) {
    let shop = shop();
    let gone = place.at("gone");
    for command in ["batch", "replay", "stream"] {
        let error = place.fail(&shop, &[command, "--input", &gone], 1);
        assert!(
            error.contains(&format!("{gone}: there is no such file")),
            "{error}"
        );
    }
    let error = place.fail(&shop, &["query", &format!("SELECT 1 FROM '{gone}'")], 1);
    assert!(
        error.contains(&format!("{gone}: no such file or folder")),
        "{error}"
    );
}

fn nobody_answers(place: &Place) {
    let shop = shop();
    let (s3, hdfs) = ("AWS_ENDPOINT_URL", place.is_s3());
    for (host, why) in [
        ("127.0.0.1:1", "refused"),
        ("no-such-host.invalid:80", "no such host"),
    ] {
        let far = match hdfs {
            true => "s3://retail/x".to_owned(),
            false => format!("hdfs://{host}/x"),
        };
        for args in writers(&far)
            .into_iter()
            .chain([vec!["batch", "--input", &far]])
        {
            let mut command = place.retail(&shop, &args);
            command.env(PATIENCE.0, PATIENCE.1);
            let output = command.env(s3, format!("http://{host}")).output().unwrap();
            let text = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{args:?}: {text}");
            assert_eq!(text.lines().count(), 1, "{text}");
            assert!(text.to_lowercase().contains(why), "{text}");
        }
    }
}

#[test]
fn an_address_that_means_nothing() {
    let shop = shop();
    for (far, why) in [
        ("hdfs:///x", "names no host"),
        ("hdfs://lake/x", "no name node is known by this name"),
        ("s3:///x", "names no bucket"),
        ("gs://bucket/x", "unknown kind of address"),
    ] {
        let error = shop.fail(&["batch", "--output", far], 2);
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn a_user_of_hdfs_without_rights() {
    let Some(place) = Place::on_hdfs() else {
        return;
    };
    let shop = shop();
    let input = place.at("input");
    let one_day = ["generate", "--days", "1", "--output", &input];
    place.done(&shop, &one_day);
    let before = place.tree(&shop, "input");
    let nobody = place.with("HADOOP_USER_NAME", "nobody");
    for args in writers(&input) {
        let error = nobody.fail(&shop, &args, 1);
        assert!(
            error.contains("Permission denied: user=nobody"),
            "{args:?}: {error}"
        );
    }
    assert!(nobody.tree(&shop, "input") == before);
    // What nobody may read is no empty input.
    let path = input.split_once("//").unwrap().1.split_once('/').unwrap().1;
    fs_text(&["-chmod", "700", &format!("/{path}")]);
    let error = nobody.fail(&shop, &["batch", "--input", &input], 1);
    assert!(error.contains("Permission denied: user=nobody"), "{error}");
}

#[test]
fn keys_that_do_not_fit_and_buckets_that_are_not_there() {
    let Some(place) = Place::on_s3() else { return };
    let shop = shop();
    let far = place.at("x");
    let error = place.fail(&shop, &["batch", "--output", "s3://no-such-bucket/x"], 1);
    assert!(
        error.contains("there is no bucket no-such-bucket"),
        "{error}"
    );
    let error = place.fail(&shop, &["batch", "--input", "s3://no-such-bucket/x"], 1);
    assert!(
        error.contains("there is no bucket no-such-bucket"),
        "{error}"
    );
    let mut place = place;
    for (id, key, why) in [
        ("retail", "wrongsecret", "does not take these keys"),
        ("unknown", "wrongsecret", "does not take these keys"),
        ("guest", "guestsecret", "these keys may not do that"),
    ] {
        place = place
            .with("AWS_ACCESS_KEY_ID", id)
            .with("AWS_SECRET_ACCESS_KEY", key);
        for args in writers(&far) {
            let error = place.fail(&shop, &args, 1);
            assert!(error.contains(why), "{args:?}: {error}");
            assert!(!error.contains(key), "{error}");
        }
        let told = stderr(&place.run(&shop, &["-v", "batch", "--output", &far]));
        for secret in [key, "Signature=", "Credential="] {
            assert!(!told.contains(secret), "{told}");
        }
    }
}

#[test]
fn keys_come_from_the_files_of_everybody_and_are_never_told() {
    let Some(place) = Place::on_s3() else { return };
    let shop = shop();
    let endpoint = crate::servers::s3().unwrap().endpoint;
    shop.write(
        "credentials",
        "[lake]\naws_access_key_id = retail\naws_secret_access_key = retailsecret\n",
    );
    shop.write(
        "config",
        format!("[profile lake]\nregion = us-east-1\nendpoint_url = {endpoint}\n"),
    );
    let far = place.at("out");
    let run = |profile: &str| {
        let mut command = shop.retail(&["-v", "batch", "--output", &far]);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
        command.env("AWS_SHARED_CREDENTIALS_FILE", shop.path("credentials"));
        command.env("AWS_CONFIG_FILE", shop.path("config"));
        command
            .env("AWS_PROFILE", profile)
            .env("RUST_LOG", "trace")
            .output()
            .unwrap()
    };
    let output = run("lake");
    let text = stderr(&output);
    assert!(output.status.success(), "{text}");
    let mut all = text + &String::from_utf8(output.stdout).unwrap();
    for bytes in place.tree(&shop, "out").into_values() {
        all.push_str(&String::from_utf8_lossy(&bytes));
    }
    let record = place.copy(&shop, "out").join("analysis_parquet/_run.json");
    all.push_str(&std::fs::read_to_string(record).unwrap());
    let output = run("other");
    assert_eq!(output.status.code(), Some(2));
    all.push_str(&stderr(&output));
    assert!(all.contains("no profile is called other"), "{all}");
    for secret in ["retailsecret", "Signature", "Credential="] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[test]
fn safe_mode_is_waited_for_and_then_told() {
    let Some(own) = OwnHdfs::start() else { return };
    let place = impatient(Place::on(&own));
    let shop = shop();
    own.admin(&["-safemode", "enter"]);
    let far = place.at("output");
    for args in writers(&far) {
        let error = place.fail(&shop, &args, 1);
        assert!(
            error.contains("the name node is in safe mode"),
            "{args:?}: {error}"
        );
    }
    own.admin(&["-safemode", "leave"]);
    place.done(&shop, &["batch", "--output", &far]);
}

#[test]
fn variables_that_cannot_be_meant_are_named_and_their_values_not_told() {
    let shop = shop();
    for (far, name, value) in [
        ("s3://retail/x", "AWS_ENDPOINT_URL", "127.0.0.1:19000"),
        (
            "s3://retail/x",
            "AWS_ENDPOINT_URL",
            "http://127.0.0.1:19000 ",
        ),
        ("s3://retail/x", "AWS_ACCESS_KEY_ID", "secret\n"),
        ("s3://retail/x", "AWS_SESSION_TOKEN", "secret\n"),
        ("s3://retail/x", "AWS_REGION", "us:east"),
        ("hdfs://127.0.0.1:1/x", "HADOOP_USER_NAME", ""),
        ("hdfs://127.0.0.1:1/x", "HADOOP_CONF_DIR", "/no/such/folder"),
    ] {
        let mut command = shop.retail(&["batch", "--output", far]);
        let output = command.env(name, value).output().unwrap();
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{name}: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains(name) && !text.contains("secret"), "{text}");
    }
    shop.write("conf/core-site.xml", "<configuration>");
    let mut command = shop.retail(&["batch", "--output", "hdfs://127.0.0.1:1/x"]);
    let output = command
        .env("HADOOP_CONF_DIR", shop.path("conf"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("HADOOP_CONF_DIR"),
        "{}",
        stderr(&output)
    );
    // A blank one is none.
    let Some(place) = Place::on_s3() else { return };
    let place = place.with("AWS_SESSION_TOKEN", "").with("AWS_PROFILE", "");
    place.done(&shop, &["batch", "--output", &place.at("output")]);
}
