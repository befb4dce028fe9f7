//! The pages of the live shop, pushed to every browser that watches one.
//!
//! As with [`crate::serve::live::pulse`], one task makes a page when the jobs have written
//! something new, whatever the number of viewers, and nothing of pages that nobody watches.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::time::{Instant, sleep};

use super::pages::{Topic, text};
use super::source::Shop;
use crate::serve::answer::Fail;
use crate::serve::live::pulse::{LOOK, Pulse, is_due};
use crate::serve::site::App;
use crate::serve::watched::Shown;

/// Where viewers of each page wait.
#[derive(Default)]
pub struct Pulses([Pulse; 5]);

impl Pulses {
    /// That of a page.
    pub fn of(&self, topic: Topic) -> &Pulse {
        &self.0[topic as usize]
    }

    /// How many browsers watch.
    pub fn viewers(&self) -> usize {
        self.0.iter().map(Pulse::viewers).sum()
    }
}

/// A page as JSON, of what is shown.
///
/// # Errors
/// None that can be helped: every value is JSON.
pub fn page(app: &App, topic: Topic, shown: &Shown<Shop>) -> Result<Arc<str>, Fail> {
    let shop = shown.content.as_ref();
    let shop = shop.map(Option::as_deref).map_err(AsRef::as_ref);
    Ok(text(topic, shop, &app.settings)?.into())
}

/// Makes pages while anybody watches them, until the end.
pub async fn beat(app: Arc<App>) {
    let mut last: BTreeMap<Topic, (u64, Instant)> = BTreeMap::new();
    let mut ending = app.ending.clone();
    loop {
        tokio::select! {
            () = sleep(LOOK) => {}
            _ = ending.wait_for(|ended| *ended) => return,
        }
        last.retain(|topic, _| app.pulses.of(*topic).viewers() > 0);
        if app.pulses.viewers() == 0 {
            continue;
        }
        let Ok(shown) = app.shop.current().await else {
            continue;
        };
        for topic in Topic::ALL {
            let pulse = app.pulses.of(topic);
            let before = last.get(&topic).copied();
            if pulse.viewers() > 0
                && is_due(before, shown.generation)
                && let Ok(text) = page(&app, topic, &shown)
            {
                pulse.send(text);
                last.insert(topic, (shown.generation, Instant::now()));
            }
        }
    }
}
