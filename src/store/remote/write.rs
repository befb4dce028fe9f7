//! Writing a file of a remote store: the caller fills pieces, a task sends them.

use std::future::Future;
use std::io;
use std::io::Write;

use bytes::{Bytes, BytesMut};
use tokio::sync::{mpsc, oneshot};

use crate::store::FileWrite;

/// Bytes that go to the task at once.
const PIECE: usize = 256 << 10;
/// Pieces that may wait for the network.
const WAITING: usize = 8;

/// A file that is being sent.
pub(in crate::store) trait Upload: Send + 'static {
    /// Sends more of it.
    fn send(&mut self, piece: Bytes) -> impl Future<Output = io::Result<()>> + Send;
    /// Returns when all of it is safe and has its name.
    fn complete(&mut self) -> impl Future<Output = io::Result<()>> + Send;
    /// Takes back what can be taken back.
    fn abort(&mut self) -> impl Future<Output = ()> + Send;
}

enum Order {
    Send(Bytes),
    Complete,
}

/// A file that is open to write. Dropped before [`FileWrite::sync`], it is taken back; after it
/// there is nothing more to write.
pub(in crate::store) struct Uploading {
    piece: BytesMut,
    orders: Option<mpsc::Sender<Order>>,
    outcome: Option<oneshot::Receiver<io::Result<()>>>,
}

impl Uploading {
    /// Begins to send by `upload`.
    pub(in crate::store) fn begin(upload: impl Upload) -> crate::error::Result<Self> {
        let (orders, taken) = mpsc::channel(WAITING);
        let (done, outcome) = oneshot::channel();
        super::runtime()?.spawn(async move {
            let _ = done.send(work(upload, taken).await);
        });
        Ok(Self {
            piece: BytesMut::with_capacity(PIECE),
            orders: Some(orders),
            outcome: Some(outcome),
        })
    }

    fn order(&mut self, order: Order) -> io::Result<()> {
        let sent = match &self.orders {
            Some(orders) => orders.blocking_send(order).is_ok(),
            None => false,
        };
        if sent { Ok(()) } else { self.outcome() }
    }

    /// Why the task has ended.
    fn outcome(&mut self) -> io::Result<()> {
        self.orders = None;
        let closed = || io::Error::other("a file was written to after its end");
        let outcome = self.outcome.take().ok_or_else(closed)?;
        outcome
            .blocking_recv()
            .map_err(|_| io::Error::other("a write to a remote store was lost"))?
    }
}

async fn work(mut upload: impl Upload, mut orders: mpsc::Receiver<Order>) -> io::Result<()> {
    while let Some(order) = orders.recv().await {
        let done = match order {
            Order::Send(piece) => upload.send(piece).await,
            Order::Complete => return upload.complete().await,
        };
        if done.is_err() {
            upload.abort().await;
            return done;
        }
    }
    upload.abort().await;
    Ok(())
}

impl Write for Uploading {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            let full = std::mem::replace(&mut self.piece, BytesMut::with_capacity(PIECE));
            self.order(Order::Send(full.freeze()))?;
        }
        Ok(bytes.len())
    }

    /// What is buffered is sent with what follows; only [`FileWrite::sync`] ends the file.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl FileWrite for Uploading {
    fn sync(&mut self) -> io::Result<()> {
        self.begin_sync()?;
        match self.outcome {
            Some(_) => self.outcome(),
            None => Ok(()),
        }
    }

    fn begin_sync(&mut self) -> io::Result<bool> {
        if self.orders.is_none() {
            return Ok(self.outcome.is_none());
        }
        let rest = std::mem::take(&mut self.piece);
        if !rest.is_empty() {
            self.order(Order::Send(rest.freeze()))?;
        }
        self.order(Order::Complete)?;
        self.orders = None;
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Far {
        log: Arc<Mutex<Vec<String>>>,
        content: Arc<Mutex<Vec<u8>>>,
        room: usize,
    }

    impl Upload for Far {
        async fn send(&mut self, piece: Bytes) -> io::Result<()> {
            let mut content = self.content.lock().unwrap();
            if content.len() + piece.len() > self.room {
                return Err(io::ErrorKind::StorageFull.into());
            }
            content.extend_from_slice(&piece);
            Ok(())
        }

        async fn complete(&mut self) -> io::Result<()> {
            self.log.lock().unwrap().push("complete".to_owned());
            Ok(())
        }

        async fn abort(&mut self) {
            self.log.lock().unwrap().push("abort".to_owned());
        }
    }

    #[test]
    fn what_is_written_arrives_in_order() {
        let far = Far {
            room: usize::MAX,
            ..Far::default()
        };
        let mut file = Uploading::begin(far.clone()).unwrap();
        let whole: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
        for part in whole.chunks(70_001) {
            file.write_all(part).unwrap();
        }
        assert!(!file.begin_sync().unwrap());
        file.sync().unwrap();
        assert!(file.begin_sync().unwrap());
        assert!(*far.content.lock().unwrap() == whole);
        assert_eq!(*far.log.lock().unwrap(), ["complete"]);
        assert!(file.write_all(&whole).is_err());
    }

    #[test]
    fn a_failure_is_told_once_and_taken_back() {
        let far = Far {
            room: 1_000_000,
            ..Far::default()
        };
        let mut file = Uploading::begin(far.clone()).unwrap();
        let written = (0..100).try_for_each(|_| file.write_all(&[0; 100_000]));
        let told = written.and_then(|()| file.sync()).unwrap_err();
        assert_eq!(told.kind(), io::ErrorKind::StorageFull);
        assert_eq!(*far.log.lock().unwrap(), ["abort"]);
    }

    #[test]
    fn what_is_dropped_is_taken_back() {
        let far = Far::default();
        drop(Uploading::begin(far.clone()).unwrap());
        let began = std::time::Instant::now();
        while far.log.lock().unwrap().is_empty() {
            assert!(began.elapsed().as_secs() < 10);
            std::thread::yield_now();
        }
        assert_eq!(*far.log.lock().unwrap(), ["abort"]);
    }
}
