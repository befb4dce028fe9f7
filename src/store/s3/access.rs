//! Where S3 is, and with which keys: from the environment and the files that everybody uses.

use std::path::PathBuf;
use std::time::Duration;

use ini::Ini;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};

use crate::error::{Error, Result};
use crate::store::remote::patience;

/// How long a server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a request may take, with its content.
const REQUEST: Duration = Duration::from_secs(120);

/// The client of a bucket. `AWS_*` variables win over the profile's files.
pub(super) fn client(bucket: &str) -> Result<AmazonS3> {
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
    for (key, value) in profile()? {
        if builder.get_config_value(&key).is_none() {
            builder = builder.with_config(key, value);
        }
    }
    let endpoint = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint]
        .iter()
        .find_map(|key| builder.get_config_value(key));
    let plain = endpoint.is_some_and(|url| url.starts_with("http://"));
    let options = ClientOptions::new()
        .with_connect_timeout(CONNECT)
        .with_timeout(REQUEST);
    let retry = RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(2),
            base: 2.0,
        },
        max_retries: 100,
        retry_timeout: patience(),
    };
    builder
        .with_client_options(options)
        .with_allow_http(plain)
        .with_retry(retry)
        .build()
        .map_err(|e| Error::Usage(format!("s3://{bucket}: {e}")))
}

/// What the files of the AWS tools say of the profile in use; empty where there are none.
fn profile() -> Result<Vec<(AmazonS3ConfigKey, String)>> {
    let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let chosen = variable("AWS_PROFILE");
    let name = chosen.clone().unwrap_or_else(|| "default".to_owned());
    let home = variable("HOME").map(PathBuf::from);
    let file = |variable_name: &str, below: &str| {
        variable(variable_name)
            .map(PathBuf::from)
            .or_else(|| Some(home.as_ref()?.join(".aws").join(below)))
            .filter(|path| path.is_file())
    };
    let mut found = Vec::new();
    let mut known = false;
    let keys = [
        ("aws_access_key_id", AmazonS3ConfigKey::AccessKeyId),
        ("aws_secret_access_key", AmazonS3ConfigKey::SecretAccessKey),
        ("aws_session_token", AmazonS3ConfigKey::Token),
        ("region", AmazonS3ConfigKey::Region),
        ("endpoint_url", AmazonS3ConfigKey::Endpoint),
    ];
    let files = [
        (
            file("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
            name.clone(),
        ),
        (file("AWS_CONFIG_FILE", "config"), format!("profile {name}")),
        (file("AWS_CONFIG_FILE", "config"), name.clone()),
    ];
    for (path, section) in files {
        let Some(path) = path else { continue };
        // Its text may hold keys, so the reader's own error is not shown.
        let text = Ini::load_from_file(&path)
            .map_err(|_| Error::Usage(format!("{}: not a file of profiles", path.display())))?;
        let Some(section) = text.section(Some(section)) else {
            continue;
        };
        known = true;
        for (name, key) in &keys {
            if let Some(value) = section.get(name) {
                found.push((*key, value.to_owned()));
            }
        }
    }
    match chosen {
        Some(name) if !known => Err(Error::Usage(format!(
            "AWS_PROFILE: no profile is called {name}"
        ))),
        _ => Ok(found),
    }
}
