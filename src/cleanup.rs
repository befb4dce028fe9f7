//! Emptying the folders that runs fill, without ever leaving their root.
//!
//! Every step is taken relative to an open folder and refuses links, so that a path that
//! changes meanwhile cannot lead out of the root.

use std::ffi::{CStr, CString};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, mkdirat, openat, statat, unlinkat};
use rustix::io::Errno;

use crate::error::{Error, Result};

/// How often a folder is read again in which files appear while it is being emptied.
const PASSES: usize = 16;

/// A folder that is emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Its path below the root.
    pub path: &'static str,
    /// What is in it.
    pub label: &'static str,
}

/// The folders that are emptied, in this order.
pub const TARGETS: [Target; 6] = [
    target("data/input", "Batch input CSVs"),
    target("data/output", "Batch & streaming outputs"),
    target("hdfs/namenode", "HDFS NameNode volume"),
    target("hdfs/datanode", "HDFS DataNode volume"),
    target("checkpoints", "Structured Streaming checkpoints"),
    target("spark-events", "Spark event logs"),
];

/// The folder of event worlds, which is emptied where it is there.
pub const WORLDS: Target = target("data/worlds", "Event worlds");

const fn target(path: &'static str, label: &'static str) -> Target {
    Target { path, label }
}

/// What was done with a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing; it would be cleared.
    WouldClear,
    /// Its content was removed.
    Cleared,
    /// It was not there and is now.
    Created,
}

impl Action {
    /// The action in a summary.
    pub fn name(self) -> &'static str {
        match self {
            Self::WouldClear => "would_clear",
            Self::Cleared => "cleared",
            Self::Created => "created",
        }
    }

    /// The line that tells it.
    pub fn line(self, target: &Target) -> String {
        let what = match self {
            Self::WouldClear => "[DRY RUN] Would clear",
            Self::Cleared => "Cleared",
            Self::Created => "Created missing directory",
        };
        format!("{what} '{}' ({})", target.path, target.label)
    }
}

/// The folder below which targets lie.
#[derive(Debug)]
pub struct Root {
    folder: OwnedFd,
    /// How the root is shown before the targets.
    path: PathBuf,
}

impl Root {
    /// Opens the root, which may itself be reached through links.
    ///
    /// # Errors
    /// When `path` is no folder or cannot be opened.
    pub fn open(path: &Path) -> Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = openat(CWD, path, flags, Mode::empty())
            .map_err(|e| Error::io("open", path.display(), e.into()))?;
        // `./data` is no better a name than `data`.
        let path = path.strip_prefix(".").unwrap_or(path).to_owned();
        Ok(Self { folder, path })
    }

    /// Whether there is anything in the place of `target`.
    ///
    /// # Errors
    /// When a folder above the target is a link or no folder.
    pub fn has(&self, target: &Target) -> Result<bool> {
        let name = target.path.rsplit('/').next().unwrap_or(target.path);
        let parent = self.parent(target, false)?;
        Ok(parent.is_some_and(|parent| statat(parent, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()))
    }

    /// Whether `target` could be cleared; touches nothing.
    ///
    /// # Errors
    /// When a folder above the target is a link or no folder.
    pub fn check(&self, target: &Target) -> Result<Action> {
        self.parent(target, false).map(|_| Action::WouldClear)
    }

    /// Removes everything in `target` and leaves an empty folder. A link or a file in its
    /// place is replaced by an empty folder.
    ///
    /// # Errors
    /// When a folder above the target is a link or no folder, or something cannot be removed.
    pub fn clear(&self, target: &Target) -> Result<Action> {
        let shown = self.path.join(target.path);
        let fail = |action, e: Errno| Error::io(action, shown.display(), e.into());
        let Some(parent) = self.parent(target, true)? else {
            return Err(fail("create", Errno::NOENT));
        };
        let name = target.path.rsplit('/').next().unwrap_or(target.path);
        let mut action = Action::Created;
        for _ in 0..PASSES {
            match open_folder(&parent, name) {
                Ok(folder) => return empty(&folder, &shown).map(|()| Action::Cleared),
                Err(Errno::NOENT) => match mkdirat(&parent, name, Mode::from(0o777)) {
                    Ok(()) => return Ok(action),
                    Err(Errno::EXIST) => {}
                    Err(e) => return Err(fail("create", e)),
                },
                Err(Errno::NOTDIR | Errno::LOOP) => {
                    match unlinkat(&parent, name, AtFlags::empty()) {
                        Ok(()) | Err(Errno::NOENT) => action = Action::Cleared,
                        Err(e) => return Err(fail("remove", e)),
                    }
                }
                Err(e) => return Err(fail("open", e)),
            }
        }
        Err(busy(&shown))
    }

    /// The open folder that holds the target; `None` when it is missing and not to be made.
    fn parent(&self, target: &Target, create: bool) -> Result<Option<OwnedFd>> {
        let mut shown = self.path.clone();
        let fail = |action, shown: &Path, e: Errno| Error::io(action, shown.display(), e.into());
        let mut folder = self
            .folder
            .try_clone()
            .map_err(|e| Error::io("open", shown.display(), e))?;
        let mut names: Vec<&str> = target.path.split('/').collect();
        names.pop();
        for name in names {
            shown.push(name);
            let mut next = open_folder(&folder, name);
            if let (Err(Errno::NOENT), true) = (&next, create) {
                match mkdirat(&folder, name, Mode::from(0o777)) {
                    Ok(()) | Err(Errno::EXIST) => next = open_folder(&folder, name),
                    Err(e) => return Err(fail("create", &shown, e)),
                }
            }
            folder = match next {
                Ok(next) => next,
                Err(Errno::NOENT) => return Ok(None),
                Err(Errno::NOTDIR | Errno::LOOP) => {
                    return Err(not_a_folder(&folder, name, &shown));
                }
                Err(e) => return Err(fail("open", &shown, e)),
            };
        }
        Ok(Some(folder))
    }
}

fn not_a_folder(above: &OwnedFd, name: &str, shown: &Path) -> Error {
    let stat = statat(above, name, AtFlags::SYMLINK_NOFOLLOW);
    let link = stat.is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_symlink());
    let what = if link {
        "is a link, which cleanup does not follow; clear what it points to by hand"
    } else {
        "is not a folder; move it away"
    };
    Error::data(shown.display(), what)
}

fn busy(shown: &Path) -> Error {
    Error::Busy {
        place: shown.display().to_string(),
        what: "is written to while it is being cleared; stop the writer and try again".to_owned(),
    }
}

/// Opens a folder, never through a link.
fn open_folder(above: &OwnedFd, name: impl rustix::path::Arg) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(above, name, flags, Mode::empty())
}

/// Removes everything in an open folder.
fn empty(folder: &OwnedFd, shown: &Path) -> Result<()> {
    for _ in 0..PASSES {
        let names = entries(folder).map_err(|e| Error::io("list", shown.display(), e.into()))?;
        if names.is_empty() {
            return Ok(());
        }
        for name in names {
            let path = shown.join(name.to_string_lossy().as_ref());
            remove(folder, &name, &path)?;
        }
    }
    Err(busy(shown))
}

fn entries(folder: &OwnedFd) -> rustix::io::Result<Vec<CString>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name != c"." && name != c".." {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

/// Removes a file, a link, or a folder with all it holds. That it is gone already, or that
/// something new appeared in it, is left to the caller's next pass.
fn remove(above: &OwnedFd, name: &CStr, shown: &Path) -> Result<()> {
    let fail = |action, e: Errno| Err(Error::io(action, shown.display(), e.into()));
    let refused = match unlinkat(above, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => return Ok(()),
        Err(e) => e,
    };
    match unlinkat(above, name, AtFlags::REMOVEDIR) {
        Ok(()) | Err(Errno::NOENT) => return Ok(()),
        Err(Errno::NOTDIR) => return fail("remove", refused),
        Err(Errno::NOTEMPTY | Errno::EXIST) => {}
        Err(e) => return fail("remove", e),
    }
    match open_folder(above, name) {
        Ok(folder) => empty(&folder, shown)?,
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
        Err(e) => return fail("open", e),
    }
    match unlinkat(above, name, AtFlags::REMOVEDIR) {
        Ok(()) | Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR) => Ok(()),
        Err(e) => fail("remove", e),
    }
}
