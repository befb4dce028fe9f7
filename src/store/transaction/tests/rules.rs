//! What is refused, what stays, what goes.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::faulty::{Fault, Faulty, Quirk};
use super::world::{State, World};
use crate::error::Error;
use crate::store::local::LocalStore;
use crate::store::transaction::recovery::recover_in;
use crate::store::{Location, RunRecord, Store, Target, Transaction, recover};

fn at(dir: &TempDir, name: &str) -> Location {
    Location::from_path(&dir.path().join(name)).unwrap()
}

fn put(at: &Location, text: &str) {
    let path = at.local_path().unwrap();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn write(run: &Transaction, name: &str, text: &str) {
    let mut file = run.folder(0).create(name).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.finish().unwrap();
}

fn names(folder: &Location) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder.local_path().unwrap())
        .unwrap()
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn generated(name: &str) -> bool {
    name.starts_with("retail_") && name.ends_with(".csv")
}

#[test]
fn the_record_lists_the_files_and_the_run() {
    let dir = TempDir::new().unwrap();
    let out = at(&dir, "new/out");
    let run = Transaction::begin("test", vec![Target::dataset(out.clone())]).unwrap();
    let id = run.run_id().to_owned();
    write(&run, "b=1/x.csv", "12345");
    write(&run, "a.csv", "");
    run.commit(|folder, files| {
        assert_eq!((folder, files.len()), (0, 2));
        let mut record = RunRecord::begin("test");
        record.figures = serde_json::json!({"read": 3});
        record
    })
    .unwrap();
    assert_eq!(names(&out), ["_SUCCESS", "_run.json", "a.csv", "b=1"]);
    let record = RunRecord::read(&out).unwrap().unwrap();
    assert_eq!(record.run_id, id);
    assert_eq!(record.figures["read"], 3);
    let files: Vec<_> = record
        .files
        .iter()
        .map(|f| (f.name.as_str(), f.bytes))
        .collect();
    assert_eq!(files, [("a.csv", 0), ("b=1/x.csv", 5)]);
    assert!(record.started <= record.finished && record.finished.ends_with('Z'));
    let text = fs::read_to_string(out.join("_run.json").local_path().unwrap()).unwrap();
    let order = [
        "run_id", "command", "version", "started", "finished", "settings", "inputs",
    ];
    let places: Vec<_> = order
        .iter()
        .map(|f| text.find(&format!("\"{f}\"")).unwrap())
        .collect();
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn a_second_run_is_told_who_holds_the_folder() {
    let world = World::new(&["one", "two"], false);
    let first = world.begin(Arc::new(LocalStore)).unwrap();
    let second = Transaction::begin("batch", vec![Target::dataset(world.folders[1].clone())]);
    let error = second.unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains(&format!("pid {}, retail test", std::process::id())),
        "{text}"
    );
    assert!(text.starts_with(&world.folders[1].to_string()), "{text}");
    // A reader is not disturbed by a run at work.
    recover(&world.folders[0]).unwrap();
    drop(first);
    assert_eq!(world.settled(), Ok(State::Old));
    world.run(Arc::new(LocalStore)).unwrap();
    assert_eq!(world.settled(), Ok(State::New));
}

#[test]
fn only_one_of_many_gets_a_lock() {
    let dir = TempDir::new().unwrap();
    let lock = at(&dir, "lock");
    let inside = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut taken = 0;
                while taken < 200 {
                    if let Ok(held) = LocalStore.lock(&lock, "me") {
                        use std::sync::atomic::Ordering::SeqCst;
                        assert_eq!(inside.fetch_add(1, SeqCst), 0);
                        std::thread::sleep(Duration::from_micros(100));
                        inside.fetch_sub(1, SeqCst);
                        drop(held);
                        taken += 1;
                    }
                }
            });
        }
    });
    assert!(!lock.local_path().unwrap().exists());
}

#[test]
fn a_recovery_waits_for_all_folders_of_the_run() {
    for n in 0.. {
        let world = World::new(&["one", "two"], false);
        let store = Faulty::new(Fault::Death(n), Quirk::None, &[], Box::new(|| {}));
        if world.run(store).is_ok() {
            panic!("no death left both folders to do");
        }
        let [one, two] = [0, 1].map(|i| world.state(&world.folders[i]));
        if !world.has_journal() || one == Ok(State::Old) || two != Ok(State::Old) {
            continue;
        }
        let two = world.folders[1].parent().unwrap().join(".two.retail-lock");
        let held = LocalStore.lock(&two, "another recovery").unwrap();
        let store: Arc<dyn Store> = Arc::new(LocalStore);
        let error = recover_in(&store, &world.folders[0], Duration::ZERO).unwrap_err();
        assert!(matches!(error, Error::Busy { .. }), "{error}");
        assert_eq!(world.state(&world.folders[1]), Ok(State::Old));
        drop(held);
        recover_in(&store, &world.folders[0], Duration::ZERO).unwrap();
        assert_eq!(world.state(&world.folders[1]), Ok(State::New));
        return;
    }
}

#[test]
fn a_reader_gives_up_on_a_commit_that_does_not_end() {
    let world = World::new(&["one"], false);
    let held = world.begin(Arc::new(LocalStore)).unwrap();
    put(
        &world.folders[0]
            .parent()
            .unwrap()
            .join(".one.retail-journal"),
        "{}",
    );
    let store: Arc<dyn Store> = Arc::new(LocalStore);
    let error = recover_in(&store, &world.folders[0], Duration::from_millis(50)).unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    drop(held);
}

#[test]
fn a_dataset_with_data_of_others_is_refused() {
    for name in [
        "part-0.snappy.parquet",
        "day=1/x.CSV",
        "deep/er/x.jsonl",
        "x.csv.gz",
    ] {
        let dir = TempDir::new().unwrap();
        let out = at(&dir, "out");
        put(&out.join(name), "theirs");
        let error = Transaction::begin("test", vec![Target::dataset(out.clone())]).unwrap_err();
        assert!(matches!(error, Error::Data { .. }), "{error}");
        assert!(error.to_string().contains(name), "{error}");
        assert_eq!(names(&at(&dir, ".")), ["out"], "nothing is left");
    }
    let dir = TempDir::new().unwrap();
    let out = at(&dir, "out");
    for hidden in ["_mine/x.csv", ".x.csv", "notes.txt"] {
        put(&out.join(hidden), "theirs");
    }
    let run = Transaction::begin("test", vec![Target::dataset(out.clone())]).unwrap();
    write(&run, "a.csv", "");
    // One that comes while the run is at work is noticed, too.
    put(&out.join("late.csv"), "theirs");
    let error = run.commit(|_, _| RunRecord::begin("test")).unwrap_err();
    assert!(error.to_string().contains("late.csv"), "{error}");
    assert_eq!(names(&out), [".x.csv", "_mine", "late.csv", "notes.txt"]);
    assert_eq!(names(&at(&dir, ".")), ["out"]);
}

#[test]
fn a_shared_folder_loses_only_what_is_ours() {
    let dir = TempDir::new().unwrap();
    let out = at(&dir, "out");
    for name in [
        "retail_1.csv",
        "retail_2.csv",
        "mine.csv",
        "sub/retail_1.csv",
        "empty/x",
    ] {
        put(&out.join(name), "before");
    }
    fs::remove_file(out.join("empty/x").local_path().unwrap()).unwrap();
    std::os::unix::fs::symlink("/etc", out.join("link").local_path().unwrap()).unwrap();
    let run = Transaction::begin("test", vec![Target::shared(out.clone(), generated)]).unwrap();
    write(&run, "retail_2.csv", "after");
    run.commit(|_, _| RunRecord::begin("test")).unwrap();
    let expected = [
        "_SUCCESS",
        "_run.json",
        "empty",
        "link",
        "mine.csv",
        "retail_2.csv",
        "sub",
    ];
    assert_eq!(names(&out), expected);
    assert!(Path::new("/etc").exists());
    let text = |name: &str| fs::read_to_string(out.join(name).local_path().unwrap()).unwrap();
    assert_eq!(text("retail_2.csv"), "after");
    assert_eq!(text("sub/retail_1.csv"), "before");
    // What the record lists goes, too, whatever its name.
    let run = Transaction::begin("test", vec![Target::shared(out.clone(), |_| false)]).unwrap();
    run.commit(|_, _| RunRecord::begin("test")).unwrap();
    let expected = ["_SUCCESS", "_run.json", "empty", "link", "mine.csv", "sub"];
    assert_eq!(names(&out), expected);
}

#[test]
fn a_file_of_the_user_is_never_overwritten() {
    for (theirs, ours) in [("a.csv", "a.csv"), ("a", "a/b.csv"), ("a/b", "a")] {
        let dir = TempDir::new().unwrap();
        let out = at(&dir, "out");
        put(&out.join(theirs), "theirs");
        let target = Target::shared(out.clone(), |_| false);
        let run = Transaction::begin("test", vec![target]).unwrap();
        write(&run, ours, "ours");
        let error = run.commit(|_, _| RunRecord::begin("test")).unwrap_err();
        assert!(matches!(error, Error::Data { .. }), "{error}");
        let kept = fs::read_to_string(out.join(theirs).local_path().unwrap()).unwrap();
        assert_eq!(kept, "theirs");
        assert_eq!(names(&at(&dir, ".")), ["out"]);
    }
}

#[test]
fn a_folder_of_the_user_that_cannot_move_stays() {
    let world = World::new(&["one"], false);
    let pinned = world.folders[0].join("sub");
    let store = Faulty::new(Fault::Never, Quirk::Fixed, &[pinned], Box::new(|| {}));
    world.run(store).unwrap();
    assert_eq!(world.settled(), Ok(State::New));
}

#[test]
fn wrong_folders_and_names_are_refused() {
    let dir = TempDir::new().unwrap();
    let begin = |names: &[&str]| {
        let targets = names.iter().map(|name| Target::dataset(at(&dir, name)));
        Transaction::begin("test", targets.collect())
    };
    assert_eq!(begin(&["a", "b/../a"]).unwrap_err().exit_status(), 2);
    assert_eq!(begin(&["a/b", "a"]).unwrap_err().exit_status(), 2);
    put(&at(&dir, "file"), "");
    assert!(matches!(begin(&["file"]).unwrap_err(), Error::Data { .. }));
    let run = begin(&["out"]).unwrap();
    for name in [
        "",
        "/x",
        "a//b",
        "../x",
        "a/./b",
        "_run.json",
        "_SUCCESS",
        "x.tmp",
    ] {
        assert!(run.folder(0).create(name).is_err(), "{name}");
    }
    let unfinished = run.folder(0).create("x").unwrap();
    assert!(run.folder(0).create("x").is_err(), "written twice");
    drop(unfinished);
    assert!(run.commit(|_, _| RunRecord::begin("test")).is_err());
    assert!(!at(&dir, "out").local_path().unwrap().exists());
}

#[test]
fn the_aim_of_a_link_is_replaced_and_the_link_stays() {
    let dir = TempDir::new().unwrap();
    put(&at(&dir, "real/out/notes.txt"), "mine");
    std::os::unix::fs::symlink("real/out", dir.path().join("out")).unwrap();
    let run = Transaction::begin("test", vec![Target::dataset(at(&dir, "out"))]).unwrap();
    write(&run, "a.csv", "x");
    run.commit(|_, _| RunRecord::begin("test")).unwrap();
    assert!(dir.path().join("out").is_symlink());
    let expected = ["_SUCCESS", "_run.json", "a.csv", "notes.txt"];
    assert_eq!(names(&at(&dir, "real/out")), expected);
    assert_eq!(names(&at(&dir, "real")), ["out"]);
}

#[test]
fn a_damaged_record_is_not_guessed_at() {
    let dir = TempDir::new().unwrap();
    put(&at(&dir, "out/_run.json"), "{\"run_id\": 1");
    let error = Transaction::begin("test", vec![Target::dataset(at(&dir, "out"))]).unwrap_err();
    assert!(error.to_string().contains("_run.json"), "{error}");
}

#[test]
fn many_threads_write_one_folder() {
    let dir = TempDir::new().unwrap();
    let out = at(&dir, "out");
    let run = Transaction::begin("test", vec![Target::dataset(out.clone())]).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let staged = run.folder(0);
            scope.spawn(move || {
                for day in 0..20 {
                    let mut file = staged.create(&format!("day={day}/{thread}.csv")).unwrap();
                    file.write_all(b"x").unwrap();
                    file.finish().unwrap();
                }
            });
        }
    });
    run.commit(|_, _| RunRecord::begin("test")).unwrap();
    assert_eq!(LocalStore.list(&out).unwrap().len(), 80);
}

/// Needs the right to mount.
#[test]
fn a_real_mount_point_is_written_in_place() {
    let world = World::new(&["one", "two"], true);
    let mount = world.folders[0].local_path().unwrap();
    fs::create_dir_all(mount).unwrap();
    let tool = |name: &str, arguments: &[&str]| {
        let status = std::process::Command::new(name)
            .args(arguments)
            .arg(mount)
            .output();
        status.is_ok_and(|output| output.status.success())
    };
    if !tool("mount", &["-t", "tmpfs", "-o", "size=1m", "none"]) {
        println!("skipped: no right to mount");
        return;
    }
    let empty_again = std::panic::catch_unwind(|| {
        let run = world.begin(Arc::new(LocalStore)).unwrap();
        let mut big = run.folder(0).create("x.csv").unwrap();
        let written = big.write_all(&vec![b'x'; 2 << 20]);
        let finished = big.finish().is_ok() && written.is_ok();
        assert!(!finished, "1 MiB takes no 2");
        drop(run);
        assert_eq!(names(&world.folders[0]), [""; 0]);
        world.run(Arc::new(LocalStore)).unwrap();
        assert_eq!(world.settled(), Ok(State::New));
        world.run(Arc::new(LocalStore)).map(|()| world.settled())
    });
    assert!(tool("umount", &[]));
    assert!(matches!(empty_again, Ok(Ok(_))), "{empty_again:?}");
}
