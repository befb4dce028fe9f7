//! Who sees a stream run.

use std::time::Duration;

use crate::stream::live::View;
use crate::stream::state::State;

/// Is told of a running stream, on its own thread: what takes long holds it up.
pub trait Watch {
    /// The end of a turn of the loop; `lag` is how many events wait in the source, if it knows.
    fn turn(&mut self, _state: &State, _lag: Option<u64>) {}

    /// A view of the open windows that has been made.
    fn view(&mut self, _view: &View<'_>) {}

    /// A commit that took so long.
    fn committed(&mut self, _took: Duration) {}
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
