//! The peer of `benches/serve/run`: axum alone, answering with the bytes of a file.
//!
//! Usage: bare FILE; prints its address.

use std::error::Error;

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::get;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).unwrap_or_default();
    let body = Bytes::from(std::fs::read(path)?);
    let answer = move || async move { ([(header::CONTENT_TYPE, "application/json")], body) };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}/", listener.local_addr()?);
        axum::serve(listener, Router::new().route("/", get(answer))).await?;
        Ok(())
    })
}
