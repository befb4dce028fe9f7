//! Objects that are open.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{
    GetOptions, GetRange, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt,
};
use tokio::task::JoinHandle;

use super::errors::to_io;
use crate::store::remote::patiently;
use crate::store::remote::read::Ranges;
use crate::store::remote::write::Upload;

/// Bytes of a part of a multipart upload; S3 wants 5 MiB at least, and at most 10,000 parts.
const PART: usize = 8 << 20;
/// After so many parts they become larger, so that 10,000 are enough for the largest object.
const GROW: usize = 1000;
/// Parts that are under way at once.
const AT_ONCE: usize = 4;

/// An object that is open to read. Should it be replaced meanwhile, reading fails.
#[derive(Clone)]
pub(super) struct S3File {
    client: Arc<AmazonS3>,
    bucket: Arc<str>,
    path: Path,
    tag: Option<String>,
}

impl S3File {
    pub(super) fn new(client: Arc<AmazonS3>, bucket: &str, object: &ObjectMeta) -> Self {
        Self {
            client,
            bucket: bucket.into(),
            path: object.location.clone(),
            tag: object.e_tag.clone(),
        }
    }
}

impl Ranges for S3File {
    async fn fetch(&self, at: u64, length: u64) -> io::Result<Bytes> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(at..at + length)),
            if_match: self.tag.clone(),
            ..GetOptions::default()
        };
        let get = async || {
            let got = self.client.get_opts(&self.path, options.clone()).await?;
            got.bytes().await
        };
        patiently(|_| async { get().await.map_err(|e| to_io(e, &self.bucket)) }).await
    }
}

/// An object that is being written: one request if it is small, else parts.
pub(super) struct S3Upload {
    client: Arc<AmazonS3>,
    bucket: String,
    path: Path,
    part: BytesMut,
    parts: Option<Box<dyn MultipartUpload>>,
    begun: usize,
    under_way: VecDeque<JoinHandle<object_store::Result<()>>>,
}

impl S3Upload {
    pub(super) fn new(client: Arc<AmazonS3>, bucket: &str, path: Path) -> Self {
        Self {
            client,
            bucket: bucket.to_owned(),
            path,
            part: BytesMut::new(),
            parts: None,
            begun: 0,
            under_way: VecDeque::new(),
        }
    }

    fn told<T>(&self, told: object_store::Result<T>) -> io::Result<T> {
        told.map_err(|e| to_io(e, &self.bucket))
    }

    async fn settle(&mut self, most: usize) -> io::Result<()> {
        while self.under_way.len() > most
            && let Some(oldest) = self.under_way.pop_front()
        {
            let told = oldest.await.map_err(io::Error::other)?;
            self.told(told)?;
        }
        Ok(())
    }

    async fn send_part(&mut self) -> io::Result<()> {
        self.settle(AT_ONCE - 1).await?;
        let parts = match &mut self.parts {
            Some(parts) => parts,
            None => {
                let begun = self.client.put_multipart(&self.path).await;
                let begun = self.told(begun)?;
                self.parts.insert(begun)
            }
        };
        let part = std::mem::take(&mut self.part).freeze();
        self.under_way
            .push_back(tokio::spawn(parts.put_part(part.into())));
        self.begun += 1;
        Ok(())
    }
}

impl Upload for S3Upload {
    async fn send(&mut self, piece: Bytes) -> io::Result<()> {
        self.part.extend_from_slice(&piece);
        if self.part.len() >= PART * (1 + self.begun / GROW) {
            self.send_part().await?;
        }
        Ok(())
    }

    async fn complete(&mut self) -> io::Result<()> {
        if self.parts.is_none() {
            let whole = std::mem::take(&mut self.part).freeze();
            let put = self.client.put(&self.path, whole.into()).await;
            return self.told(put).map(|_| ());
        }
        if !self.part.is_empty() {
            self.send_part().await?;
        }
        self.settle(0).await?;
        if let Some(parts) = &mut self.parts {
            let done = parts.complete().await;
            self.told(done)?;
        }
        Ok(())
    }

    async fn abort(&mut self) {
        self.under_way.drain(..).for_each(|part| part.abort());
        if let Some(mut parts) = self.parts.take()
            && let Err(error) = parts.abort().await
        {
            tracing::debug!(path = %self.path, %error, "parts of an unfinished object stay");
        }
    }
}
