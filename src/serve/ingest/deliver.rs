//! Handing a request to the desk, and waiting for Kafka.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::StatusCode;
use tokio::sync::oneshot;
use tokio::task::block_in_place;
use tokio::time::timeout;

use crate::ingest::check::Record;
use crate::ingest::job::{Key, Room};
use crate::ingest::{Desk, Failed, Health, Job};
use crate::serve::answer::Fail;

/// Kafka acknowledges within this time.
const WAIT: Duration = Duration::from_secs(10);

/// A request that is to be sent.
pub struct Parcel {
    /// Where it goes.
    pub topic: String,
    /// Where its records stand.
    pub body: Bytes,
    /// The records.
    pub records: Vec<Record>,
    /// Its idempotency key.
    pub key: Option<Key>,
    /// Its room.
    pub room: Room,
    /// When it came.
    pub came: Instant,
}

fn unavailable(desk: &Desk, reason: &'static str, what: String) -> Fail {
    desk.meter.failed(reason);
    Fail::new(StatusCode::SERVICE_UNAVAILABLE, what)
}

/// Refuses at once what could not be sent.
///
/// # Errors
/// While Kafka is away, and at the end.
pub fn open(desk: &Desk) -> Result<(), Fail> {
    match desk.health() {
        Health::Open => Ok(()),
        Health::Away => Err(failed(desk, Failed::Away)),
        Health::Closed => Err(failed(desk, Failed::Ending)),
    }
}

/// Sees to it that there is a topic of orders.
///
/// # Errors
/// When there is none, and none can be made.
pub fn orders(desk: &Desk) -> Result<(), Fail> {
    let outcome = block_in_place(|| desk.prepare_orders());
    outcome.map_err(|e| unavailable(desk, "no_topic", e.to_string()))
}

/// Sends a request; its records are in the topic when this returns.
///
/// # Errors
/// When they are not, or when it is not known.
pub async fn deliver(desk: &Desk, parcel: Parcel) -> Result<(), Fail> {
    let (reply, told) = oneshot::channel();
    desk.offer(Job {
        topic: parcel.topic,
        body: parcel.body,
        records: parcel.records,
        key: parcel.key,
        room: parcel.room,
        came: parcel.came,
        reply,
    });
    match timeout(WAIT, told).await {
        Ok(Ok(Ok(()))) => Ok(()),
        Ok(Ok(Err(why))) => Err(failed(desk, why)),
        Ok(Err(_)) => Err(failed(desk, Failed::Ending)),
        Err(_) => Err(failed(desk, Failed::Unknown)),
    }
}

fn failed(desk: &Desk, why: Failed) -> Fail {
    match why {
        Failed::Away => {
            let what = "Kafka does not answer; nothing was sent: send it again a little later";
            unavailable(desk, "kafka_away", what.to_owned())
        }
        Failed::Unknown => {
            let what = "Kafka did not acknowledge it in time; all of it is in the topic or nothing \
                is: send it again with the same Idempotency-Key";
            unavailable(desk, "kafka_slow", what.to_owned())
        }
        Failed::Refused(why) => unavailable(
            desk,
            "kafka_refused",
            format!("Kafka refused it: {why}; nothing was sent"),
        ),
        Failed::Ending => {
            let what = "this server ends; nothing was sent: send it again to the next one";
            unavailable(desk, "ending", what.to_owned())
        }
    }
}
