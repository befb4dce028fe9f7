//! Files of an HDFS that are open.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use hdfs_native::file::{FileReader, FileWriter};
use hdfs_native::{Client, WriteOptions};

use super::errors::{of_data, to_io};
use crate::store::remote::read::Ranges;
use crate::store::remote::write::Upload;
use crate::store::remote::{may_pass, patiently, wait};

/// A file that is open to read.
#[derive(Clone)]
pub(super) struct HdfsFile {
    client: Client,
    path: String,
    reader: Arc<FileReader>,
}

impl HdfsFile {
    pub(super) fn open(client: Client, path: &str) -> io::Result<Self> {
        let (asked, place) = (client.clone(), path.to_owned());
        let opened = wait(async move {
            patiently(|_| async { asked.read(&place).await.map_err(to_io) }).await
        });
        Ok(Self {
            client,
            path: path.to_owned(),
            reader: Arc::new(opened.map_err(io::Error::other)??),
        })
    }

    pub(super) fn length(&self) -> u64 {
        self.reader.file_length() as u64
    }
}

impl Ranges for HdfsFile {
    async fn fetch(&self, at: u64, length: u64) -> io::Result<Bytes> {
        let place = |number: u64| usize::try_from(number).map_err(io::Error::other);
        let (at, length) = (place(at)?, place(length)?);
        patiently(|again| async move {
            if !again {
                return self.reader.read_range(at, length).await.map_err(of_data);
            }
            // The blocks may have moved, or their data node has come back elsewhere.
            let reader = self.client.read(&self.path).await.map_err(to_io)?;
            if reader.file_length() != self.reader.file_length() {
                return Err(io::ErrorKind::StaleNetworkFileHandle.into());
            }
            reader.read_range(at, length).await.map_err(of_data)
        })
        .await
    }
}

/// A file that is being written. One of a single piece is sent when it is complete, so that it
/// can be sent again; of a longer one the client holds nothing any more.
pub(super) struct HdfsUpload {
    client: Client,
    path: String,
    mode: u32,
    writer: FileWriter,
    /// The first piece, until a second comes.
    first: Option<Bytes>,
    is_long: bool,
}

impl HdfsUpload {
    /// Creates the file with this mode, or empties the one that is there.
    pub(super) async fn create(client: Client, path: String, mode: u32) -> io::Result<Self> {
        let writer = patiently(|_| async { create(&client, &path, mode).await }).await?;
        Ok(Self {
            client,
            path,
            mode,
            writer,
            first: None,
            is_long: false,
        })
    }
}

async fn create(client: &Client, path: &str, mode: u32) -> io::Result<FileWriter> {
    let how = WriteOptions::default().permission(mode);
    let how = how.overwrite(true).create_parent(false);
    client.create(path, how).await.map_err(to_io)
}

impl Upload for HdfsUpload {
    async fn send(&mut self, piece: Bytes) -> io::Result<()> {
        if !self.is_long && self.first.is_none() {
            self.first = Some(piece);
            return Ok(());
        }
        self.is_long = true;
        for piece in self.first.take().into_iter().chain([piece]) {
            self.writer.write(piece).await.map_err(of_data)?;
        }
        Ok(())
    }

    async fn complete(&mut self) -> io::Result<()> {
        let whole = self.first.take().unwrap_or_default();
        match finish(&mut self.writer, whole.clone()).await {
            Err(e) if !self.is_long && may_pass(&e) => {
                tracing::debug!(path = self.path, error = %e, "writing it again");
                patiently(|_| async {
                    let mut writer = create(&self.client, &self.path, self.mode).await?;
                    finish(&mut writer, whole.clone()).await
                })
                .await
            }
            done => done,
        }
    }

    async fn abort(&mut self) {
        // What was not closed would stay under construction until its lease ends.
        if let Err(error) = self.client.delete(&self.path, false).await {
            tracing::debug!(path = self.path, %error, "an unfinished file stays");
        }
    }
}

async fn finish(writer: &mut FileWriter, whole: Bytes) -> io::Result<()> {
    if !whole.is_empty() {
        writer.write(whole).await.map_err(of_data)?;
    }
    writer.close().await.map_err(of_data)
}
