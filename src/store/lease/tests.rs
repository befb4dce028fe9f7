//! Locks among threads, processes and what looks like machines.

use std::process::Command;

use tempfile::TempDir;

use super::super::holder::started;
use super::super::local::LocalStore;
use super::*;

fn place(dir: &TempDir) -> Location {
    Location::from_path(&dir.path().join(".retail-lock")).unwrap()
}

fn write(at: &Location, holder: &Holder) -> Location {
    let name = at.with_suffix("-0123456789abcdef");
    let text = serde_json::to_vec(holder).unwrap();
    assert!(LocalStore.put_new(&name, &text).unwrap());
    name
}

fn files(dir: &TempDir) -> usize {
    dir.path().read_dir().unwrap().count()
}

#[test]
fn one_holds_it_and_leaves_nothing() {
    let dir = TempDir::new().unwrap();
    let at = place(&dir);
    let held = take(&LocalStore, &at, "retail batch").unwrap();
    let error = take(&LocalStore, &at, "another").unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    assert!(error.to_string().contains("retail batch"), "{error}");
    held.check().unwrap();
    drop(held);
    assert_eq!(files(&dir), 0);
    drop(take(&LocalStore, &at, "another").unwrap());
}

#[test]
fn who_died_while_it_let_go_leaves_nothing_for_long() {
    let dir = TempDir::new().unwrap();
    let at = place(&dir);
    let orphan = beat_of(&at.with_suffix("-0123456789abcdef"));
    LocalStore.write_small(&orphan, b"7").unwrap();
    drop(take(&LocalStore, &at, "x").unwrap());
    assert_eq!(files(&dir), 0);
}

#[test]
fn of_many_at_once_one_at_a_time_holds_it() {
    let dir = TempDir::new().unwrap();
    let at = place(&dir);
    let holders = std::sync::atomic::AtomicU32::new(0);
    let taken: u32 = thread::scope(|scope| {
        let work = || {
            let mut taken = 0;
            for _ in 0..20 {
                let Ok(lock) = take(&LocalStore, &at, "x") else {
                    continue;
                };
                assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0);
                taken += 1;
                sleep(Duration::from_millis(1));
                holders.fetch_sub(1, Ordering::SeqCst);
                drop(lock);
            }
            taken
        };
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|w| w.join().unwrap()).sum()
    });
    assert!(taken > 4, "{taken}");
    let left = dir.path().read_dir().unwrap();
    let left: Vec<_> = left.map(|file| file.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_kernel_tells_of_the_dead_on_this_machine() {
    let dir = TempDir::new().unwrap();
    let at = place(&dir);
    let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
    let holder = Holder {
        pid: child.id(),
        started: started(child.id()),
        ..Holder::this("a victim")
    };
    write(&at, &holder);
    let error = take(&LocalStore, &at, "x").unwrap_err();
    assert!(error.to_string().contains("a victim"), "{error}");
    child.kill().unwrap();
    child.wait().unwrap();
    let began = Instant::now();
    let held = take(&LocalStore, &at, "x").unwrap();
    assert!(began.elapsed() < DEAD, "nothing was to be waited for");
    drop(held);
    assert_eq!(files(&dir), 0);
}

#[test]
fn elsewhere_silence_tells_and_the_silent_has_lost_it() {
    let dir = TempDir::new().unwrap();
    let at = place(&dir);
    let elsewhere = Holder {
        table: Some("another machine".to_owned()),
        ..Holder::this("far away")
    };
    let name = write(&at, &elsewhere);
    // One that shows itself is alive, whatever the clocks say.
    let beating = Arc::new(AtomicBool::new(true));
    let (more, beat) = (Arc::clone(&beating), beat_of(&name));
    let heart = thread::spawn(move || {
        let mut count = 0u64;
        while more.load(Ordering::Relaxed) {
            count += 1;
            let text = count.to_string();
            LocalStore.write_small(&beat, text.as_bytes()).unwrap();
            sleep(Duration::from_millis(100));
        }
    });
    assert!(take(&LocalStore, &at, "x").is_err());
    beating.store(false, Ordering::Relaxed);
    heart.join().unwrap();
    let began = Instant::now();
    let held = take(&LocalStore, &at, "x").unwrap();
    assert!(began.elapsed() >= DEAD);
    // And so has this one, when its name is taken away.
    for lost in names(&LocalStore, &at).unwrap() {
        LocalStore.remove_file(&lost).unwrap();
    }
    let began = Instant::now();
    while held.check().is_ok() {
        assert!(began.elapsed() < LOST, "it does not notice");
        sleep(Duration::from_millis(50));
    }
    let error = held.check().unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
}
