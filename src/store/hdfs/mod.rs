//! The store on HDFS, by a client in Rust: no Java, no libhdfs.
//!
//! `HADOOP_CONF_DIR` (`core-site.xml`, `hdfs-site.xml`) names name services and the default
//! filesystem, `HADOOP_USER_NAME` the user; Kerberos is used where the configuration asks for it.

mod admin;
mod errors;
mod files;

use std::collections::HashMap;
use std::future::Future;
use std::io::{self, ErrorKind};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use hdfs_native::client::FileStatus;
use hdfs_native::{Client, ClientBuilder, HdfsError};

use super::remote::read::Pieces;
use super::remote::{patiently, runtime, wait};
use super::{Child, Entry, FileRead, FileWrite, Kind, Location, Lock, Stat, Store, lease};
use crate::error::{Error, Result};
pub(crate) use admin::Node;
use files::{HdfsFile, HdfsUpload};

/// Folders are made with this mode, as `hdfs dfs -mkdir` does.
pub(crate) const FOLDER_MODE: u32 = 0o755;
/// And files, as `hdfs dfs -put` does.
const FILE_MODE: u32 = 0o644;

/// One HDFS, behind a name node or a name service.
#[derive(Debug, Clone)]
pub(crate) struct HdfsStore {
    client: Client,
}

impl HdfsStore {
    /// The HDFS that holds `at`. It is connected to when first asked for something.
    pub(crate) fn of(at: &Location) -> Result<Self> {
        static KNOWN: OnceLock<Mutex<HashMap<String, HdfsStore>>> = OnceLock::new();
        let (root, _) = split(at)?;
        let mut known = KNOWN
            .get_or_init(Mutex::default)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = known.get(root) {
            return Ok(store.clone());
        }
        errors::look_at_environment()?;
        let builder = ClientBuilder::new()
            .with_url(format!("{root}/"))
            .with_io_runtime(runtime()?.clone());
        let client = builder.build().map_err(|e| errors::of_address(root, &e))?;
        let store = Self { client };
        known.insert(root.to_owned(), store.clone());
        Ok(store)
    }

    /// Asks the name node, patiently; the answer to `work` may have been lost when it is `again`.
    fn ask<T, W>(
        &self,
        action: &'static str,
        at: &Location,
        work: impl Fn(Client, String, bool) -> W + Send + Sync + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        W: Future<Output = hdfs_native::Result<T>> + Send,
    {
        let (client, path) = (self.client.clone(), path(at)?.to_owned());
        let told = wait(async move {
            patiently(|again| {
                let work = work(client.clone(), path.clone(), again);
                async { work.await.map_err(errors::to_io) }
            })
            .await
        })?;
        told.map_err(|e| Error::io(action, at, e))
    }

    fn status(&self, at: &Location) -> Result<Option<FileStatus>> {
        self.ask("look at", at, |client, path, _| async move {
            match client.get_file_info(&path).await {
                Ok(status) => Ok(Some(status)),
                Err(e) if errors::is_absent(&e) => Ok(None),
                Err(e) => Err(e),
            }
        })
    }
}

/// An address as its root, `hdfs://host:port`, and its path, `/a/b`.
fn split(at: &Location) -> Result<(&str, &str)> {
    let Location::Hdfs(url) = at else {
        return Err(Error::Internal(format!("{at} was given to the HDFS store")));
    };
    let host = url.find("://").map_or(0, |colon| colon + 3);
    let slash = url[host..].find('/').map_or(url.len(), |at| host + at);
    Ok(url.split_at(slash))
}

fn path(at: &Location) -> Result<&str> {
    let (_, path) = split(at)?;
    Ok(if path.is_empty() { "/" } else { path })
}

fn kind(status: &FileStatus) -> Kind {
    if status.isdir { Kind::Dir } else { Kind::File }
}

fn name(status: &FileStatus) -> &str {
    status.path.rsplit('/').next().unwrap_or_default()
}

fn modified(status: &FileStatus) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(status.modification_time)
}

impl Store for HdfsStore {
    fn list(&self, at: &Location) -> Result<Vec<Entry>> {
        let entry = |path: String, location, status: &FileStatus| Entry {
            path,
            location,
            len: status.length as u64,
            modified: modified(status),
        };
        let absent = || Error::io("list", at, ErrorKind::NotFound.into());
        let root = self.status(at)?.ok_or_else(absent)?;
        if !root.isdir {
            let name = at.name().unwrap_or_default().to_owned();
            return Ok(vec![entry(name, at.clone(), &root)]);
        }
        let mut found = Vec::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            let below = |name: &str| match folder.as_str() {
                "" => name.to_owned(),
                folder => format!("{folder}/{name}"),
            };
            let place = match folder.as_str() {
                "" => at.clone(),
                folder => at.join(folder),
            };
            for status in self.ask("list", &place, |client, path, _| async move {
                client.list_status(&path, false).await
            })? {
                let path = below(name(&status));
                if name(&status).starts_with(['_', '.']) {
                    continue;
                }
                if status.isdir {
                    folders.push(path);
                } else {
                    let location = at.join(&path);
                    found.push(entry(path, location, &status));
                }
            }
        }
        found.sort_unstable_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        Ok(found)
    }

    fn children(&self, dir: &Location) -> Result<Vec<Child>> {
        let found = self.ask("list", dir, |client, path, _| async move {
            client.list_status(&path, false).await
        })?;
        let mut children: Vec<_> = found
            .iter()
            .map(|status| Child {
                name: name(status).into(),
                kind: kind(status),
            })
            .collect();
        children.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(children)
    }

    fn stat(&self, at: &Location) -> Result<Option<Stat>> {
        Ok(self.status(at)?.map(|status| Stat {
            kind: kind(&status),
            len: status.length as u64,
        }))
    }

    fn resolve(&self, at: &Location) -> Result<Location> {
        let (root, path) = split(at)?;
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        let slash = if parts.is_empty() { "" } else { "/" };
        Ok(Location::Hdfs(format!("{root}{slash}{}", parts.join("/"))))
    }

    fn is_writable(&self, dir: &Location) -> Result<bool> {
        // The client cannot ask for rights, and modes alone do not tell of groups and
        // superusers; so a name is made and removed.
        let name = format!(".retail-probe-{}", super::new_run_id());
        let made = self.ask("look at", &dir.join(&name), |client, path, _| async move {
            client.mkdirs(&path, FOLDER_MODE, false).await?;
            client.delete(&path, false).await
        });
        match made {
            Ok(_) => Ok(true),
            Err(e) if e.is_io(ErrorKind::PermissionDenied) => Ok(false),
            Err(e) => Err(e),
        }
    }

    fn is_fixed(&self, _: &Location) -> Result<bool> {
        Ok(false)
    }

    fn open(&self, at: &Location) -> Result<Box<dyn FileRead>> {
        let file =
            HdfsFile::open(self.client.clone(), path(at)?).map_err(|e| Error::io("open", at, e))?;
        let length = file.length();
        Ok(Box::new(Pieces::new(file, length)))
    }

    fn create(&self, at: &Location) -> Result<Box<dyn FileWrite>> {
        self.create_as(at, FILE_MODE)
    }

    fn put_new(&self, at: &Location, content: &[u8]) -> Result<bool> {
        let draft = at.with_suffix(&format!(".{}.tmp", super::new_run_id()));
        self.write_small(&draft, content).inspect_err(|_| {
            let _ = self.remove_file(&draft);
        })?;
        let target = path(at)?.to_owned();
        let moved = self.ask("create", &draft, move |client, draft, again| {
            let target = target.clone();
            async move {
                match client.rename(&draft, &target, false).await {
                    Ok(()) => Ok(true),
                    Err(HdfsError::AlreadyExists(_)) => Ok(false),
                    // The draft is there only as long as it was not moved.
                    Err(e) if again && errors::is_absent(&e) => Ok(true),
                    Err(e) => Err(e),
                }
            }
        });
        match moved {
            Ok(true) => Ok(true),
            // It may be ours all the same, when the client itself asked twice.
            Ok(false) => {
                let draft_stays = self.stat(&draft)?.is_some();
                if draft_stays {
                    self.remove_file(&draft)?;
                }
                Ok(!draft_stays)
            }
            Err(e) => {
                let _ = self.remove_file(&draft);
                Err(e)
            }
        }
    }

    fn rename(&self, from: &Location, to: &Location) -> Result<()> {
        if split(from)?.0 != split(to)?.0 {
            return Err(Error::io("rename", from, ErrorKind::CrossesDevices.into()));
        }
        let target = path(to)?.to_owned();
        self.ask("rename", from, move |client, path, again| {
            let target = target.clone();
            async move {
                match client.rename(&path, &target, true).await {
                    Err(e) if again && errors::is_absent(&e) => {
                        // Moved by the try before, whose answer was lost.
                        client.get_file_info(&target).await.map(|_| ())
                    }
                    done => done,
                }
            }
        })
    }

    fn exchange(&self, a: &Location, _: &Location) -> Result<()> {
        Err(Error::io("replace", a, ErrorKind::Unsupported.into()))
    }

    fn link(&self, from: &Location, _: &Location) -> Result<()> {
        Err(Error::io("link", from, ErrorKind::Unsupported.into()))
    }

    fn remove_file(&self, at: &Location) -> Result<()> {
        self.remove(at)
    }

    fn remove_dir(&self, at: &Location) -> Result<()> {
        self.remove(at)
    }

    fn make_dir_all(&self, at: &Location) -> Result<()> {
        self.ask("create", at, |client, path, _| async move {
            client.mkdirs(&path, FOLDER_MODE, true).await
        })
    }

    fn sync_dir(&self, _: &Location) -> Result<()> {
        // The name node has written its journal before it answers.
        Ok(())
    }

    fn lock(&self, at: &Location, holder: &str) -> Result<Box<dyn Lock>> {
        lease::take(self, at, holder)
    }
}

impl HdfsStore {
    fn remove(&self, at: &Location) -> Result<()> {
        let there = self.ask("remove", at, |client, path, again| async move {
            Ok(client.delete(&path, false).await? || again)
        })?;
        match there {
            true => Ok(()),
            false => Err(Error::io("remove", at, io::ErrorKind::NotFound.into())),
        }
    }
}
