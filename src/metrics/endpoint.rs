//! A port of its own for `/metrics` and `/health`, on a thread of its own.

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::{Registry, router};
use crate::error::{Error, Result};

/// A client has so long for its request.
const PATIENCE: Duration = Duration::from_secs(5);
/// No connection lives longer: it is one request.
const LONGEST: Duration = Duration::from_secs(10);
/// Connections at a time; one more ends the oldest, so that clients that hang keep nobody out.
const MOST: usize = 32;
/// Bytes of a request.
const REQUEST: usize = 16 << 10;
/// Histograms are added up so often where nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

/// Listens as long as it lives.
#[derive(Debug)]
pub struct Endpoint {
    address: SocketAddr,
    registry: Arc<Registry>,
    _stop: oneshot::Sender<()>,
}

impl Endpoint {
    /// Begins to serve `registry` on `address`; port 0 is any that is free. Says in the log where.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub fn start(address: SocketAddr, registry: Registry) -> Result<Self> {
        let failed = |e: io::Error| match e.kind() {
            io::ErrorKind::AddrInUse => Error::Busy {
                place: address.to_string(),
                what: "another program listens there; choose another --metrics-addr, such as \
                       127.0.0.1:0 for any free port"
                    .to_owned(),
            },
            _ => Error::io("listen there for --metrics-addr", address, e),
        };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(failed)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let registry = Arc::new(registry);
        let served = Arc::clone(&registry);
        let serve = move || {
            runtime.block_on(async {
                match tokio::net::TcpListener::from_std(listener) {
                    Ok(listener) => {
                        tokio::spawn(accept(listener, router(Arc::clone(&served))));
                        tokio::spawn(keep(served));
                        // An error is the end of the endpoint, too.
                        let _ = stopped.await;
                    }
                    Err(e) => tracing::warn!("{address}: no metrics: {e}"),
                }
            });
        };
        let thread = thread::Builder::new().name("metrics".to_owned());
        thread.spawn(serve).map_err(failed)?;
        tracing::info!("metrics are at http://{address}/metrics");
        if !address.ip().is_loopback() {
            tracing::warn!("{address} asks for no key: whoever reaches it can read the metrics");
        }
        Ok(Self {
            address,
            registry,
            _stop: stop,
        })
    }

    /// What it serves.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn accept(listener: tokio::net::TcpListener, router: Router) {
    let mut connections: VecDeque<JoinHandle<()>> = VecDeque::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, say: not to be asked again at once.
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        connections.retain(|connection| !connection.is_finished());
        if connections.len() >= MOST
            && let Some(oldest) = connections.pop_front()
        {
            oldest.abort();
        }
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .max_buf_size(REQUEST)
            .keep_alive(false)
            .serve_connection(
                TokioIo::new(stream),
                TowerToHyperService::new(router.clone()),
            );
        connections.push_back(tokio::spawn(async move {
            // Whatever a client does wrong is its own loss.
            let _ = timeout(LONGEST, connection).await;
        }));
    }
}

async fn keep(registry: Arc<Registry>) {
    loop {
        sleep(UPKEEP).await;
        registry.upkeep();
    }
}
