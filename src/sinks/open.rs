//! Opening databases.

use super::Sink;
use super::address::{Address, Server};
use super::cassandra::Cassandra;
use super::clickhouse::ClickHouse;
use super::mongodb::MongoDb;
use super::postgres::Postgres;
use crate::error::{Error, Result};

/// The database at an address; it is not asked yet.
///
/// # Errors
/// [`Error::Usage`] when results cannot go there, or its authorities cannot be read.
pub fn open(address: &Address) -> Result<Box<dyn Sink>> {
    Ok(match address.server {
        Server::Postgres => Box::new(Postgres::new(address.clone())?),
        Server::ClickHouse => Box::new(ClickHouse::new(address.clone())?),
        Server::MongoDb => Box::new(MongoDb::new(address.clone())),
        Server::Cassandra => Box::new(Cassandra::new(address.clone())),
        Server::Redis => {
            return Err(Error::Usage(format!(
                "{address}: Redis keeps answers of the API (retail serve --cache), not results"
            )));
        }
    })
}
