//! A world runs, and its lines are handed on in batches.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::batch::Batch;
use super::desk::Desk;
use super::plan::{Shape, WorldKind, WorldPlan};
use super::truth::WorldTruth;
use super::{Simulation, simulation};
use crate::error::{Error, Result};
use crate::record::Time;
use crate::signal::Stop;

/// Batches between the world and the sink.
const AHEAD: usize = 4;

/// Lets the world run and hands its lines to `sink`, on the caller's thread; answers what they
/// hold. With more than one thread the world runs on its own, a little ahead. The lines are the
/// same for any number of threads.
///
/// # Errors
/// What `sink` returns; [`Error::Interrupted`] once `stop` is asked.
pub fn run(
    plan: &WorldPlan,
    threads: usize,
    stop: &Stop,
    mut sink: impl FnMut(&Batch) -> Result<()>,
) -> Result<WorldTruth> {
    let mut world = simulation(plan);
    let times = plan.topics().iter().map(|topic| topic.time).collect();
    let mut desk = Desk::new(plan.faults, times);
    if threads < 2 {
        let mut spare = Batch::default();
        let mut more = true;
        while more {
            stop.check()?;
            more = fill(&mut *world, &mut desk)?;
            let mut batch = desk.take(std::mem::take(&mut spare));
            sink(&batch)?;
            batch.clear();
            spare = batch;
        }
        return Ok(truth(plan, world, &desk));
    }
    let (full, batches) = sync_channel::<Batch>(AHEAD);
    let (back, empty) = sync_channel::<Batch>(AHEAD + 2);
    thread::scope(|scope| {
        let maker = scope.spawn(move || -> Result<_> {
            while hand_over(&mut *world, &mut desk, &full, &empty)? {}
            Ok((world, desk))
        });
        // Leaving drops the receiver, which ends the maker.
        for mut batch in batches {
            stop.check()?;
            sink(&batch)?;
            batch.clear();
            let _ = back.try_send(batch);
        }
        let panicked = |_| Error::Internal("the thread of a world panicked".to_owned());
        let (world, desk) = maker.join().map_err(panicked)??;
        Ok(truth(plan, world, &desk))
    })
}

/// Runs the world until a batch is full; false at the end.
fn fill(world: &mut dyn Simulation, desk: &mut Desk) -> Result<bool> {
    while !desk.is_full() {
        if !world.step(desk)? {
            desk.end();
            return Ok(false);
        }
    }
    Ok(true)
}

fn hand_over(
    world: &mut dyn Simulation,
    desk: &mut Desk,
    full: &SyncSender<Batch>,
    empty: &Receiver<Batch>,
) -> Result<bool> {
    let more = fill(world, desk)?;
    let spare = empty.try_recv().unwrap_or_default();
    // Nobody listens any more when the sink has failed or a signal came.
    Ok(full.send(desk.take(spare)).is_ok() && more)
}

fn truth(plan: &WorldPlan, world: Box<dyn Simulation>, desk: &Desk) -> WorldTruth {
    let settings = &plan.settings;
    let moment = |micros| Time::from_micros(micros).map_or_else(String::new, |t| t.to_string());
    let shape = match settings.shape {
        Shape::Readme => "readme",
        Shape::Generator => "generator",
    };
    let names = plan.topics().iter().map(|topic| topic.name.to_owned());
    let mut truth = WorldTruth {
        world: settings.world.name().to_owned(),
        shape: (settings.world == WorldKind::Inventory).then(|| shape.to_owned()),
        seed: settings.seed,
        start: moment(plan.start),
        end: moment(plan.end),
        topics: names.zip(desk.counts()).collect(),
        ..WorldTruth::default()
    };
    truth.events = truth.topics.values().map(|topic| topic.valid_rows).sum();
    world.finish(&mut truth);
    truth
}
