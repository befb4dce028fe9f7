//! How a collection is replaced: loaded beside it, then renamed, by one process at a time.

use std::time::Duration;

use mongodb::bson::{DateTime, Document, doc};
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
/// No such command.
const UNKNOWN: i32 = 59;
/// It is looked at again after so long.
const LOOK: Duration = Duration::from_millis(100);

/// The right to switch collections.
pub struct Switch<'a, F> {
    database: &'a Database,
    holder: &'a str,
    failed: F,
    place: &'a str,
}

impl<'a, F: Fn(MongoError) -> Error> Switch<'a, F> {
    /// Waits for the right.
    ///
    /// # Errors
    /// When another has it for longer than databases are waited for.
    pub async fn take(
        database: &'a Database,
        holder: &'a str,
        failed: F,
        place: &'a str,
    ) -> Result<Self> {
        let this = Self {
            database,
            holder,
            failed,
            place,
        };
        let began = Instant::now();
        while !this.hold().await.map_err(&this.failed)? {
            if began.elapsed() > patience().max(LEASE * 2) {
                let what = "another process switches its collections; run the same again";
                return Err(Error::server(place, what, true));
            }
            sleep(LOOK).await;
        }
        Ok(this)
    }

    fn lock(&self) -> Collection<Document> {
        self.database.collection(TABLES)
    }

    /// The clock of the server, which all see alike, and when a lease ends that begins now.
    async fn clock(&self) -> Done<(DateTime, DateTime)> {
        let now = now(self.database).await?.unwrap_or_else(DateTime::now);
        let until = now.timestamp_millis() + LEASE.as_millis() as i64;
        Ok((now, DateTime::from_millis(until)))
    }

    /// Takes it where it is free; false while it is another's.
    async fn hold(&self) -> Done<bool> {
        let (now, until) = self.clock().await?;
        let fresh = doc! { "_id": LOCK, "run": self.holder, "until": until };
        match self.lock().insert_one(fresh).await {
            Ok(_) => return Ok(true),
            Err(e) if is_duplicate(&e) => {}
            Err(e) => return Err(e),
        }
        if self.kept().await? {
            return Ok(true);
        }
        let old = doc! { "_id": LOCK, "until": { "$lt": now } };
        let change = doc! { "$set": { "run": self.holder, "until": until } };
        let Some(before) = self.lock().find_one_and_update(old, change).await? else {
            return Ok(false);
        };
        // Whoever had it may only pause: without what it has loaded it replaces nothing any more.
        let mark = loading("", before.get_str("run").unwrap_or_default());
        for name in self.database.list_collection_names().await? {
            if name.ends_with(&mark) {
                self.database.collection::<Document>(&name).drop().await?;
            }
        }
        Ok(true)
    }

    /// Holds it for longer; false when it has become another's.
    async fn kept(&self) -> Done<bool> {
        let (_, until) = self.clock().await?;
        let mine = doc! { "_id": LOCK, "run": self.holder };
        let change = doc! { "$set": { "until": until } };
        let done = self.lock().update_one(mine, change).await?;
        Ok(done.matched_count > 0)
    }

    /// Holds it for longer.
    ///
    /// # Errors
    /// When another has it by now: all has to be done again.
    pub async fn keep(&self) -> Result<()> {
        match self.kept().await.map_err(&self.failed)? {
            true => Ok(()),
            false => {
                let what = "paused for so long that another process switches its collections";
                Err(Error::server(self.place, what, true))
            }
        }
    }

    /// Takes the rows of other owners over to what is to replace a collection.
    ///
    /// # Errors
    /// When that fails, or it has become another's turn.
    pub async fn others(
        &self,
        table: &str,
        into: &Collection<Document>,
        owner: &str,
    ) -> Result<()> {
        let failed = &self.failed;
        let from = self.database.collection::<Document>(table);
        let theirs = doc! { OWNER: { "$ne": owner } };
        let mut found = from.find(theirs).await.map_err(failed)?;
        let mut some = Vec::new();
        while found.advance().await.map_err(failed)? {
            some.push(found.deserialize_current().map_err(failed)?);
            if some.len() == LOT {
                self.keep().await?;
                insert(into, &some).await.map_err(failed)?;
                some.clear();
            }
        }
        self.keep().await?;
        if !some.is_empty() {
            insert(into, &some).await.map_err(failed)?;
        }
        self.keep().await
    }
}

/// The server's clock, if it tells it.
pub async fn now(database: &Database) -> Done<Option<DateTime>> {
    let answer = match database.run_command(doc! { "hello": 1 }).await {
        // As older servers call it.
        Err(e) if matches!(&*e.kind, ErrorKind::Command(e) if e.code == UNKNOWN) => {
            database.run_command(doc! { "isMaster": 1 }).await?
        }
        answer => answer?,
    };
    Ok(answer.get_datetime("localTime").ok().copied())
}

/// Lets others have the right to switch collections, where this holder has it.
pub async fn leave(database: &Database, holder: &str) -> Done<()> {
    let tables = database.collection::<Document>(TABLES);
    let mine = doc! { "_id": LOCK, "run": holder };
    tables.delete_one(mine).await.map(drop)
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
