//! What HDFS knows beside what every store does: modes of folders and files, times of changes,
//! and a single try where the trait is patient.

use hdfs_native::client::FileStatus;

use super::{HdfsStore, HdfsUpload, errors, path};
use crate::error::{Error, Result};
use crate::store::remote::write::Uploading;
use crate::store::remote::{wait, wait_while};
use crate::store::{FileWrite, Location};

/// What the name node tells of a file or a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// The last part of its path.
    pub name: String,
    /// Whether it is a folder.
    pub is_dir: bool,
    /// Its length in bytes; of a file.
    pub len: u64,
    /// When its content was last changed, in milliseconds since 1970 by the name node's clock.
    pub modified: u64,
    /// Its mode, as `0o1777`.
    pub mode: u32,
}

impl From<&FileStatus> for Node {
    fn from(status: &FileStatus) -> Self {
        Self {
            name: super::name(status).to_owned(),
            is_dir: status.isdir,
            len: status.length as u64,
            modified: status.modification_time,
            mode: u32::from(status.permission),
        }
    }
}

impl HdfsStore {
    /// Looks once whether the name node answers, as long as `go_on` succeeds.
    pub(crate) fn answers(&self, at: &Location, go_on: &dyn Fn() -> Result<()>) -> Result<()> {
        let (client, place) = (self.client.clone(), path(at)?.to_owned());
        let asked = wait_while(go_on, async move {
            match client.get_file_info(&place).await {
                Err(e) if !errors::is_absent(&e) => Err(errors::to_io(e)),
                _ => Ok(()),
            }
        });
        asked?.map_err(|e| Error::io("look at", at, e))
    }

    /// Tries once to make a folder and those above it, as long as `go_on` succeeds. One that is
    /// there needs no right, but a name node out of safe mode, too.
    pub(crate) fn make_dir_once(
        &self,
        at: &Location,
        mode: u32,
        go_on: &dyn Fn() -> Result<()>,
    ) -> Result<()> {
        let (client, place) = (self.client.clone(), path(at)?.to_owned());
        let made = wait_while(go_on, async move {
            let made = client.mkdirs(&place, mode, true).await;
            made.map_err(errors::to_io)
        });
        made?.map_err(|e| Error::io("create", at, e))
    }

    /// What stands at `at`; none if nothing does.
    pub(crate) fn node(&self, at: &Location) -> Result<Option<Node>> {
        Ok(self.status(at)?.as_ref().map(Node::from))
    }

    /// What a folder holds directly, hidden names too.
    pub(crate) fn nodes(&self, dir: &Location) -> Result<Vec<Node>> {
        let found = self.ask("list", dir, |client, path, _| async move {
            client.list_status(&path, false).await
        })?;
        Ok(found.iter().map(Node::from).collect())
    }

    /// Gives a file or a folder another mode, which its owner may, and a superuser.
    pub(crate) fn set_mode(&self, at: &Location, mode: u32) -> Result<()> {
        self.ask(
            "change the mode of",
            at,
            move |client, path, _| async move { client.set_permission(&path, mode).await },
        )
    }

    /// Makes a file of this mode, or empties the one that is there.
    pub(crate) fn create_as(&self, at: &Location, mode: u32) -> Result<Box<dyn FileWrite>> {
        let begun = HdfsUpload::create(self.client.clone(), path(at)?.to_owned(), mode);
        let upload = wait(begun)?.map_err(|e| Error::io("create", at, e))?;
        Ok(Box::new(Uploading::begin(upload)?))
    }
}
