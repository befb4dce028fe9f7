//! The address of a Spark Connect server, with what must not be shown taken out.

use std::fmt;

use spark_connect_core::channel::ChannelBuilder;

use crate::error::{Error, Result};

/// What stands in place of a token.
const HIDDEN: &str = "…";

/// `sc://host:port/;key=value`, as every Spark client takes it.
#[derive(Clone)]
pub struct Remote {
    channel: ChannelBuilder,
    user: String,
    is_named: bool,
}

impl Remote {
    /// Reads an address. Who is not named in it is the user of this process, as for HDFS.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is none, or would send a token unencrypted to another machine.
    pub fn new(text: &str) -> Result<Self> {
        // An address may hold a token: no message repeats it.
        let usage = |why: &str| {
            Error::Usage(format!(
                "--remote: {why}; write one such as sc://host:15002 or \
                 sc://host:15002/;use_ssl=true;token=…"
            ))
        };
        if !text.starts_with("sc://") {
            return Err(usage("the address of Spark Connect begins with sc://"));
        }
        let mut channel = ChannelBuilder::parse(text)
            .map_err(|_| usage("is no address of a Spark Connect server"))?;
        if channel.host().is_empty() {
            return Err(usage("names no host"));
        }
        let is_known = |text: &str| ["true", "false"].contains(&text.to_ascii_lowercase().as_str());
        if channel.get("use_ssl").is_some_and(|text| !is_known(text)) {
            return Err(usage("use_ssl is true or false"));
        }
        if channel.token().is_some() && !channel.use_ssl() && !channel.is_loopback() {
            return Err(usage(
                "would send its token unencrypted; add use_ssl=true to it",
            ));
        }
        let user = match channel.user_id() {
            Some(user) => user.to_owned(),
            None => user(),
        };
        channel.set("user_id", &user);
        let is_named = channel.get("session_id").is_some();
        Ok(Self {
            channel,
            user,
            is_named,
        })
    }

    /// The same server, and the session of this number, which others may join.
    ///
    /// An address that names a session keeps to it.
    #[must_use]
    pub fn in_session(&self, session: &uuid::Uuid) -> Self {
        let mut remote = self.clone();
        if !remote.is_named {
            remote.channel.set("session_id", &session.to_string());
        }
        remote
    }

    /// Whether the address itself names a session.
    pub fn names_session(&self) -> bool {
        self.is_named
    }

    /// Host and port.
    pub fn server(&self) -> String {
        format!("{}:{}", self.channel.host(), self.channel.port())
    }

    /// Who is told to the server.
    pub fn user(&self) -> &str {
        &self.user
    }

    pub(super) fn channel(&self) -> &ChannelBuilder {
        &self.channel
    }
}

/// Host and port, and that there is a token.
impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sc://{}:{}", self.channel.host(), self.channel.port())?;
        match self.channel.get("token") {
            Some(_) => write!(f, "/;token={HIDDEN}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

fn user() -> String {
    let names = ["HADOOP_USER_NAME", "USER", "LOGNAME"];
    let mut names = names
        .into_iter()
        .filter_map(|name| std::env::var(name).ok());
    let named = names.find(|name| !name.trim().is_empty());
    named.unwrap_or_else(|| "retail".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown_nor_sent_in_the_clear() {
        let remote = Remote::new("sc://127.0.0.1:1234/;token=s3cret;user_id=me").unwrap();
        assert_eq!(remote.to_string(), "sc://127.0.0.1:1234/;token=…");
        assert_eq!(format!("{remote:?}"), "sc://127.0.0.1:1234/;token=…");
        assert_eq!(remote.user(), "me");
        for bad in [
            "sc://far:15002/;token=s3cret",
            "http://far/s3cret",
            "sc://far/path;s3cret",
            "sc://",
            "sc://far:port",
            "sc://far/;use_ssl=yes;token=s3cret",
            "sc://127.0.0.1/;use_ssl=1",
        ] {
            let error = Remote::new(bad).unwrap_err();
            assert_eq!(error.exit_status(), 2, "{bad}");
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
        assert!(Remote::new("sc://far/;use_ssl=true;token=x").is_ok());
        assert_eq!(
            Remote::new("sc://far").unwrap().to_string(),
            "sc://far:15002"
        );
    }
}
