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
/// Events after which progress is told.
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

/// As fast as possible: files are read on a thread of their own while the sink takes events.
fn play_at_once(
    player: &mut Player,
    sink: &mut impl Sink,
    stop: &Stop,
    mut progress: impl FnMut(u64),
) -> Result<u64> {
    let (full, bundles) = sync_channel::<Batch>(BUNDLES);
    let (back, empty) = sync_channel::<Batch>(BUNDLES + 2);
    thread::scope(|scope| {
        let reader = scope.spawn(move || read_ahead(player, &full, &empty));
        let mut sent = 0;
        // Leaving drops the receiver, which ends the reader.
        for mut bundle in bundles {
            let before = sent;
            for event in (0..bundle.len()).filter_map(|i| bundle.get(i)) {
                if stop.asked() || !sink.send(&event)? {
                    progress(sent - before);
                    return Ok(sent);
                }
                sent += 1;
            }
            progress(sent - before);
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

/// Plays to the end, or until a signal comes; gives the number of events taken up. `progress`
/// is told how many more there are.
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
    if pace.is_unbounded() {
        return play_at_once(player, sink, stop, progress);
    }
    let mut sent = 0;
    let mut told = 0;
    while !stop.asked() {
        let event = match player.peek() {
            Ok(Some(event)) => event,
            Ok(None) => break,
            Err(_) if stop.asked() => break,
            Err(e) => return Err(e),
        };
        loop {
            let wait = pace.wait(event.time, Instant::now);
            if wait.is_zero() {
                break;
            }
            sink.pause()?;
            thread::sleep(wait.clamp(SHORTEST_PAUSE, LONGEST_PAUSE));
            if stop.asked() {
                progress(sent - told);
                return Ok(sent);
            }
        }
        if !sink.send(&event)? {
            break;
        }
        player.take();
        pace.played();
        sent += 1;
        if sent - told >= TELL_EVERY {
            progress(sent - told);
            told = sent;
        }
    }
    progress(sent - told);
    Ok(sent)
}
