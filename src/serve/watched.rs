//! Results that other processes replace while they are served.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::error::{Error, Result};

/// A request waits so long for new results before it is answered with those it has.
const PATIENCE: Duration = Duration::from_secs(1);
/// What could not be read is tried again after so long.
const RETRY: Duration = Duration::from_secs(1);

/// Where results come from.
pub trait Source: Send + Sync + 'static {
    /// The results, as a whole.
    type Content: Send + Sync + 'static;

    /// A number that changes when the results do. It must be cheap: every request asks for it.
    fn stamp(&self) -> u64;

    /// Reads the results; none if there are none yet. `before` is what was read last.
    ///
    /// # Errors
    /// When they cannot be read as one run's.
    fn load(&self, before: Option<&Self::Content>) -> Result<Option<Self::Content>>;
}

/// One state of the results.
#[derive(Debug)]
pub struct Shown<T> {
    /// Another number for every state of this process.
    pub generation: u64,
    /// The results, if there are any.
    pub content: Result<Option<Arc<T>>, Arc<Error>>,
    stamp: u64,
    loaded: Instant,
}

impl<T> Shown<T> {
    /// The results, if there are any and they can be read.
    pub fn there(&self) -> Option<&T> {
        self.content.as_ref().ok()?.as_deref()
    }
}

/// Results that are read again when they have changed, by one request at a time.
pub struct Watched<S: Source> {
    source: Arc<S>,
    shown: RwLock<Option<Arc<Shown<S::Content>>>>,
    loading: Arc<Mutex<()>>,
}

impl<S: Source> Watched<S> {
    /// Results that have not been read yet.
    pub fn new(source: S) -> Arc<Self> {
        Arc::new(Self {
            source: Arc::new(source),
            shown: RwLock::new(None),
            loading: Arc::default(),
        })
    }

    fn shown(&self) -> Option<Arc<Shown<S::Content>>> {
        let shown = self.shown.read().unwrap_or_else(PoisonError::into_inner);
        shown.clone()
    }

    /// What is shown, if it is what stands in the folders.
    fn fresh(&self) -> Option<Arc<Shown<S::Content>>> {
        self.shown().filter(|shown| {
            let settled = shown.content.is_ok() || shown.loaded.elapsed() < RETRY;
            settled && shown.stamp == self.source.stamp()
        })
    }

    /// The results as they stand; of large ones that have just been replaced, for a moment
    /// those before.
    ///
    /// # Errors
    /// When reading them panics.
    pub async fn current(self: &Arc<Self>) -> Result<Arc<Shown<S::Content>>> {
        if let Some(shown) = self.fresh() {
            return Ok(shown);
        }
        let this = Arc::clone(self);
        // A task of its own: a client that goes away must not stop the reading.
        let mut reading = tokio::spawn(async move {
            let _only = this.loading.lock().await;
            if let Some(shown) = this.fresh() {
                return Ok(shown);
            }
            let again = Arc::clone(&this);
            spawn_blocking(move || again.read()).await
        });
        let outcome = match (timeout(PATIENCE, &mut reading).await, self.shown()) {
            (Ok(outcome), _) => outcome,
            (Err(_), Some(before)) => return Ok(before),
            (Err(_), None) => reading.await,
        };
        let failed = |_| Error::Internal("reading the results panicked".to_owned());
        outcome.map_err(failed)?.map_err(failed)
    }

    fn read(&self) -> Arc<Shown<S::Content>> {
        let before = self.shown();
        let earlier = before
            .as_ref()
            .and_then(|shown| shown.content.as_ref().ok());
        // Taken before the reading: what changes meanwhile is read again.
        let stamp = self.source.stamp();
        let content = self.source.load(earlier.and_then(Option::as_deref));
        if let Err(e) = &content {
            tracing::warn!("{e}");
        }
        let shown = Arc::new(Shown {
            generation: before.as_ref().map_or(1, |shown| shown.generation + 1),
            content: content.map(|found| found.map(Arc::new)).map_err(Arc::new),
            stamp,
            loaded: Instant::now(),
        });
        let mut slot = self.shown.write().unwrap_or_else(PoisonError::into_inner);
        *slot = Some(Arc::clone(&shown));
        shown
    }
}
