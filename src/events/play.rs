//! Playing events at their pace into a sink.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::events::batch::{Batch, Event};
use crate::events::pace::Pace;
use crate::events::player::Player;
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

/// Plays to the end, or until a signal comes; gives the number of events taken up. `progress`
/// is told how many more there are. Files are read on a thread of their own, a little ahead.
///
/// # Errors
/// When a file cannot be read or an event not be sent.
pub fn play(
    player: &mut Player,
    pace: &mut Pace,
    sink: &mut impl Sink,
    stop: &Stop,
    mut progress: impl FnMut(u64),
) -> Result<u64> {
    let tell_every = if pace.is_unbounded() { TELL_EVERY } else { 1 };
    let (full, bundles) = sync_channel::<Batch>(BUNDLES);
    let (back, empty) = sync_channel::<Batch>(BUNDLES + 2);
    thread::scope(|scope| {
        let reader = scope.spawn(move || read_ahead(player, &full, &empty));
        let mut sent = 0;
        // Leaving drops the receiver, which ends the reader.
        for mut bundle in bundles {
            let mut told = sent;
            for event in (0..bundle.len()).filter_map(|i| bundle.get(i)) {
                if !wait(pace, &event, sink, stop)? || !sink.send(&event)? {
                    progress(sent - told);
                    return Ok(sent);
                }
                pace.played();
                sent += 1;
                if sent - told >= tell_every {
                    progress(sent - told);
                    told = sent;
                }
            }
            progress(sent - told);
            bundle.clear();
            let _ = back.try_send(bundle);
        }
        match reader.join() {
            Ok(Err(e)) if !stop.asked() => Err(e),
            Ok(_) => Ok(sent),
            Err(_) => Err(Error::Internal("the reader of events panicked".into())),
        }
    })
}

/// Waits until the event is due; false when a signal came.
fn wait(pace: &mut Pace, event: &Event<'_>, sink: &mut impl Sink, stop: &Stop) -> Result<bool> {
    while !stop.asked() {
        let wait = pace.wait(event.time, Instant::now);
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
    full: &SyncSender<Batch>,
    empty: &Receiver<Batch>,
) -> Result<()> {
    loop {
        let mut bundle = empty.try_recv().unwrap_or_default();
        let more = loop {
            match player.peek()? {
                Some(event) => bundle.push(&event),
                None => break false,
            }
            player.take();
            if bundle.bytes() >= AHEAD {
                break true;
            }
        };
        // Nobody listens any more when the sink has failed or a signal came.
        if full.send(bundle).is_err() || !more {
            return Ok(());
        }
    }
}
