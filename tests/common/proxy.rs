//! Between a client and the real server: a way that is slow, breaks, or whose far end is busy.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::chance::Chance;

const BUSY: &str = "HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\n\
    Connection: close\r\nContent-Length: 91\r\n\r\n<?xml version=\"1.0\"?>\n<Error>\
    <Code>SlowDown</Code><Message>Reduce your rate.</Message></Error>  ";

/// What it did.
#[derive(Default)]
pub struct Done {
    /// Connections that were answered 503.
    pub busy: AtomicU64,
    /// Connections that were cut while they were in use.
    pub cut: AtomicU64,
    /// Connections to the server.
    pub passed: AtomicU64,
}

/// What a way does to what goes along it.
#[derive(Clone, Copy)]
pub struct Way {
    /// Of ten connections so many are answered 503.
    pub busy: u64,
    /// So many are cut.
    pub cut: u64,
    /// After so many bytes at most.
    pub after: u64,
    /// So long each part of an answer waits.
    pub wait: Duration,
}

/// A way to `server`. Gives its address, and what was done.
pub fn trouble(server: String, way: Way, seed: u64) -> (String, Arc<Done>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let done = Arc::new(Done::default());
    let counts = Arc::clone(&done);
    thread::spawn(move || {
        let mut chance = Chance::new(seed);
        for client in listener.incoming() {
            let Ok(client) = client else { return };
            let (server, counts) = (server.clone(), Arc::clone(&counts));
            let (kind, after) = (chance.below(10), chance.below(way.after));
            thread::spawn(move || {
                if kind < way.busy {
                    busy(client, &counts);
                } else if kind < way.busy + way.cut {
                    pass(&client, &server, after, way.wait, &counts);
                } else {
                    pass(&client, &server, u64::MAX, way.wait, &counts);
                }
            });
        }
    });
    (address.to_string(), done)
}

/// Answers the first request; what it brings need not be read.
fn busy(mut client: TcpStream, counts: &Done) {
    let mut request = [0; 4096];
    if matches!(client.read(&mut request), Ok(1..)) {
        counts.busy.fetch_add(1, Ordering::Relaxed);
        let _ = client.write_all(BUSY.as_bytes());
        // An end with bytes unread would take the answer back.
        let _ = client.shutdown(Shutdown::Write);
        while matches!(client.read(&mut request), Ok(1..)) {}
    }
}

fn pass(client: &TcpStream, server: &str, after: u64, wait: Duration, counts: &Arc<Done>) {
    let Ok(server) = TcpStream::connect(server) else {
        return;
    };
    counts.passed.fetch_add(1, Ordering::Relaxed);
    let left = Arc::new(AtomicU64::new(after));
    let copy = |from: &TcpStream, to: &TcpStream, wait: Duration| {
        let (mut from, mut to) = (
            from.try_clone().expect("a copy"),
            to.try_clone().expect("one"),
        );
        let (left, counts) = (Arc::clone(&left), Arc::clone(counts));
        thread::spawn(move || {
            let mut bytes = [0; 16 << 10];
            while let Ok(count @ 1..) = from.read(&mut bytes) {
                thread::sleep(wait);
                let before = left.fetch_sub(count as u64, Ordering::Relaxed);
                if before < count as u64 {
                    counts.cut.fetch_add(1, Ordering::Relaxed);
                    let _ = from.shutdown(Shutdown::Both);
                    let _ = to.shutdown(Shutdown::Both);
                    return;
                }
                if to.write_all(&bytes[..count]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Both);
        })
    };
    let there = copy(client, &server, Duration::ZERO);
    let back = copy(&server, client, wait);
    let _ = (there.join(), back.join());
}
