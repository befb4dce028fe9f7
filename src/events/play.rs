//! Playing events at their pace into a sink.

use std::thread;
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::events::batch::Event;
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
