//! The store on this machine's disks.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{Access, CWD, RenameFlags, access, renameat_with};
use rustix::io::Errno;
use walkdir::WalkDir;

use super::lock::FileLock;
use super::{Child, Entry, FileRead, FileWrite, Kind, Location, Lock, Stat, Store};
use crate::error::{Error, Result};

/// The local disk; [`Location::Local`] only.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalStore;

impl FileWrite for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// Runs `call` on the local path of `at`.
fn on<T>(
    action: &'static str,
    at: &Location,
    call: impl FnOnce(&Path) -> io::Result<T>,
) -> Result<T> {
    let Some(path) = at.local_path() else {
        return Err(Error::Internal(format!(
            "{at} was given to the local store"
        )));
    };
    call(path).map_err(|e| Error::io(action, at, e))
}

/// Nothing there is an answer, not an error.
fn absent<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(e)
            if matches!(
                e.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(e) => Err(e),
    }
}

fn kind(kind: fs::FileType) -> Kind {
    match kind {
        kind if kind.is_file() => Kind::File,
        kind if kind.is_dir() => Kind::Dir,
        _ => Kind::Other,
    }
}

fn is_hidden(name: &OsStr) -> bool {
    matches!(name.as_encoded_bytes().first(), Some(b'_' | b'.'))
}

fn entry(path: String, location: Location, meta: &fs::Metadata) -> Entry {
    Entry {
        path,
        location,
        len: meta.len(),
        // Only filesystems without times lack it; then all files are equally old.
        modified: meta.modified().unwrap_or(SystemTime::UNIX_EPOCH),
    }
}

/// Says why the walk stopped, and what to do about a link that is in the way.
fn walk_error(root: &Location, error: walkdir::Error) -> Error {
    let place = error.path().unwrap_or(Path::new("")).display().to_string();
    match error.loop_ancestor() {
        Some(above) => Error::data(
            place,
            format!("this link leads back to {}; remove it", above.display()),
        ),
        None if fs::read_link(&place).is_ok() && fs::metadata(&place).is_err() => {
            Error::data(place, "this link leads nowhere; mend or remove it")
        }
        None => {
            let place = if place.is_empty() {
                root.to_string()
            } else {
                place
            };
            let unknown = || io::ErrorKind::Other.into();
            Error::io("list", place, error.into_io_error().unwrap_or_else(unknown))
        }
    }
}

impl Store for LocalStore {
    fn list(&self, at: &Location) -> Result<Vec<Entry>> {
        let meta = on("list", at, |path| fs::metadata(path))?;
        if !meta.is_dir() && !meta.is_file() {
            let what = "neither a file nor a folder; write the data to a file first";
            return Err(Error::data(at, what));
        }
        if meta.is_file() {
            let name = at.name().unwrap_or_default().to_owned();
            return Ok(vec![entry(name, at.clone(), &meta)]);
        }
        let root = on("list", at, |path| Ok(path.to_owned()))?;
        let mut found = Vec::new();
        let walk = WalkDir::new(&root).min_depth(1).follow_links(true);
        for item in walk.into_iter().filter_entry(|e| !is_hidden(e.file_name())) {
            let item = match item {
                Ok(item) => item,
                // A hidden link that leads nowhere or in a circle is not looked at, as all hidden.
                Err(e) if e.path().and_then(Path::file_name).is_some_and(is_hidden) => continue,
                Err(e) => return Err(walk_error(at, e)),
            };
            if !item.file_type().is_file() {
                continue;
            }
            let below = item.path().strip_prefix(&root).unwrap_or(item.path());
            let Some(path) = below.to_str().map(str::to_owned) else {
                let what = "the name is not UTF-8; rename the file";
                return Err(Error::data(item.path().display(), what));
            };
            let location = at.join(&path);
            let meta = item.metadata().map_err(|e| walk_error(at, e))?;
            found.push(entry(path, location, &meta));
        }
        found.sort_unstable_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        Ok(found)
    }

    fn children(&self, dir: &Location) -> Result<Vec<Child>> {
        on("list", dir, |path| {
            let mut children = fs::read_dir(path)?
                .map(|item| {
                    let item = item?;
                    Ok(Child {
                        name: item.file_name(),
                        kind: kind(item.file_type()?),
                    })
                })
                .collect::<io::Result<Vec<_>>>()?;
            children.sort_unstable_by(|a, b| a.name.cmp(&b.name));
            Ok(children)
        })
    }

    fn stat(&self, at: &Location) -> Result<Option<Stat>> {
        let meta = on("look at", at, |path| absent(fs::symlink_metadata(path)))?;
        Ok(meta.map(|meta| Stat {
            kind: kind(meta.file_type()),
            len: meta.len(),
        }))
    }

    fn resolve(&self, at: &Location) -> Result<Location> {
        let resolved = on("find", at, |path| {
            if fs::symlink_metadata(path).is_ok() {
                return fs::canonicalize(path);
            }
            let (parent, name) = (path.parent(), path.file_name());
            let parent = parent.filter(|p| !p.as_os_str().is_empty());
            let parent = fs::canonicalize(parent.unwrap_or(Path::new(".")))?;
            Ok(name.map_or(parent.clone(), |name| parent.join(name)))
        })?;
        Location::from_path(&resolved)
    }

    fn is_writable(&self, dir: &Location) -> Result<bool> {
        on("look at", dir, |path| {
            match access(path, Access::WRITE_OK | Access::EXEC_OK) {
                Ok(()) => Ok(true),
                Err(Errno::ACCESS | Errno::ROFS | Errno::PERM) => Ok(false),
                Err(e) => Err(e.into()),
            }
        })
    }

    fn is_fixed(&self, dir: &Location) -> Result<bool> {
        on("look at", dir, |path| {
            let Some(meta) = absent(fs::symlink_metadata(path))? else {
                return Ok(false);
            };
            let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
            let above = fs::metadata(parent.unwrap_or(Path::new(".")))?;
            let working = std::env::current_dir().is_ok_and(|here| here.starts_with(path));
            Ok(meta.is_dir() && (meta.dev() != above.dev() || working))
        })
    }

    fn open(&self, at: &Location) -> Result<Box<dyn FileRead>> {
        on("open", at, |path| {
            Ok(Box::new(File::open(path)?) as Box<dyn FileRead>)
        })
    }

    fn create(&self, at: &Location) -> Result<Box<dyn FileWrite>> {
        on("create", at, |path| {
            Ok(Box::new(File::create(path)?) as Box<dyn FileWrite>)
        })
    }

    fn put_new(&self, at: &Location, content: &[u8]) -> Result<bool> {
        let draft = at.with_suffix(&format!(".{}.tmp", super::new_run_id()));
        self.write_small(&draft, content)?;
        let linked = self.link(&draft, at);
        match self.remove_file(&draft) {
            // Who clears up after the dead was first; the name stands all the same.
            Err(e) if e.is_io(io::ErrorKind::NotFound) => {}
            removed => removed?,
        }
        match linked {
            Ok(()) => at
                .parent()
                .map_or(Ok(()), |dir| self.sync_dir(&dir))
                .map(|()| true),
            Err(e) if e.is_io(io::ErrorKind::AlreadyExists) => Ok(false),
            Err(e) => Err(e),
        }
    }

    fn rename(&self, from: &Location, to: &Location) -> Result<()> {
        let target: PathBuf = on("rename", to, |path| Ok(path.to_owned()))?;
        on("rename", from, |path| fs::rename(path, target))
    }

    fn exchange(&self, a: &Location, b: &Location) -> Result<()> {
        let other: PathBuf = on("exchange", b, |path| Ok(path.to_owned()))?;
        on("replace", a, |path| {
            match renameat_with(CWD, path, CWD, other, RenameFlags::EXCHANGE) {
                // What filesystems and kernels without the operation answer.
                Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                    Err(io::ErrorKind::Unsupported.into())
                }
                done => Ok(done?),
            }
        })
    }

    fn link(&self, from: &Location, to: &Location) -> Result<()> {
        let target: PathBuf = on("link", to, |path| Ok(path.to_owned()))?;
        on("link", from, |path| fs::hard_link(path, target))
    }

    fn remove_file(&self, at: &Location) -> Result<()> {
        on("remove", at, |path| fs::remove_file(path))
    }

    fn remove_dir(&self, at: &Location) -> Result<()> {
        on("remove", at, |path| fs::remove_dir(path))
    }

    fn make_dir_all(&self, at: &Location) -> Result<()> {
        on("create", at, |path| fs::create_dir_all(path))
    }

    fn sync_dir(&self, dir: &Location) -> Result<()> {
        on("sync", dir, |path| match File::open(path)?.sync_all() {
            // Some network filesystems know no sync of folders.
            Err(e) if e.kind() == io::ErrorKind::InvalidInput => Ok(()),
            done => done,
        })
    }

    fn lock(&self, at: &Location, holder: &str) -> Result<Box<dyn Lock>> {
        let path = on("lock", at, |path| Ok(path.to_owned()))?;
        Ok(Box::new(FileLock::take(&path, holder)?))
    }

    fn write_passing(&self, at: &Location, content: &[u8]) -> Result<()> {
        let temporary = at.with_suffix(".tmp");
        let written = on("write", &temporary, |path| fs::write(path, content));
        written
            .and_then(|()| self.rename(&temporary, at))
            .inspect_err(|_| {
                // On a full disk its room is wanted for more than this.
                let _ = self.remove_file(&temporary);
            })
    }
}
