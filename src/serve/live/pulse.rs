//! The live view, pushed to every browser that watches.
//!
//! One task makes the view when the stream's output has changed, whatever the number of viewers;
//! one that is slow gets the newest when it is ready for it, and nothing queues up.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::page::Page;
use crate::serve::answer::Fail;
use crate::serve::counts;
use crate::serve::site::App;

/// The output is looked at so often while anybody watches.
pub const LOOK: Duration = Duration::from_millis(50);
/// Pushes are at least so far apart.
const REST: Duration = Duration::from_millis(250);
/// Without any change a push says that the connection lives.
const BEAT: Duration = Duration::from_secs(5);

/// Viewers at a time: half the connections of a server, so that others always get one.
const MOST: usize = 512;

/// Where viewers wait for the next view.
pub struct Pulse(watch::Sender<Arc<str>>);

impl Default for Pulse {
    fn default() -> Self {
        Self(watch::Sender::new("".into()))
    }
}

impl Pulse {
    /// How many browsers watch.
    pub fn viewers(&self) -> usize {
        self.0.receiver_count()
    }

    /// Shows them something new.
    pub fn send(&self, text: Arc<str>) {
        self.0.send_replace(text);
    }

    /// A place among the viewers.
    ///
    /// # Errors
    /// When there are too many.
    pub fn watch(&self, app: &App) -> Result<Viewer, Fail> {
        if app.viewers() >= MOST {
            let what = "too many browsers watch already; ask without /events now and then";
            return Err(Fail::new(StatusCode::SERVICE_UNAVAILABLE, what));
        }
        Ok(Viewer(self.0.subscribe()))
    }
}

/// One who watches.
pub struct Viewer(watch::Receiver<Arc<str>>);

/// The view as JSON.
///
/// # Errors
/// None that can be helped: every value is JSON.
pub async fn text(app: &App) -> Result<(u64, Arc<str>), Fail> {
    let shown = app.output.current().await?;
    let feed = shown.content.as_ref();
    let page = Page::of(
        feed.map(Option::as_deref).map_err(AsRef::as_ref),
        &app.settings,
    );
    let text = serde_json::to_string(&page)
        .map_err(|e| crate::error::Error::Internal(format!("the live view as JSON: {e}")))?;
    Ok((shown.generation, text.into()))
}

/// Whether a state of this number is to be shown, where the one before and its time are `last`.
pub fn is_due(last: Option<(u64, Instant)>, generation: u64) -> bool {
    last.is_none_or(|(shown, at)| {
        let (changed, passed) = (shown != generation, at.elapsed());
        passed >= BEAT || changed && passed >= REST
    })
}

/// A view of this moment as an answer by itself.
pub fn answer(text: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text.to_owned()).into_response()
}

/// Makes views while anybody watches, until the end.
pub async fn beat(app: Arc<App>) {
    let mut last: Option<(u64, Instant)> = None;
    let mut ending = app.ending.clone();
    loop {
        tokio::select! {
            () = sleep(LOOK) => {}
            _ = ending.wait_for(|ended| *ended) => return,
        }
        counts::viewers(&app, app.viewers());
        if app.pulse.viewers() == 0 {
            last = None;
            continue;
        }
        let Ok(shown) = app.output.current().await else {
            continue;
        };
        if is_due(last, shown.generation)
            && let Ok((generation, text)) = text(&app).await
        {
            app.pulse.send(text);
            last = Some((generation, Instant::now()));
        }
    }
}

/// The events of one viewer: what is there `first`, then all that is new, called `name`.
pub fn events(
    app: &App,
    viewer: Viewer,
    first: Arc<str>,
    name: &'static str,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let begin = (viewer.0, app.ending.clone(), Some(first));
    let events = stream::unfold(begin, move |(mut receiver, mut ending, first)| async move {
        let text = match first {
            Some(first) => first,
            None => {
                tokio::select! {
                    changed = receiver.changed() => changed.ok()?,
                    _ = ending.wait_for(|ended| *ended) => return None,
                }
                receiver.borrow_and_update().clone()
            }
        };
        let event = Event::default().event(name).data(&*text);
        Some((Ok(event), (receiver, ending, None)))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}
