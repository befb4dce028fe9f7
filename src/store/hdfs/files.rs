//! Files of an HDFS that are open.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use hdfs_native::Client;
use hdfs_native::file::{FileReader, FileWriter};

use super::errors::to_io;
use crate::store::remote::read::Ranges;
use crate::store::remote::write::Upload;
use crate::store::remote::{patiently, wait};

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
                return self.reader.read_range(at, length).await.map_err(to_io);
            }
            // The blocks may have moved, or their data node has come back elsewhere.
            let reader = self.client.read(&self.path).await.map_err(to_io)?;
            if reader.file_length() != self.reader.file_length() {
                return Err(io::ErrorKind::StaleNetworkFileHandle.into());
            }
            reader.read_range(at, length).await.map_err(to_io)
        })
        .await
    }
}

/// A file that is being written.
pub(super) struct HdfsUpload {
    client: Client,
    path: String,
    writer: FileWriter,
}

impl HdfsUpload {
    pub(super) fn new(client: Client, path: &str, writer: FileWriter) -> Self {
        Self {
            client,
            path: path.to_owned(),
            writer,
        }
    }
}

impl Upload for HdfsUpload {
    async fn send(&mut self, piece: Bytes) -> io::Result<()> {
        self.writer.write(piece).await.map(|_| ()).map_err(to_io)
    }

    async fn complete(&mut self) -> io::Result<()> {
        self.writer.close().await.map_err(to_io)
    }

    async fn abort(&mut self) {
        // What was not closed would stay under construction until its lease ends.
        if let Err(error) = self.client.delete(&self.path, false).await {
            tracing::debug!(path = self.path, %error, "an unfinished file stays");
        }
    }
}
