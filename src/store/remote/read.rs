//! Reading a file of a remote store as if it were near: in growing pieces, the next one under way.

use std::future::Future;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::mpsc::{Receiver, sync_channel};

use bytes::{Buf, Bytes};

/// The first piece after opening or seeking: the end of a Parquet file, a small file.
const FIRST: u64 = 64 << 10;
/// Pieces double up to this.
const LARGEST: u64 = 4 << 20;

/// A file of which any range can be asked for.
pub(in crate::store) trait Ranges: Clone + Send + 'static {
    /// Bytes `at..at + length` of the file, which has them.
    fn fetch(&self, at: u64, length: u64) -> impl Future<Output = io::Result<Bytes>> + Send;
}

/// A file that is open to read. While a piece is read, the next one is fetched.
pub(in crate::store) struct Pieces<R> {
    ranges: R,
    length: u64,
    /// Where the next byte given to the reader stands in the file.
    at: u64,
    piece: Bytes,
    /// The piece behind `piece`, and its length.
    next: Option<(Receiver<io::Result<Bytes>>, u64)>,
    size: u64,
}

impl<R: Ranges> Pieces<R> {
    /// A file of `length` bytes, read from its beginning.
    pub(in crate::store) fn new(ranges: R, length: u64) -> Self {
        Self {
            ranges,
            length,
            at: 0,
            piece: Bytes::new(),
            next: None,
            size: FIRST,
        }
    }

    /// Asks for the piece at `at`; none behind the end.
    fn ask(&mut self, at: u64) -> io::Result<Option<(Receiver<io::Result<Bytes>>, u64)>> {
        let length = self.size.min(self.length.saturating_sub(at));
        if length == 0 {
            return Ok(None);
        }
        self.size = (self.size * 2).min(LARGEST);
        let (done, piece) = sync_channel(1);
        let ranges = self.ranges.clone();
        super::runtime()
            .map_err(io::Error::other)?
            .spawn(async move {
                // Nobody waits any more where the reader has gone elsewhere.
                let _ = done.send(ranges.fetch(at, length).await);
            });
        Ok(Some((piece, length)))
    }

    fn turn(&mut self) -> io::Result<()> {
        let asked = match self.next.take() {
            Some(asked) => Some(asked),
            None => self.ask(self.at)?,
        };
        let Some((piece, length)) = asked else {
            return Ok(());
        };
        self.next = self.ask(self.at + length)?;
        let lost = |_| io::Error::other("a read of a remote store was lost");
        self.piece = piece.recv().map_err(lost)??;
        if self.piece.len() as u64 != length {
            let what = "the file became shorter while it was read";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
        }
        Ok(())
    }
}

impl<R: Ranges> Read for Pieces<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.piece.is_empty() && !out.is_empty() {
            self.turn()?;
        }
        let count = out.len().min(self.piece.len());
        out[..count].copy_from_slice(&self.piece[..count]);
        self.piece.advance(count);
        self.at += count as u64;
        Ok(count)
    }
}

impl<R: Ranges> Seek for Pieces<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        let before = || io::Error::new(io::ErrorKind::InvalidInput, "a place before the file");
        let target = target.ok_or_else(before)?;
        let ahead = target.checked_sub(self.at);
        match ahead.and_then(|ahead| usize::try_from(ahead).ok()) {
            Some(ahead) if ahead <= self.piece.len() => self.piece.advance(ahead),
            _ => {
                self.piece = Bytes::new();
                self.next = None;
                self.size = FIRST;
            }
        }
        self.at = target;
        Ok(target)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every byte tells its place, and the piece that is asked for must be in the file.
    #[derive(Clone)]
    struct Numbers(u64);

    fn byte(at: u64) -> u8 {
        (at ^ at >> 8 ^ at >> 16).to_le_bytes()[0]
    }

    impl Ranges for Numbers {
        async fn fetch(&self, at: u64, length: u64) -> io::Result<Bytes> {
            assert!(at + length <= self.0 && length > 0);
            Ok((at..at + length).map(byte).collect())
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn reads_as_a_local_file(
            length in 0u64..600_000,
            steps in proptest::collection::vec((0u64..700_000, 0usize..200_000), 1..12),
        ) {
            let whole: Vec<u8> = (0..length).map(byte).collect();
            let mut local = io::Cursor::new(&whole);
            let mut remote = Pieces::new(Numbers(length), length);
            for (at, count) in steps {
                if at % 3 > 0 {
                    let to = match at % 3 {
                        1 => SeekFrom::Start(at),
                        _ => SeekFrom::Current(i64::try_from(at % 5000).unwrap()),
                    };
                    assert_eq!(remote.seek(to).unwrap(), local.seek(to).unwrap());
                }
                let (mut a, mut b) = (Vec::new(), Vec::new());
                (&mut remote).take(count as u64).read_to_end(&mut a).unwrap();
                Read::take(&mut local, count as u64).read_to_end(&mut b).unwrap();
                assert_eq!(a, b);
            }
        }
    }

    #[test]
    fn the_end_is_the_end() {
        let mut remote = Pieces::new(Numbers(100_000), 100_000);
        assert_eq!(remote.seek(SeekFrom::End(-8)).unwrap(), 99_992);
        let mut last = Vec::new();
        remote.read_to_end(&mut last).unwrap();
        assert_eq!(last.len(), 8);
        assert!(remote.seek(SeekFrom::End(-200_000)).is_err());
    }
}
