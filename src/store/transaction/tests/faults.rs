//! The n-th change fails, or the process dies there, for every n.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::faulty::{Fault, Faulty, Quirk};
use super::world::{State, World, files};
use crate::store::local::LocalStore;
use crate::store::transaction::recovery::recover_in;
use crate::store::{Location, Store};

const ONE: &[&str] = &["out/one"];
const THREE: &[&str] = &["out/one", "out/two", "out/three"];
const APART: &[&str] = &["here/one", "there/two", "here/three"];

const CASES: &[(&[&str], bool, Quirk)] = &[
    (ONE, false, Quirk::None),
    (ONE, true, Quirk::None),
    (THREE, false, Quirk::None),
    (APART, false, Quirk::None),
    (APART, true, Quirk::None),
    (APART, false, Quirk::NoExchange),
    (THREE, false, Quirk::NoLinks),
    (THREE, false, Quirk::Busy),
    (APART, false, Quirk::OtherDevice),
    (APART, false, Quirk::Fixed),
    (ONE, false, Quirk::ReadOnlyParent),
    (APART, false, Quirk::ReadOnlyParent),
];

fn faulty(world: &World, fault: Fault, quirk: Quirk) -> Arc<Faulty> {
    Faulty::new(fault, quirk, &world.folders, Box::new(|| {}))
}

/// Another way to recover for every n: a reader of each folder, or a run that does not commit.
fn recover(world: &World, store: &Arc<dyn Store>, n: usize) -> crate::Result<()> {
    if n.is_multiple_of(2) {
        return world.begin(Arc::clone(store)).map(drop);
    }
    let mut order: Vec<&Location> = world.folders.iter().collect();
    let turn = n / 2 % order.len();
    order.rotate_left(turn);
    for folder in order {
        recover_in(store, folder, Duration::ZERO)?;
    }
    // Readers leave a lone lock file: it may be that of a run that just begins.
    for path in world.litter() {
        if path.to_str().unwrap().ends_with(".retail-lock") {
            std::fs::remove_file(path).unwrap();
        }
    }
    Ok(())
}

fn judge(world: &World, first_run: bool, committed: bool, what: &str) -> State {
    let state = world
        .settled()
        .unwrap_or_else(|why| panic!("{what}: {why}"));
    let before = if first_run { State::Absent } else { State::Old };
    assert!(state == State::New || state == before, "{what}: {state:?}");
    assert!(
        !committed || state == State::New,
        "{what}: said done, is {state:?}"
    );
    state
}

#[test]
fn without_a_fault_all_is_new() {
    for &(names, first_run, quirk) in CASES {
        let world = World::new(names, first_run);
        world.run(faulty(&world, Fault::Never, quirk)).unwrap();
        let state = judge(&world, first_run, true, &format!("{names:?} {quirk:?}"));
        assert_eq!(state, State::New);
    }
}

#[test]
fn every_failure_leaves_old_or_new() {
    for &(names, first_run, quirk) in CASES {
        let mut seen = Vec::new();
        for n in 0.. {
            let what = format!("{names:?} first {first_run} {quirk:?}, change {n} fails");
            let world = World::new(names, first_run);
            let store = faulty(&world, Fault::Once(n), quirk);
            let done = world.run(Arc::clone(&store) as _);
            if store.changes() <= n {
                break;
            }
            if done.is_err() && !world.has_journal() && world.litter().is_empty() {
                judge(&world, first_run, false, &format!("{what}, at once"));
            }
            let healthy: Arc<dyn Store> = faulty(&world, Fault::Never, quirk);
            recover(&world, &healthy, n).unwrap_or_else(|e| panic!("{what}: {e}"));
            seen.push(judge(&world, first_run, done.is_ok(), &what));
        }
        assert!(seen.len() > 20 && seen.contains(&State::New), "{names:?}");
        assert_ne!(seen[0], State::New);
    }
}

#[test]
fn a_failure_while_clearing_up_after_a_failure_mixes_nothing() {
    let two: &[&str] = &["here/one", "there/two"];
    for n in 0.. {
        let mut changes = 0;
        for m in n + 1..n + 25 {
            let what = format!("changes {n} and {m} fail");
            let world = World::new(two, false);
            let store = faulty(&world, Fault::Twice(n, m), Quirk::None);
            let done = world.run(Arc::clone(&store) as _);
            let healthy: Arc<dyn Store> = faulty(&world, Fault::Never, Quirk::None);
            recover(&world, &healthy, m).unwrap_or_else(|e| panic!("{what}: {e}"));
            judge(&world, false, done.is_ok(), &what);
            changes = store.changes();
        }
        if changes <= n {
            break;
        }
    }
}

#[test]
fn every_death_leaves_old_or_new() {
    for &(names, first_run, quirk) in CASES {
        for n in 0.. {
            let what = format!("{names:?} first {first_run} {quirk:?}, dies at change {n}");
            let world = World::new(names, first_run);
            let store = faulty(&world, Fault::Death(n), quirk);
            let done = world.run(Arc::clone(&store) as _);
            if store.changes() <= n {
                break;
            }
            let healthy: Arc<dyn Store> = faulty(&world, Fault::Never, quirk);
            recover(&world, &healthy, n).unwrap_or_else(|e| panic!("{what}: {e}"));
            judge(&world, first_run, done.is_ok(), &what);
        }
    }
}

#[test]
fn every_death_of_a_recovery_is_recovered() {
    let two: &[&str] = &["here/one", "there/two"];
    let cases = [
        (two, Quirk::None),
        (ONE, Quirk::NoExchange),
        (ONE, Quirk::OtherDevice),
        (ONE, Quirk::Fixed),
    ];
    for (names, quirk) in cases {
        for n in 0.. {
            let mut died = false;
            for m in 0.. {
                let what = format!("{quirk:?}, dies at change {n}, then at {m} of the recovery");
                let world = World::new(names, false);
                let first = faulty(&world, Fault::Death(n), quirk);
                let done = world.run(Arc::clone(&first) as _);
                died = first.changes() > n;
                let decided = world.has_journal();
                let second = faulty(&world, Fault::Death(m), quirk);
                let recovered = recover(&world, &(Arc::clone(&second) as _), n);
                let healthy: Arc<dyn Store> = faulty(&world, Fault::Never, quirk);
                recover(&world, &healthy, n + m).unwrap_or_else(|e| panic!("{what}: {e}"));
                judge(&world, false, done.is_ok(), &what);
                if second.changes() <= m {
                    recovered.unwrap_or_else(|e| panic!("{what}: {e}"));
                    break;
                }
                // Before the decision a recovery only removes, however much was staged.
                if !died || (!decided && n % 8 != 0) {
                    break;
                }
            }
            if !died {
                break;
            }
        }
    }
}

/// A reader that looks at any moment finds each folder whole, and data nowhere else.
#[test]
fn at_every_change_each_folder_is_whole() {
    for names in [ONE, THREE, APART] {
        let world = Arc::new(World::new(names, false));
        let seen = Arc::clone(&world);
        let watch = Box::new(move || {
            for folder in &seen.folders {
                assert_whole(&seen, folder);
            }
            let astray: Vec<PathBuf> = files(seen.dir.path())
                .into_iter()
                .filter(|path| is_data(path) && !is_found_in(path, &seen.folders))
                .collect();
            let hidden = |path: &PathBuf| path.to_str().unwrap().contains("/.");
            assert!(astray.iter().all(hidden), "{astray:?}");
        });
        let store = Faulty::new(Fault::Never, Quirk::None, &world.folders, watch);
        world.run(Arc::clone(&store) as _).unwrap();
        assert!(store.changes() > 20);
    }
}

fn is_data(path: &std::path::Path) -> bool {
    path.extension()
        .is_some_and(|e| e == "csv" || e == "parquet")
}

fn is_found_in(path: &std::path::Path, folders: &[Location]) -> bool {
    folders
        .iter()
        .any(|folder| path.starts_with(folder.local_path().unwrap()))
}

/// All data files are of one run; the user's files may be on their way.
fn assert_whole(world: &World, folder: &Location) {
    let listed = LocalStore.list(folder).unwrap();
    let data: Vec<_> = listed
        .iter()
        .filter(|entry| is_data(entry.path.as_ref()))
        .collect();
    let text = |path: &str| {
        let entry = data.iter().find(|entry| entry.path == path);
        entry.map(|e| std::fs::read_to_string(e.location.local_path().unwrap()).unwrap())
    };
    let paths: Vec<_> = data.iter().map(|entry| entry.path.as_str()).collect();
    match text("all.csv").as_deref() {
        Some("old all") => assert_eq!(paths, ["all.csv", "day=1/p.parquet", "kept.csv"]),
        Some("new all") => assert_eq!(paths, ["all.csv", "day=2/p.parquet", "kept.csv"]),
        other => panic!(
            "{folder}: {other:?} of {world}",
            world = world.dir.path().display()
        ),
    }
    assert!(folder.join("_SUCCESS").local_path().unwrap().exists());
}

/// Where folders cannot swap names, `_SUCCESS` is there only while the content is whole.
#[test]
fn moved_by_file_a_folder_that_says_success_is_whole() {
    for quirk in [Quirk::Fixed, Quirk::Busy, Quirk::OtherDevice] {
        let world = Arc::new(World::new(ONE, false));
        let seen = Arc::clone(&world);
        let watch = Box::new(move || {
            let folder = &seen.folders[0];
            if folder.join("_SUCCESS").local_path().unwrap().exists() {
                assert_whole(&seen, folder);
            }
        });
        let store = Faulty::new(Fault::Never, quirk, &world.folders, watch);
        world.run(store).unwrap();
        assert_eq!(world.settled(), Ok(State::New));
    }
}

/// The user removes one output of a run that died: the files in the other are still safe.
#[test]
fn a_commit_is_finished_where_it_can_be() {
    let two: &[&str] = &["here/one", "there/two"];
    for n in 0.. {
        let world = World::new(two, false);
        let store = faulty(&world, Fault::Death(n), Quirk::None);
        let done = world.run(Arc::clone(&store) as _);
        let other = world.folders[1].local_path().unwrap();
        let was_new = std::fs::read_to_string(other.join("all.csv")).unwrap() == "new all";
        std::fs::remove_dir_all(world.dir.path().join("here")).unwrap();
        let healthy: Arc<dyn Store> = faulty(&world, Fault::Never, Quirk::None);
        recover_in(&healthy, &world.folders[1], Duration::ZERO).unwrap();
        let state = world
            .state(&world.folders[1])
            .unwrap_or_else(|e| panic!("{n}: {e}"));
        assert_eq!(state, if was_new { State::New } else { State::Old }, "{n}");
        if store.changes() <= n {
            done.unwrap();
            break;
        }
    }
}

#[test]
fn before_the_commit_no_staged_file_looks_like_data() {
    let world = World::new(THREE, false);
    let run = world.begin(Arc::new(LocalStore)).unwrap();
    for i in 0..3 {
        run.folder(i)
            .create("day=2/p.parquet")
            .unwrap()
            .finish()
            .unwrap();
        assert!(run.folder(i).keep("kept.csv").unwrap());
        assert!(!run.folder(i).keep("missing.csv").unwrap());
    }
    let all = files(world.dir.path());
    let astray: Vec<_> = all
        .iter()
        .filter(|path| is_data(path) && !is_found_in(path, &world.folders))
        .collect();
    assert!(astray.is_empty(), "{astray:?}");
    drop(run);
    assert_eq!(world.settled(), Ok(State::Old));
}
