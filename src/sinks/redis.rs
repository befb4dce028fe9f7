//! Redis: no results go there; it keeps answers of the API that several servers share.

use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, IntoConnectionInfo, RedisError,
    RedisResult, TlsCertificates, cmd,
};

use super::address::{Address, Tls};
use super::client::{CONNECT, chain, wait};
use crate::error::{Error, Result};
use crate::signal::Stop;

/// A Redis, not asked yet.
pub struct Redis {
    client: Client,
    config: AsyncConnectionConfig,
    place: String,
}

/// What a Redis tells of itself.
#[derive(Debug, Clone)]
pub struct About {
    /// Its version; empty where this user may not ask.
    pub version: String,
    /// What its clock shows, in milliseconds since 1970, if this user may ask.
    pub clock: Option<i64>,
    /// Whether it refuses what is new when its memory is full, instead of forgetting what is old.
    pub refuses_when_full: bool,
}

/// What was answered; nothing where the user may not ask.
fn allowed<T>(answer: RedisResult<T>) -> RedisResult<Option<T>> {
    match answer {
        Err(e) if e.code() == Some("NOPERM") => Ok(None),
        answer => answer.map(Some),
    }
}

/// Asks the Redis at `address` what it is.
///
/// # Errors
/// [`Error::Server`]; those of [`Redis::new`]; after a signal.
pub fn about(address: &Address, stop: &Stop) -> Result<About> {
    let redis = Redis::new(address, CONNECT)?;
    wait(stop, redis.about())
}

impl Redis {
    /// The Redis at `address`, which is to connect and to answer within `patience`.
    ///
    /// # Errors
    /// [`Error::Usage`] when its authorities cannot be read.
    pub fn new(address: &Address, patience: Duration) -> Result<Self> {
        let place = address.to_string();
        let wrong = |e: RedisError| Error::Usage(format!("{place}: {e}"));
        let (host, port) = address.host();
        let host = host.to_owned();
        let at = match address.tls {
            Tls::Off => ConnectionAddr::Tcp(host, port),
            _ => ConnectionAddr::TcpTls {
                host,
                port,
                insecure: address.ca.is_none() && address.tls != Tls::Verify,
                tls_params: None,
            },
        };
        let info = at.into_connection_info().map_err(wrong)?;
        let mut login = info.redis_settings().clone().set_skip_set_lib_name();
        if let Ok(number) = address.database.parse() {
            login = login.set_db(number);
        }
        if let Some(password) = &address.password {
            login = login.set_password(password);
        }
        if !address.user.is_empty() {
            login = login.set_username(&address.user);
        }
        let info = info.set_redis_settings(login);
        let client = match &address.ca {
            Some(file) if address.tls != Tls::Off => {
                let text = std::fs::read(file).map_err(|e| {
                    Error::Usage(format!(
                        "{}: cannot be read as certificates: {e}",
                        file.display()
                    ))
                })?;
                let trusted = TlsCertificates {
                    client_tls: None,
                    root_cert: Some(text),
                };
                Client::build_with_tls(info, trusted)
            }
            _ => Client::open(info),
        };
        Ok(Self {
            client: client.map_err(wrong)?,
            config: AsyncConnectionConfig::new()
                .set_connection_timeout(Some(patience))
                .set_response_timeout(Some(patience)),
            place,
        })
    }

    /// Its address, without what is secret.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Connects, logs in and sees that it answers.
    ///
    /// # Errors
    /// [`Error::Server`].
    pub async fn connect(&self) -> Result<MultiplexedConnection> {
        let connected = async {
            let config = &self.config;
            let connecting = self
                .client
                .get_multiplexed_async_connection_with_config(config);
            let mut line = connecting.await?;
            // One that asks for a password lets everybody connect.
            let () = cmd("PING").query_async(&mut line).await?;
            Ok(line)
        };
        connected.await.map_err(|e| self.told(&e))
    }

    async fn about(&self) -> Result<About> {
        let mut line = self.connect().await?;
        let asked = async {
            let info: RedisResult<String> = cmd("INFO").query_async(&mut line).await;
            let time: RedisResult<(i64, i64)> = cmd("TIME").query_async(&mut line).await;
            let time = allowed(time)?.map(|(seconds, micros)| seconds * 1_000 + micros / 1_000);
            RedisResult::Ok((allowed(info)?.unwrap_or_default(), time))
        };
        let (info, clock) = asked.await.map_err(|e| self.told(&e))?;
        let value = |name: &str| {
            let mut lines = info.lines().filter_map(|line| line.split_once(':'));
            let found = lines.find(|(known, _)| *known == name);
            found.map_or("", |(_, value)| value.trim()).to_owned()
        };
        let limited = !["", "0"].contains(&&*value("maxmemory"));
        Ok(About {
            version: value("redis_version"),
            clock,
            refuses_when_full: limited && value("maxmemory_policy") == "noeviction",
        })
    }

    /// What it says, or why it does not.
    pub fn told(&self, error: &RedisError) -> Error {
        let hint = match (error.kind(), error.code()) {
            (ErrorKind::AuthenticationFailed, _) | (_, Some("NOAUTH" | "WRONGPASS")) => {
                "; set RETAIL_REDIS_PASSWORD, or give ?password-file=FILE"
            }
            _ => "",
        };
        let passing = error.is_io_error() || error.is_timeout();
        Error::server(&self.place, format!("{}{hint}", chain(error)), passing)
    }
}
