//! Connections: taken up, limited, brought to an end.
//!
//! A client that is slow or has gone holds its own connection only, and not for long: headers
//! must come and answers must be taken within a time. There is a most of connections; where it
//! is reached, one that has not asked for anything makes room for one that will.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use super::site::Which;
use crate::error::{Error, Result};

/// A request's head comes within this time, also the next one's of a connection that is kept.
const HEAD: Duration = Duration::from_secs(15);
/// A client that takes nothing for so long has gone.
const STUCK: Duration = Duration::from_secs(20);
/// Connections at a time.
const MOST: u32 = 1024;
/// Header lines of a request.
const HEADERS: usize = 64;
/// Bytes of a request's head.
const HEAD_BYTES: usize = 32 << 10;
/// Answers that have begun may take so long after the end was asked for.
const DRAIN: Duration = Duration::from_secs(5);
/// Those that wait for Kafka, which has its time.
const DRAIN_INTO_KAFKA: Duration = Duration::from_secs(15);
/// Where no more connection can be opened, one may be in a moment.
const PAUSE: Duration = Duration::from_millis(50);

/// Lets the process open as many files as the system allows it: the usual limit is that of a
/// program that serves nobody.
pub fn make_room() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(e) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!("the limit of open files stays as it is: {e}");
    }
}

/// Takes the address.
///
/// # Errors
/// [`Error::Busy`] when another has it, [`Error::Io`] when it cannot be had.
pub async fn bind(which: Which, address: SocketAddr) -> Result<TcpListener> {
    let name = which.name();
    TcpListener::bind(address).await.map_err(|e| match e.kind() {
        ErrorKind::AddrInUse => Error::Busy {
            place: address.to_string(),
            what: format!(
                "another program listens there; choose another --{name}-port, or 0 for any that \
                 is free"
            ),
        },
        ErrorKind::AddrNotAvailable => Error::Usage(format!(
            "{address}: no address of this machine; choose another --listen"
        )),
        ErrorKind::PermissionDenied => Error::Usage(format!(
            "{address}: this user may not listen there; choose another --{name}-port, from 1024"
        )),
        _ => Error::io("listen there", address, e),
    })
}

/// A connection that may have to go.
struct Guest {
    asked: Arc<AtomicBool>,
    /// Dropped to send it away.
    stay: oneshot::Sender<()>,
}

/// Those who hold a place, in the order in which they came.
#[derive(Default)]
struct Guests(VecDeque<Guest>);

impl Guests {
    /// Sends away who came first of those that have not asked for anything; else, of the
    /// others, who came first, as soon as nothing is owed to it.
    fn make_place(&mut self) {
        self.0.retain(|guest| !guest.stay.is_closed());
        let idle = |guest: &Guest| !guest.asked.load(Ordering::Relaxed);
        let number = self.0.iter().position(idle).unwrap_or(0);
        drop(self.0.remove(number));
    }
}

/// A place, for which somebody may have to go.
async fn place(room: &Arc<Semaphore>, guests: &mut Guests) -> Option<OwnedSemaphorePermit> {
    loop {
        let free = Arc::clone(room).acquire_owned();
        match Arc::clone(room).try_acquire_owned() {
            Ok(place) => return Some(place),
            Err(_) => guests.make_place(),
        }
        if let Ok(place) = timeout(PAUSE, free).await {
            return place.ok();
        }
    }
}

/// Answers until `ending` says that it is enough.
pub async fn serve(
    which: Which,
    listener: TcpListener,
    routes: Router,
    mut ending: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(MOST as usize));
    let mut guests = Guests::default();
    loop {
        let next = async {
            let place = place(&room, &mut guests).await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            _ = ending.wait_for(|ended| *ended) => break,
        };
        let Ok((stream, _)) = accepted else {
            // Too many open files, say.
            guests.make_place();
            sleep(PAUSE).await;
            continue;
        };
        let asked = Arc::new(AtomicBool::new(false));
        let (stay, leave) = oneshot::channel();
        let guest = Guest {
            asked: Arc::clone(&asked),
            stay,
        };
        // Those that have gone are forgotten now and then.
        if guests.0.len() >= 2 * MOST as usize {
            guests.0.retain(|guest| !guest.stay.is_closed());
        }
        guests.0.push_back(guest);
        let (routes, ending) = (routes.clone(), ending.clone());
        tokio::spawn(async move {
            answer(stream, routes, asked, leave, ending).await;
            drop(place);
        });
    }
    drop(listener);
    let drain = match which {
        Which::Ingest => DRAIN_INTO_KAFKA,
        Which::Batch | Which::Live | Which::Api => DRAIN,
    };
    if timeout(drain, room.acquire_many(MOST)).await.is_err() {
        tracing::debug!("some answers were not taken to their end");
    }
}

/// Answers one connection, to its end or until it has to leave.
async fn answer(
    stream: TcpStream,
    routes: Router,
    asked: Arc<AtomicBool>,
    leave: oneshot::Receiver<()>,
    mut ending: watch::Receiver<bool>,
) {
    let mark = Arc::clone(&asked);
    let service = routes.map_request(move |request: axum::http::Request<Incoming>| {
        mark.store(true, Ordering::Relaxed);
        request
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_headers(HEADERS)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(
            TokioIo::new(patient(stream)),
            TowerToHyperService::new(service),
        );
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        outcome = connection.as_mut() => Some(outcome),
        _ = leave => None,
        _ = ending.wait_for(|ended| *ended) => None,
    };
    let outcome = match ended {
        Some(outcome) => outcome,
        None if asked.load(Ordering::Relaxed) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
        // Half a request is owed nothing.
        None => Ok(()),
    };
    if let Err(e) = outcome {
        tracing::debug!("a connection ended: {e}");
    }
}

fn patient(stream: TcpStream) -> std::pin::Pin<Box<TimeoutStream<TcpStream>>> {
    // Small answers leave at once.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(STUCK));
    Box::pin(stream)
}
