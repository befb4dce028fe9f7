//! How a collection is replaced: loaded beside it, then renamed, by one process at a time.

use std::time::Duration;

use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::error::{Error as MongoError, ErrorKind, WriteFailure};
use mongodb::{Collection, Database};
use tokio::time::{Instant, sleep};

use super::rows::{DUPLICATE, LOT, insert};
use super::{Done, TABLES};
use crate::error::{Error, Result};
use crate::sinks::OWNER;
use crate::sinks::client::{long_ago, patience};

/// Whoever switches collections says so in the collection of tables, under this name: what another
/// owner wrote into a collection between its copy and its replacement would be lost.
const LOCK: &str = "switch";
/// So long that holds unless it is said again; a process that was killed holds others up no longer.
const LEASE: Duration = Duration::from_secs(10);
/// It is looked at again after so long.
const LOOK: Duration = Duration::from_millis(100);

/// The right to switch collections.
pub struct Switch<'a> {
    database: &'a Database,
    run: &'a str,
}

impl<'a> Switch<'a> {
    /// Waits for the right.
    ///
    /// # Errors
    /// When another has it for longer than databases are waited for.
    pub async fn take(
        database: &'a Database,
        run: &'a str,
        failed: impl Fn(MongoError) -> Error,
        place: &str,
    ) -> Result<Self> {
        let this = Self { database, run };
        let began = Instant::now();
        while !this.hold().await.map_err(&failed)? {
            if began.elapsed() > patience().max(LEASE * 2) {
                let what = "another process switches its collections; run the same again";
                return Err(Error::server(place, what, true));
            }
            sleep(LOOK).await;
        }
        Ok(this)
    }

    /// Takes or keeps it; false while it is another's.
    async fn hold(&self) -> Done<bool> {
        let now = DateTime::now();
        let until = now.timestamp_millis() + LEASE.as_millis() as i64;
        let until = Bson::DateTime(DateTime::from_millis(until));
        let tables = self.database.collection::<Document>(TABLES);
        let fresh = doc! { "_id": LOCK, "run": self.run, "until": &until };
        match tables.insert_one(fresh).await {
            Ok(_) => return Ok(true),
            Err(e) if is_duplicate(&e) => {}
            Err(e) => return Err(e),
        }
        let mine = doc! { "_id": LOCK, "run": self.run };
        let old = doc! { "_id": LOCK, "until": { "$lt": now } };
        for free in [mine, old] {
            let change = doc! { "$set": { "run": self.run, "until": &until } };
            if tables.update_one(free, change).await?.matched_count > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes the rows of other owners over to what is to replace a collection.
    pub async fn others(&self, table: &str, into: &Collection<Document>, owner: &str) -> Done<()> {
        let from = self.database.collection::<Document>(table);
        let mut found = from.find(doc! { OWNER: { "$ne": owner } }).await?;
        let mut some = Vec::new();
        while found.advance().await? {
            some.push(found.deserialize_current()?);
            if some.len() == LOT {
                insert(into, &some).await?;
                some.clear();
                self.hold().await?;
            }
        }
        if !some.is_empty() {
            insert(into, &some).await?;
        }
        self.hold().await.map(drop)
    }

    /// Lets others have it.
    pub async fn end(self) -> Done<()> {
        let tables = self.database.collection::<Document>(TABLES);
        let mine = doc! { "_id": LOCK, "run": self.run };
        tables.delete_one(mine).await.map(drop)
    }
}

fn is_duplicate(error: &MongoError) -> bool {
    matches!(&*error.kind, ErrorKind::Write(WriteFailure::WriteError(e)) if e.code == DUPLICATE)
}

/// What a table is called while it is loaded: by each run otherwise, as two may be at work at once.
pub fn loading(table: &str, run: &str) -> String {
    let run = run.replace(['-', '.'], "_");
    format!("{table}_loading_{run}")
}

/// Drops what runs have left that were cut short: this one, and those of long ago.
pub async fn clear(database: &Database, table: &str, loading: &str) -> Done<()> {
    let prefix = format!("{table}_loading_");
    let old = format!("{prefix}{}", long_ago());
    for name in database.list_collection_names().await? {
        if name == loading || name.starts_with(&prefix) && name < old {
            database.collection::<Document>(&name).drop().await?;
        }
    }
    Ok(())
}
