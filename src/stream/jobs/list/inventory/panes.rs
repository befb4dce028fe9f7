//! Overlapping windows of one key, added up once in slices of the slide's width.

use serde::{Deserialize, Serialize};

use crate::stream::window::Shape;

/// What is added up, in the order of event time.
pub trait Sum: Default {
    /// Adds what came after it.
    fn then(&mut self, later: &Self);
}

/// Windows that are not written yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Panes<S> {
    /// Windows before it are written.
    next: Option<i64>,
    /// By number, in order.
    slices: Vec<(i64, S)>,
}

impl<S> Default for Panes<S> {
    fn default() -> Self {
        Self {
            next: None,
            slices: Vec::new(),
        }
    }
}

impl<S: Sum> Panes<S> {
    /// What belongs to `at`; it is never before what was last asked for.
    pub fn at(&mut self, at: i64, shape: Shape) -> &mut S {
        let slice = shape.slice(at);
        if self.slices.last().is_none_or(|(last, _)| *last < slice) {
            self.slices.push((slice, S::default()));
        }
        let last = self.slices.len() - 1;
        &mut self.slices[last].1
    }

    /// The next window with anything in it.
    fn first(&self, shape: Shape) -> Option<i64> {
        let (slice, _) = self.slices.first()?;
        Some((slice - shape.overlap() + 1).max(self.next.unwrap_or(i64::MIN)))
    }

    /// When it ends.
    pub fn due(&self, shape: Shape) -> Option<i64> {
        self.first(shape).map(|window| shape.end(window))
    }

    /// Takes the next window if it has ended by `at`: its sum, its start and its end.
    pub fn close(&mut self, at: i64, shape: Shape) -> Option<(S, (i64, i64))> {
        let window = self.first(shape)?;
        if shape.end(window) > at {
            return None;
        }
        let mut sum = S::default();
        let inside = window..window + shape.overlap();
        let slices = self.slices.iter();
        for (_, slice) in slices.filter(|(number, _)| inside.contains(number)) {
            sum.then(slice);
        }
        self.next = Some(window + 1);
        self.slices.retain(|(number, _)| *number > window);
        Some((sum, (shape.start(window), shape.end(window))))
    }
}
