//! The session that the processes of one user share on one server, and what they note there.
//!
//! A streaming query ends with its session, so a submitted one lives in a session that lasts beyond
//! the process. Every process finds it by its number, which follows from user and address. A server
//! never opens a session again that it has ended; then the next number counts.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::errors::is_dropped;
use super::{Remote, Session};
use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::source::input::Input;
use crate::store::run_record::now;
use crate::store::{Holder, host};

/// So many ended sessions are passed over. A server remembers 1,000 of them.
const MOST: u32 = 1_000;
/// The setting of a server that says when it ends a session.
const TIMEOUT: &str = "spark.connect.session.manager.defaultSessionTimeout";
/// What it is where nobody has set it.
const USUAL_TIMEOUT: &str = "60m";
/// What the names of notes about queries begin with.
const QUERIES: &str = "retail.query.";
/// The same of runs.
const RUNS: &str = "retail.run.";

/// What is kept about a query that was submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Its number, which its checkpoint keeps.
    pub id: String,
    /// The number of this start.
    pub run_id: String,
    /// Where its checkpoint is, with that of its rejects.
    pub checkpoint: String,
    /// Where it writes.
    pub output: String,
    /// What it reads.
    pub source: String,
    /// When it was submitted.
    pub submitted: String,
}

/// What is kept about a batch while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// When it began.
    pub started: String,
    /// On which machine.
    pub host: String,
    /// How many files it reads.
    pub files: usize,
    /// How many bytes these have.
    pub bytes: u64,
    /// How many of them have been taken up.
    #[serde(default)]
    pub read: u64,
    /// The session in which it runs, which is its own.
    pub session: String,
    /// What its work is tagged with.
    pub tag: String,
    /// The process.
    holder: Holder,
}

impl Run {
    /// Whether its process is surely no more.
    pub fn is_gone(&self) -> bool {
        self.holder.is_gone() || self.host == host() && self.holder.is_of_another_boot()
    }
}

/// How long a server keeps a session of which nobody asks anything; its queries end with it, also
/// while they run. As it is written in the server's settings, `-1` for ever.
///
/// # Errors
/// When the server does not answer.
pub fn timeout(session: &Session) -> Result<String> {
    let mut settings = session.settings(TIMEOUT)?;
    Ok(settings
        .remove("")
        .unwrap_or_else(|| USUAL_TIMEOUT.to_owned()))
}

/// The shared session.
pub struct Home {
    /// The session.
    pub session: Session,
}

impl Home {
    /// Joins the session, or opens it; what it is asked there has this tag.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn join(remote: &Remote, tag: &str, stop: &Stop) -> Result<Self> {
        for number in 0..MOST {
            let remote = remote.in_session(&session(remote, number));
            match Session::join(&remote, tag, stop) {
                Err(e) if is_dropped(&e) && !remote.names_session() => {}
                session => return session.map(|session| Self { session }),
            }
        }
        let what = "has ended all sessions of retail jobs; restart it, or name a session of your \
                    own with sc://…/;session_id=UUID";
        Err(Error::server(remote, what, false))
    }

    /// The queries that were noted, by name.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn queries(&self) -> Result<BTreeMap<String, Query>> {
        self.notes(QUERIES)
    }

    /// The runs that were noted, by their numbers.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn runs(&self) -> Result<BTreeMap<String, Run>> {
        self.notes(RUNS)
    }

    /// Notes a query.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn note_query(&self, name: &str, query: &Query) -> Result<()> {
        self.note(QUERIES, name, query)
    }

    /// Notes a run.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn note_run(&self, id: &str, run: &Run) -> Result<()> {
        self.note(RUNS, id, run)
    }

    /// Forgets a query.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn forget_query(&self, name: &str) -> Result<()> {
        self.session.unset(&format!("{QUERIES}{name}"))
    }

    /// Forgets a run.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn forget_run(&self, id: &str) -> Result<()> {
        self.session.unset(&format!("{RUNS}{id}"))
    }

    fn note(&self, prefix: &str, name: &str, note: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string(note)
            .map_err(|e| Error::Internal(format!("a note about {name}: {e}")))?;
        self.session.set(&format!("{prefix}{name}"), &text)
    }

    /// Notes that can be read; another version may have left others.
    fn notes<T: DeserializeOwned>(&self, prefix: &str) -> Result<BTreeMap<String, T>> {
        let settings = self.session.settings(prefix)?.into_iter();
        let read = |(name, text): (String, String)| Some((name, serde_json::from_str(&text).ok()?));
        Ok(settings.filter_map(read).collect())
    }
}

/// A batch that is noted as long as this value lives.
///
/// Notes are a courtesy to `retail jobs`: a server that takes none does not end the run.
pub struct Noted {
    home: Option<Home>,
    id: String,
    run: Mutex<Run>,
}

impl Noted {
    /// So many bytes more have been taken up.
    pub fn add(&self, bytes: u64) {
        let Some(home) = &self.home else { return };
        let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        run.read += bytes;
        if let Err(e) = home.note_run(&self.id, &run) {
            tracing::debug!("retail jobs does not see how far this run is: {e}");
        }
    }
}

/// Notes a batch of this process, which runs in `session` under `tag`.
pub fn note_batch(
    session: &Session,
    remote: &Remote,
    id: &str,
    (inputs, tag): (&[Input], &str),
    stop: &Stop,
) -> Noted {
    let run = Run {
        started: now(),
        host: host(),
        files: inputs.len(),
        bytes: inputs.iter().map(|input| input.entry.len).sum(),
        read: 0,
        session: session.id().to_owned(),
        tag: tag.to_owned(),
        holder: Holder::this("batch"),
    };
    let home = Home::join(remote, &format!("{tag}-note"), stop);
    let noted = home.and_then(|home| home.note_run(id, &run).map(|()| home));
    let home = noted.inspect_err(|e| tracing::debug!("retail jobs does not see this run: {e}"));
    Noted {
        home: home.ok(),
        id: id.to_owned(),
        run: Mutex::new(run),
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        if let Some(home) = &self.home
            && let Err(e) = home.forget_run(&self.id)
        {
            tracing::debug!("retail jobs still sees this run: {e}");
        }
    }
}

/// The number of a shared session. Servers take what looks like one of version 4.
fn session(remote: &Remote, number: u32) -> Uuid {
    let text = format!("retail {} {} {number}", remote.user(), remote.server());
    let digest = Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes());
    uuid::Builder::from_random_bytes(*digest.as_bytes()).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_that_of_one_user_on_one_server() {
        let of = |remote: &str, number| session(&Remote::new(remote).unwrap(), number);
        let mine = of("sc://far:15002/;user_id=me", 0);
        assert_eq!(mine.get_version_num(), 4);
        assert_eq!(mine, of("sc://far/;user_id=me;use_ssl=true", 0));
        for other in [
            of("sc://far:15002/;user_id=you", 0),
            of("sc://far:15003/;user_id=me", 0),
            of("sc://near:15002/;user_id=me", 0),
            of("sc://far:15002/;user_id=me", 1),
        ] {
            assert_ne!(mine, other);
        }
    }
}
