//! Playing events at their pace into a sink.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::events::batch::{Batch, Event};
use crate::events::pace::Pace;
use crate::events::player::Player;
use crate::record::Time;
use crate::signal::Stop;

/// Signals are looked at so often while nothing is due.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// Shorter pauses would cost more than they give.
const SHORTEST_PAUSE: Duration = Duration::from_micros(500);
/// Events after which progress is told, when they are not counted out.
const TELL_EVERY: u64 = 256;

/// What takes events.
pub trait Sink {
    /// Takes an event up; false when it was not taken because a signal came.
    ///
    /// # Errors
    /// When it cannot be sent.
    fn send(&mut self, event: &Event<'_>) -> Result<bool>;

    /// Called when nothing is due for a moment: what is buffered may go.
    ///
    /// # Errors
    /// When what was taken up cannot be sent.
    fn pause(&mut self) -> Result<()>;
}

/// Bytes of events that are read ahead at a time.
const AHEAD: usize = 256 << 10;
/// Bundles of events between the reader and the sink.
const BUNDLES: usize = 4;

/// Events of one lap that were read ahead.
#[derive(Default)]
struct Bundle {
    events: Batch,
    lap: u64,
}

/// What was played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Played {
    /// Events taken up.
    pub sent: u64,
    /// Laps begun.
    pub laps: u64,
}

/// Plays to the end, or until a signal comes. `progress` is told how many more events have been
/// taken up. Files are read on a thread of their own, a little ahead, which is left alone after
/// a signal: a pipe that says nothing cannot hold up the end.
///
/// # Errors
/// When a file cannot be read or an event not be sent.
pub fn play(
    mut player: Player,
    pace: &mut Pace,
    sink: &mut impl Sink,
    stop: &Stop,
    mut progress: impl FnMut(u64),
) -> Result<Played> {
    let tell_every = if pace.is_unbounded() { TELL_EVERY } else { 1 };
    let (full, bundles) = sync_channel::<Bundle>(BUNDLES);
    let (back, empty) = sync_channel::<Bundle>(BUNDLES + 2);
    let reader = thread::spawn(move || read_ahead(&mut player, &full, &empty));
    let mut played = Played { sent: 0, laps: 1 };
    let mut told = 0;
    // Leaving drops the receiver, which ends the reader.
    while let Some(mut bundle) = next(&bundles, sink, stop)? {
        let events = &bundle.events;
        for event in (0..events.len()).filter_map(|i| events.get(i)) {
            if !wait(pace, event.time, sink, stop)? || !sink.send(&event)? {
                progress(played.sent - told);
                return Ok(played);
            }
            pace.played();
            played.sent += 1;
            played.laps = bundle.lap + 1;
            if played.sent - told >= tell_every {
                progress(played.sent - told);
                told = played.sent;
            }
        }
        progress(played.sent - told);
        told = played.sent;
        bundle.events.clear();
        let _ = back.try_send(bundle);
    }
    progress(played.sent - told);
    if stop.asked() {
        return Ok(played);
    }
    match reader.join() {
        Ok(outcome) => outcome.map(|()| played),
        Err(_) => Err(Error::Internal("the reader of events panicked".into())),
    }
}

/// The next bundle; none at the end, or when a signal came.
fn next(bundles: &Receiver<Bundle>, sink: &mut impl Sink, stop: &Stop) -> Result<Option<Bundle>> {
    if let Ok(bundle) = bundles.try_recv() {
        return Ok(Some(bundle));
    }
    while !stop.asked() {
        sink.pause()?;
        match bundles.recv_timeout(LONGEST_PAUSE) {
            Ok(bundle) => return Ok(Some(bundle)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(None)
}

/// Waits until an event of that time is due; false when a signal came.
///
/// # Errors
/// When what was taken up cannot be sent.
pub fn wait(
    pace: &mut Pace,
    time: Option<Time>,
    sink: &mut impl Sink,
    stop: &Stop,
) -> Result<bool> {
    while !stop.asked() {
        let wait = pace.wait(time, Instant::now);
        if wait.is_zero() {
            return Ok(true);
        }
        sink.pause()?;
        thread::sleep(wait.clamp(SHORTEST_PAUSE, LONGEST_PAUSE));
    }
    Ok(false)
}

fn read_ahead(
    player: &mut Player,
    full: &SyncSender<Bundle>,
    empty: &Receiver<Bundle>,
) -> Result<()> {
    // What a pipe says goes on at once.
    let ahead = if player.score().live() { 0 } else { AHEAD };
    let mut more = true;
    while more {
        let mut bundle = empty.try_recv().unwrap_or_default();
        loop {
            more = match player.step() {
                Ok(more) => more,
                Err(e) => {
                    // What was read before it is played.
                    let _ = full.send(bundle);
                    return Err(e);
                }
            };
            let lap = player.place().lap;
            if !more || !bundle.events.is_empty() && lap != bundle.lap {
                break;
            }
            if let Some(event) = player.current() {
                bundle.events.push(&event);
            }
            bundle.lap = lap;
            player.take();
            if bundle.events.bytes() > ahead {
                break;
            }
        }
        // Nobody listens any more when the sink has failed or a signal came.
        if full.send(bundle).is_err() {
            break;
        }
    }
    Ok(())
}
