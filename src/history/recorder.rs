//! What a command tells of itself while it runs.

use std::cell::RefCell;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::log::is_denied;
use super::scribe::{Place, Scribe, Word};
use super::{Entry, Outcome, entry};
use crate::error::{Error, Result};
use crate::store::run_record::now;
use crate::store::{Holder, host, new_run_id};

/// How long the end of a run waits for a log on another machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The exit status.
    pub status: u8,
    /// The error, in one line.
    pub error: Option<String>,
}

impl Ended {
    fn outcome(&self) -> Outcome {
        match (self.status, &self.error) {
            (0, _) => Outcome::Done,
            (3, _) => Outcome::CheckFailed,
            (130 | 143, None) => Outcome::Stopped,
            (130 | 143, Some(_)) => Outcome::Interrupted,
            _ => Outcome::Failed,
        }
    }
}

/// Keeps the entry of the command that runs, if it leaves one.
#[derive(Debug)]
pub struct Recorder(RefCell<Inner>);

#[derive(Debug)]
struct Inner {
    run_id: String,
    started: String,
    began: Instant,
    run: Option<Run>,
}

#[derive(Debug)]
struct Run {
    entry: Entry,
    pen: Pen,
}

impl Default for Recorder {
    fn default() -> Self {
        Self(RefCell::new(Inner::now()))
    }
}

impl Inner {
    fn now() -> Self {
        Self {
            run_id: new_run_id(),
            started: now(),
            began: Instant::now(),
            run: None,
        }
    }
}

impl Recorder {
    /// A command begins. It leaves no entry unless it says [where](Self::record).
    pub fn enter(&self) {
        *self.0.borrow_mut() = Inner::now();
    }

    /// The command leaves an entry at `place`, from now on also where it fails; `what` says what
    /// it makes, where it has a choice.
    pub fn record(&self, command: &str, place: Place, what: Vec<String>) {
        let mut inner = self.0.borrow_mut();
        let entry = Entry {
            run_id: inner.run_id.clone(),
            command: command.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            folder: ".".to_owned(),
            what,
            started: inner.started.clone(),
            finished: None,
            seconds: None,
            outcome: Outcome::Running,
            exit_status: None,
            error: None,
            figures: serde_json::Map::new(),
            host: host(),
            process: Holder::this(&format!("retail {command}")),
        };
        let pen = Pen::of(place);
        inner.run = Some(Run { entry, pen });
    }

    /// The command waits or reads: its entry is written where there is a folder for the log.
    pub fn look(&self) {
        self.write(false);
    }

    /// The work begins: the entry is written if it was not before, and the folders for it are
    /// made.
    pub fn begin(&self) {
        self.write(true);
    }

    fn write(&self, make: bool) {
        if let Some(Run { entry, pen }) = &mut self.0.borrow_mut().run {
            let entry = entry.clone();
            pen.take(Word::Begin { entry, make });
        }
    }

    /// Whether there is an entry to come.
    pub fn is_recording(&self) -> bool {
        self.0.borrow().run.is_some()
    }

    /// The figures of the summary.
    pub fn figures(&self, summary: &Value) {
        if let Some(run) = &mut self.0.borrow_mut().run {
            run.entry.figures = entry::figures(summary);
        }
    }

    /// The command has ended. Wrong usage leaves no entry. That a log cannot be written is said
    /// where nothing worse is.
    pub fn leave(&self, ended: Ended) {
        let mut inner = self.0.borrow_mut();
        let began = inner.began;
        let Some(Run { mut entry, pen }) = inner.run.take() else {
            return;
        };
        let outcome = ended.outcome();
        let command = entry.command.clone();
        let word = match ended.status {
            2 => Word::Forget,
            _ => {
                entry.outcome = outcome;
                entry.finished = Some(now());
                entry.seconds = Some((began.elapsed().as_secs_f64() * 1000.0).round() / 1000.0);
                entry.exit_status = Some(ended.status);
                entry.error = ended.error;
                Word::End(entry)
            }
        };
        let Err(error) = pen.end(word) else { return };
        // Who only reads need not be allowed to write.
        let is_expected = command == "verify" && is_denied(&error);
        match outcome {
            Outcome::Failed | Outcome::Interrupted => {
                tracing::debug!("no entry in the history: {error}");
            }
            _ if is_expected => tracing::debug!("no entry in the history: {error}"),
            _ => tracing::warn!("no entry in the history: {error}"),
        }
    }
}

/// Writes at once on this machine, and in another thread where a network is asked: a run neither
/// waits for it, nor twice for a store that does not answer.
#[derive(Debug)]
enum Pen {
    Here(Scribe),
    Far {
        words: Sender<Word>,
        ended: Receiver<Option<Error>>,
    },
}

impl Pen {
    fn of(place: Place) -> Self {
        let mut scribe = Scribe::new(place.clone());
        if place.is_here() {
            return Self::Here(scribe);
        }
        let (words, heard) = channel();
        let (end, ended) = channel();
        let work = move || {
            for word in heard {
                scribe.take(word);
            }
            // Nobody may wait for it any more.
            let _ = end.send(scribe.failed);
        };
        match thread::Builder::new()
            .name("history".to_owned())
            .spawn(work)
        {
            Ok(_) => Self::Far { words, ended },
            Err(_) => Self::Here(Scribe::new(place)),
        }
    }

    fn take(&mut self, word: Word) {
        match self {
            Self::Here(scribe) => scribe.take(word),
            // The thread ends only after us.
            Self::Far { words, .. } => drop(words.send(word)),
        }
    }

    fn end(mut self, word: Word) -> Result<()> {
        self.take(word);
        let failed = match self {
            Self::Here(scribe) => scribe.failed,
            Self::Far { words, ended } => {
                drop(words);
                match ended.recv_timeout(PATIENCE) {
                    Ok(failed) => failed,
                    Err(RecvTimeoutError::Timeout) => Some(Error::Busy {
                        place: "the store of the log".to_owned(),
                        what: format!("no answer within {} s", PATIENCE.as_secs()),
                    }),
                    Err(RecvTimeoutError::Disconnected) => None,
                }
            }
        };
        failed.map_or(Ok(()), Err)
    }
}
