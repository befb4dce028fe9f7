//! The store on S3 and what speaks its protocol.
//!
//! S3 has objects and no folders: a folder is there as long as an object lies below it. An object
//! appears whole or not at all; it cannot be renamed, so a rename is a copy within the store and
//! a removal.

pub mod access;
mod errors;
mod files;

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use futures_util::StreamExt;
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutPayload};

use super::remote::read::Pieces;
use super::remote::write::Uploading;
use super::remote::{patiently, wait};
use super::{Child, Entry, FileRead, FileWrite, Kind, Location, Lock, Stat, Store, lease};
use crate::error::{Error, Result};
use files::{S3File, S3Upload};

/// S3 copies objects of up to 5 GiB by itself.
const COPIED: u64 = 5 << 30;

/// One bucket.
#[derive(Debug, Clone)]
pub(crate) struct S3Store {
    client: Arc<AmazonS3>,
    /// The name of the bucket.
    bucket: String,
}

type Told<T> = object_store::Result<T>;

impl S3Store {
    /// The bucket that holds `at`. It is connected to when first asked for something.
    pub(crate) fn of(at: &Location) -> Result<Self> {
        static KNOWN: OnceLock<Mutex<HashMap<String, S3Store>>> = OnceLock::new();
        let (bucket, _) = split(at)?;
        let mut known = KNOWN
            .get_or_init(Mutex::default)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = known.get(bucket) {
            return Ok(store.clone());
        }
        let store = Self {
            client: Arc::new(access::client(bucket)?),
            bucket: bucket.to_owned(),
        };
        known.insert(bucket.to_owned(), store.clone());
        Ok(store)
    }

    /// Waits for `work` on the object at `at`. The client asks again by itself, but not where an
    /// answer breaks off.
    fn ask<T, W>(
        &self,
        action: &'static str,
        at: &Location,
        work: impl Fn(Arc<AmazonS3>, Path) -> W + Send + Sync + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        W: Future<Output = Told<T>> + Send,
    {
        let (client, path, bucket) = (Arc::clone(&self.client), path(at)?, self.bucket.clone());
        wait(async move {
            patiently(|_| {
                let work = work(Arc::clone(&client), path.clone());
                async { work.await.map_err(|e| errors::to_io(e, &bucket)) }
            })
            .await
        })?
        .map_err(|e| Error::io(action, at, e))
    }

    /// The object at `at`; none if there is none.
    fn object(&self, at: &Location) -> Result<Option<ObjectMeta>> {
        if path(at)?.as_ref().is_empty() {
            return Ok(None);
        }
        let found = self.ask("look at", at, |client, path| async move {
            match client.head(&path).await {
                Ok(meta) => Ok(Some(meta)),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(e @ object_store::Error::PermissionDenied { .. }) => {
                    // An answer to HEAD has no body: why it was refused is told by another.
                    client.list(None).next().await.transpose()?;
                    Err(e)
                }
                Err(e) => Err(e),
            }
        })?;
        Ok(found)
    }

    /// Whether an object lies below `at`; of the bucket itself, whether it is there.
    fn is_folder(&self, at: &Location) -> Result<bool> {
        let whole = path(at)?.as_ref().is_empty();
        let any = self.ask("look at", at, move |client, path| async move {
            match client.list(Some(&path)).next().await.transpose() {
                // Somebody's key that this client cannot name: of no interest here.
                Err(object_store::Error::InvalidPath { .. }) => Ok(true),
                any => Ok(any?.is_some()),
            }
        })?;
        Ok(whole || any)
    }

    fn at(&self, path: &Path) -> Location {
        Location::S3(format!("s3://{}/{path}", self.bucket))
    }
}

/// Leaves out the empty objects by which some tools mark a folder: their keys end in a slash, which
/// the client does not show, but no object is there without it.
async fn without_marks(
    client: &AmazonS3,
    folder: &Path,
    found: Vec<ObjectMeta>,
) -> Told<Vec<ObjectMeta>> {
    let mut kept = Vec::with_capacity(found.len());
    for object in found {
        if object.size == 0 {
            if object.location == *folder {
                continue;
            }
            match client.head(&object.location).await {
                Err(object_store::Error::NotFound { .. }) => continue,
                told => drop(told?),
            }
        }
        kept.push(object);
    }
    Ok(kept)
}

/// An address as its bucket and its key.
fn split(at: &Location) -> Result<(&str, &str)> {
    let rest = match at {
        Location::S3(url) => url.strip_prefix("s3://"),
        _ => None,
    };
    let rest = rest.ok_or_else(|| Error::Internal(format!("{at} was given to the S3 store")))?;
    Ok(rest.split_once('/').unwrap_or((rest, "")))
}

fn path(at: &Location) -> Result<Path> {
    let (_, key) = split(at)?;
    Path::parse(key).map_err(|e| Error::Usage(format!("{at}: no name on S3: {e}")))
}

impl Store for S3Store {
    fn list(&self, at: &Location) -> Result<Vec<Entry>> {
        if let Some(object) = self.object(at)? {
            return Ok(vec![Entry {
                path: at.name().unwrap_or_default().to_owned(),
                location: at.clone(),
                len: object.size,
                modified: object.last_modified.into(),
            }]);
        }
        let objects = self.ask("list", at, |client, path| async move {
            let found: Vec<_> = client.list(Some(&path)).collect().await;
            let found = found.into_iter().collect::<Told<Vec<ObjectMeta>>>()?;
            without_marks(&client, &path, found).await
        })?;
        if objects.is_empty() && !path(at)?.as_ref().is_empty() {
            return Err(Error::io("list", at, ErrorKind::NotFound.into()));
        }
        let base = path(at)?.as_ref().len();
        let mut found = Vec::with_capacity(objects.len());
        for object in objects {
            let below = object.location.as_ref()[base..].trim_start_matches('/');
            if below.is_empty() || below.split('/').any(|part| part.starts_with(['_', '.'])) {
                continue;
            }
            found.push(Entry {
                path: below.to_owned(),
                location: self.at(&object.location),
                len: object.size,
                modified: SystemTime::from(object.last_modified),
            });
        }
        found.sort_unstable_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        Ok(found)
    }

    fn children(&self, dir: &Location) -> Result<Vec<Child>> {
        let listed = self.ask("list", dir, |client, path| async move {
            let mut listed = client.list_with_delimiter(Some(&path)).await?;
            listed.objects = without_marks(&client, &path, listed.objects).await?;
            Ok(listed)
        })?;
        let child = |path: &Path, kind| {
            path.filename().map(|name| Child {
                name: name.into(),
                kind,
            })
        };
        let folders = listed.common_prefixes.iter();
        let files = listed.objects.iter().map(|object| &object.location);
        let mut children: Vec<_> = folders
            .filter_map(|path| child(path, Kind::Dir))
            .chain(files.filter_map(|path| child(path, Kind::File)))
            .collect();
        children.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(children)
    }

    fn stat(&self, at: &Location) -> Result<Option<Stat>> {
        if let Some(object) = self.object(at)? {
            return Ok(Some(Stat {
                kind: Kind::File,
                len: object.size,
            }));
        }
        let folder = Stat {
            kind: Kind::Dir,
            len: 0,
        };
        Ok(self.is_folder(at)?.then_some(folder))
    }

    fn resolve(&self, at: &Location) -> Result<Location> {
        let (bucket, key) = split(at)?;
        let parts: Vec<_> = key.split('/').filter(|part| !part.is_empty()).collect();
        if parts.iter().any(|part| matches!(*part, "." | "..")) {
            return Err(Error::Usage(format!("{at}: no . or .. on S3")));
        }
        let slash = if parts.is_empty() { "" } else { "/" };
        Ok(Location::S3(format!(
            "s3://{bucket}{slash}{}",
            parts.join("/")
        )))
    }

    fn is_writable(&self, _: &Location) -> Result<bool> {
        // Rights on S3 are of keys and can only be tried.
        Ok(true)
    }

    fn is_fixed(&self, _: &Location) -> Result<bool> {
        Ok(false)
    }

    fn open(&self, at: &Location) -> Result<Box<dyn FileRead>> {
        let absent = || Error::io("open", at, ErrorKind::NotFound.into());
        let object = self.object(at)?.ok_or_else(absent)?;
        let file = S3File::new(Arc::clone(&self.client), &self.bucket, &object);
        Ok(Box::new(Pieces::new(file, object.size)))
    }

    fn create(&self, at: &Location) -> Result<Box<dyn FileWrite>> {
        let upload = S3Upload::new(Arc::clone(&self.client), &self.bucket, path(at)?);
        Ok(Box::new(Uploading::begin(upload)?))
    }

    fn put_new(&self, at: &Location, content: &[u8]) -> Result<bool> {
        let payload = PutPayload::from(content.to_vec());
        let put = self.ask("create", at, move |client, path| {
            let payload = payload.clone();
            async move {
                let put = client.put_opts(&path, payload, PutMode::Create.into());
                match put.await {
                    Ok(_) => Ok(true),
                    Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
                    Err(e) => Err(e),
                }
            }
        })?;
        // A request that was sent again may have met its own effect.
        Ok(put || self.read_small(at)?.as_deref() == Some(content))
    }

    fn rename(&self, from: &Location, to: &Location) -> Result<()> {
        if split(from)?.0 != split(to)?.0 {
            return Err(Error::io("rename", from, ErrorKind::CrossesDevices.into()));
        }
        let Some(object) = self.object(from)? else {
            let kind = match self.is_folder(from)? {
                true => ErrorKind::CrossesDevices,
                false => ErrorKind::NotFound,
            };
            return Err(Error::io("rename", from, kind.into()));
        };
        if object.size > COPIED {
            let mut source = self.open(from)?;
            let mut target = self.create(to)?;
            io::copy(&mut source, &mut target)
                .and_then(|_| target.sync())
                .map_err(|e| Error::io("rename", from, e))?;
            return self.remove_file(from);
        }
        let target = path(to)?;
        self.ask("rename", from, move |client, path| {
            let target = target.clone();
            async move { client.copy(&path, &target).await }
        })?;
        self.remove_file(from)
    }

    fn exchange(&self, a: &Location, _: &Location) -> Result<()> {
        Err(Error::io("replace", a, ErrorKind::CrossesDevices.into()))
    }

    fn link(&self, from: &Location, _: &Location) -> Result<()> {
        Err(Error::io("link", from, ErrorKind::Unsupported.into()))
    }

    fn remove_file(&self, at: &Location) -> Result<()> {
        self.ask("remove", at, |client, path| async move {
            client.delete(&path).await
        })
    }

    fn remove_dir(&self, _: &Location) -> Result<()> {
        // It goes with its last object.
        Ok(())
    }

    fn make_dir_all(&self, _: &Location) -> Result<()> {
        // It comes with its first object.
        Ok(())
    }

    fn sync_dir(&self, _: &Location) -> Result<()> {
        Ok(())
    }

    fn lock(&self, at: &Location, holder: &str) -> Result<Box<dyn Lock>> {
        lease::take(self, at, holder)
    }

    fn write_small_atomic(&self, at: &Location, content: &[u8]) -> Result<()> {
        // An object is replaced as a whole by itself.
        self.write_small(at, content)
    }
}
