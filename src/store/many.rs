//! Work on many files at once: on HDFS and S3 each waits for a network most of its time.

use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::{Kind, Location, Store};
use crate::error::{Error, Result};

/// Files that are worked on at once. More gain little, and ask much of a small server.
const AT_ONCE: usize = 8;

/// Does `work` on each of `items`, some at once.
///
/// # Errors
/// The first of `work`, after which nothing more is begun.
pub fn for_each<T: Sync>(items: &[T], work: impl Fn(&T) -> Result<()> + Sync) -> Result<()> {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let worker = || {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            if failed.load(Ordering::Relaxed) {
                break;
            }
            work(item).inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
        }
        Ok(())
    };
    if items.len() < 2 {
        return worker();
    }
    thread::scope(|scope| {
        let workers = (0..AT_ONCE.min(items.len())).map(|_| scope.spawn(worker));
        let ends: Vec<_> = workers.collect();
        ends.into_iter().try_for_each(|worker| {
            let lost = |_| Err(Error::Internal("a worker ended without an answer".into()));
            worker.join().unwrap_or_else(lost)
        })
    })
}

/// Moves a folder with all in it to a free name; file by file where the store cannot rename
/// folders. Should that stop half-way, each file is at one of the two places.
///
/// # Errors
/// When the store refuses.
pub fn move_folder(store: &dyn Store, from: &Location, to: &Location) -> Result<()> {
    match store.rename(from, to) {
        Err(e) if e.is_io(ErrorKind::CrossesDevices) => {}
        done => return done,
    }
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for child in store.children(&below(from, &folder))? {
            let name = match (folder.as_str(), child.name.to_string_lossy()) {
                ("", name) => name.into_owned(),
                (folder, name) => format!("{folder}/{name}"),
            };
            match child.kind {
                Kind::Dir => folders.push(name),
                _ => files.push(name),
            }
        }
    }
    for_each(&files, |name| {
        store.rename(&from.join(name), &to.join(name))
    })
}

fn below(folder: &Location, name: &str) -> Location {
    match name {
        "" => folder.clone(),
        name => folder.join(name),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn each_is_done_once_and_a_failure_ends_it() {
        let seen = Mutex::new(vec![0; 1000]);
        let items: Vec<usize> = (0..1000).collect();
        for_each(&items, |&item| {
            seen.lock().unwrap()[item] += 1;
            Ok(())
        })
        .unwrap();
        assert!(seen.lock().unwrap().iter().all(|&count| count == 1));
        let done = Mutex::new(0);
        let error = for_each(&items, |&item| {
            *done.lock().unwrap() += 1;
            match item {
                20 => Err(Error::Usage("twenty".into())),
                _ => Ok(()),
            }
        });
        assert_eq!(error.unwrap_err().to_string(), "twenty");
        assert!(*done.lock().unwrap() < 1000);
        for_each(&[] as &[usize], |_| Ok(())).unwrap();
    }
}
