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
    let odd = |c: char| !c.is_ascii_alphanumeric() && !"-._".contains(c);
    if bucket.contains(odd) {
        return Err(Error::Usage(format!("s3://{bucket}: no name of a bucket")));
    }
    let mut builder = AmazonS3Builder::new().with_bucket_name(bucket);
    for (key, value) in environment()? {
        builder = builder.with_config(key, value);
    }
    for (key, value) in profile()? {
        if builder.get_config_value(&key).is_none() {
            builder = builder.with_config(key, value);
        }
    }
    let endpoint = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint]
        .iter()
        .find_map(|key| builder.get_config_value(key));
    for (one, other, missing) in [
        (
            AmazonS3ConfigKey::AccessKeyId,
            AmazonS3ConfigKey::SecretAccessKey,
            "AWS_SECRET_ACCESS_KEY",
        ),
        (
            AmazonS3ConfigKey::SecretAccessKey,
            AmazonS3ConfigKey::AccessKeyId,
            "AWS_ACCESS_KEY_ID",
        ),
    ] {
        let has = |key: &AmazonS3ConfigKey| builder.get_config_value(key).is_some();
        if has(&one) && !has(&other) {
            return Err(Error::Usage(format!(
                "{missing}: is missing beside its other half"
            )));
        }
    }
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

/// What is configured, for other programs that are to read the same.
pub struct Said {
    /// The address, unless it is Amazon's.
    pub endpoint: Option<String>,
    /// The region.
    pub region: String,
    /// The key and its secret.
    pub keys: Option<(String, String)>,
}

/// What the environment and the profile's files say.
///
/// # Errors
/// As for a client.
pub fn said() -> Result<Said> {
    let mut all = environment()?;
    all.extend(profile()?);
    let get = |wanted: &[AmazonS3ConfigKey]| {
        let found = all.iter().find(|(key, _)| wanted.contains(key));
        found.map(|(_, value)| value.clone())
    };
    let key = get(&[AmazonS3ConfigKey::AccessKeyId]);
    let region = get(&[AmazonS3ConfigKey::Region, AmazonS3ConfigKey::DefaultRegion]);
    Ok(Said {
        endpoint: get(&[AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint]),
        region: region.unwrap_or_else(|| "us-east-1".to_owned()),
        keys: key.zip(get(&[AmazonS3ConfigKey::SecretAccessKey])),
    })
}

/// The `AWS_*` variables that say something; blank ones are as good as none.
fn environment() -> Result<Vec<(AmazonS3ConfigKey, String)>> {
    let mut found = Vec::new();
    for (name, value) in std::env::vars_os() {
        let Some(name) = name.to_str().filter(|name| name.starts_with("AWS_")) else {
            continue;
        };
        let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() else {
            continue;
        };
        let told = |what: &str| Err(Error::Usage(format!("{name}: {what}")));
        match value.to_str() {
            Some("") => {}
            // The value may be a secret, so it is not shown.
            Some(value) => match fault(key, value) {
                Some(what) => return told(what),
                None => found.push((key, value.to_owned())),
            },
            None => return told("not a text in UTF-8"),
        }
    }
    Ok(found)
}

/// What is wrong with a value, of which the client would make a request that cannot be.
fn fault(key: AmazonS3ConfigKey, value: &str) -> Option<&'static str> {
    let is_address = |text: &str| {
        let host = text
            .strip_prefix("http://")
            .or(text.strip_prefix("https://"));
        host.is_some_and(|host| !host.is_empty() && !host.starts_with(['/', ':']))
    };
    let is_region = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    match key {
        _ if value.contains(|c: char| c.is_control() || c.is_whitespace()) => {
            Some("has a blank or the end of a line in it")
        }
        AmazonS3ConfigKey::Endpoint | AmazonS3ConfigKey::S3Endpoint if !is_address(value) => {
            Some("not an address; write http://host:port or https://host")
        }
        AmazonS3ConfigKey::Region | AmazonS3ConfigKey::DefaultRegion if !is_region(value) => {
            Some("not the name of a region")
        }
        _ => None,
    }
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
        for (name, value) in section.iter() {
            let known = keys
                .iter()
                .find(|(known, _)| name.eq_ignore_ascii_case(known));
            let Some(&(_, key)) = known.filter(|_| !value.is_empty()) else {
                continue;
            };
            if let Some(what) = fault(key, value) {
                return Err(Error::Usage(format!("{}: {name}: {what}", path.display())));
            }
            found.push((key, value.to_owned()));
        }
    }
    match chosen {
        Some(name) if !known => Err(Error::Usage(format!(
            "AWS_PROFILE: no profile is called {name}"
        ))),
        _ => Ok(found),
    }
}
