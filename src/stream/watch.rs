//! Who sees a stream run.

use std::time::Duration;

use crate::error::Result;
use crate::stream::live::View;
use crate::stream::output::Parts;
use crate::stream::state::State;
use crate::stream::window::Closed;

/// Is told of a running stream, on its own thread: what takes long holds it up.
pub trait Watch {
    /// The end of a turn of the loop; `lag` is how many events wait in the source, if it knows.
    fn turn(&mut self, _state: &State, _lag: Option<u64>) {}

    /// A view of the open windows that has been made.
    fn view(&mut self, _view: &View<'_>) {}

    /// A commit that took so long.
    fn committed(&mut self, _took: Duration) {}

    /// Closed rows that the next commit holds.
    ///
    /// # Errors
    /// When they cannot be kept; ends the run.
    fn rows(&mut self, _fresh: &[Closed]) -> Result<()> {
        Ok(())
    }

    /// They are committed, and these are the files of the output by now.
    fn kept(&mut self, _parts: &Parts) {}
}

/// Looks away.
impl Watch for () {}

impl<W: Watch> Watch for Option<W> {
    fn turn(&mut self, state: &State, lag: Option<u64>) {
        self.iter_mut().for_each(|watch| watch.turn(state, lag));
    }

    fn view(&mut self, view: &View<'_>) {
        self.iter_mut().for_each(|watch| watch.view(view));
    }

    fn committed(&mut self, took: Duration) {
        self.iter_mut().for_each(|watch| watch.committed(took));
    }
}
