//! Rows that are read while those before them are on their way to a database.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{Builder, JoinHandle};

use arrow::array::RecordBatch;

use crate::error::{Error, Result};

/// What a thread has read ahead: one batch.
pub struct Ahead {
    read: Receiver<Result<RecordBatch>>,
    reader: Option<JoinHandle<()>>,
}

impl Ahead {
    /// Reads `rows` on a thread, which ends when nobody takes them any more.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn of(rows: impl Iterator<Item = Result<RecordBatch>> + Send + 'static) -> Result<Self> {
        let (give, read) = sync_channel(0);
        let reader = Builder::new().name("rows-ahead".to_owned()).spawn(move || {
            for some in rows {
                if give.send(some).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            read,
            reader: Some(reader.map_err(|e| Error::io("start", "a thread", e))?),
        })
    }
}

impl Iterator for Ahead {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Ok(rows) = self.read.recv() {
            return Some(rows);
        }
        // An end that is none must not pass for one.
        let ended = self.reader.take().map_or(Ok(()), JoinHandle::join);
        ended
            .is_err()
            .then(|| Err(Error::Internal("reading ahead panicked".to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use arrow::array::Int64Array;
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    fn rows(number: i64) -> RecordBatch {
        let schema = Schema::new(vec![Field::new("n", DataType::Int64, false)]);
        let column = Int64Array::from(vec![number]);
        RecordBatch::try_new(Arc::new(schema), vec![Arc::new(column)]).unwrap()
    }

    #[test]
    fn all_comes_in_its_order_and_errors_in_their_place() {
        let source = (0..5).map(|number| match number {
            3 => Err(Error::Internal("three".to_owned())),
            number => Ok(rows(number)),
        });
        let found: Vec<_> = Ahead::of(source).unwrap().collect();
        assert_eq!(found.len(), 5);
        for (number, found) in (0..).zip(found) {
            match found {
                Ok(found) => assert_eq!(found, rows(number)),
                Err(e) => assert!(number == 3 && e.to_string().contains("three"), "{e}"),
            }
        }
    }

    #[test]
    fn no_more_than_one_is_read_ahead() {
        static READ: AtomicUsize = AtomicUsize::new(0);
        let source = (0..100).map(|number| {
            READ.fetch_add(1, Ordering::SeqCst);
            Ok(rows(number))
        });
        let mut ahead = Ahead::of(source).unwrap();
        ahead.next().unwrap().unwrap();
        let reader = ahead.reader.take().unwrap();
        drop(ahead);
        reader.join().unwrap();
        assert!(READ.load(Ordering::SeqCst) <= 3);
    }

    #[test]
    fn a_reader_that_panics_is_an_error_and_no_end() {
        let source = (0..3).map(|number| {
            assert!(number < 2, "broken");
            Ok(rows(number))
        });
        let found: Vec<_> = Ahead::of(source).unwrap().collect();
        assert!(found[0].is_ok() && found[1].is_ok());
        let error = found[2].as_ref().unwrap_err();
        assert_eq!((found.len(), error.exit_status()), (3, 1));
    }
}
