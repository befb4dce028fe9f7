//! A shop with results, and servers that show them.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Answer, ask};
use crate::common::Shop;
use crate::common::served::{Served, place};

/// What a server does soon.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// A key that opens the API of [`Server::keyed`].
pub const KEY: &str = "0123456789abcdef0123456789abcdef";
/// Every server listens on any free port.
pub const PORTS: [&str; 6] = ["--batch-port", "0", "--live-port", "0", "--api-port", "0"];

/// Three days of sales, and what batch makes of them.
pub fn shop() -> Shop {
    let shop = Shop::new();
    shop.json(&["generate", "--days", "3"]);
    shop.json(&["batch"]);
    shop
}

/// The same, and what a stream makes of them.
pub fn shop_with_windows() -> Shop {
    let shop = shop();
    shop.json(&["stream", "--rate", "0", "--until-end"]);
    shop
}

/// Servers beside the test.
pub struct Server {
    served: Served,
    addresses: BTreeMap<String, String>,
}

/// Its process.
impl Deref for Server {
    type Target = Served;

    fn deref(&self) -> &Served {
        &self.served
    }
}

impl DerefMut for Server {
    fn deref_mut(&mut self) -> &mut Served {
        &mut self.served
    }
}

impl Server {
    /// All three, without a key.
    pub fn start(shop: &Shop, options: &[&str]) -> Self {
        Self::with(shop, options, &[])
    }

    /// All three; [`KEY`] opens the API.
    pub fn keyed(shop: &Shop, options: &[&str]) -> Self {
        Self::with(shop, options, &[("RETAIL_API_KEY", KEY)])
    }

    /// All three, reachable from other machines; [`KEY`] opens them.
    pub fn open(shop: &Shop, options: &[&str]) -> Self {
        Self::keyed(shop, &[&["--listen", "0.0.0.0"], options].concat())
    }

    /// All three, with these variables.
    pub fn with(shop: &Shop, options: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::of(Self::command(shop, options, variables))
    }

    /// What starts all three, with these variables.
    pub fn command(shop: &Shop, options: &[&str], variables: &[(&str, &str)]) -> Command {
        let args = [&["--json", "serve"], &PORTS[..], options].concat();
        let mut command = shop.retail(&args);
        command.envs(variables.iter().copied());
        command
    }

    /// Whatever a command starts, which says where in its first line.
    pub fn of(command: Command) -> Self {
        let (served, told) = Served::of(command);
        assert_eq!(told["command"], "serve");
        let names = told["addresses"].as_object().expect("addresses").keys();
        let addresses = names.map(|name| (name.clone(), place(&told, name)));
        Self {
            addresses: addresses.collect(),
            served,
        }
    }

    /// Where a server is, as `127.0.0.1:41234`.
    pub fn address(&self, name: &str) -> &str {
        &self.addresses[name]
    }

    /// Where the batch dashboard is.
    pub fn batch(&self) -> &str {
        self.address("batch")
    }

    /// Where the live dashboard is.
    pub fn live(&self) -> &str {
        self.address("live")
    }

    /// Where the API is.
    pub fn api(&self) -> &str {
        self.address("api")
    }

    /// All addresses.
    pub fn all(&self) -> Vec<&str> {
        self.addresses.values().map(String::as_str).collect()
    }

    /// Asks the API with [`KEY`].
    pub fn v1(&self, path: &str) -> Answer {
        self.v1_with(path, &[])
    }

    /// The same with more headers.
    pub fn v1_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let headers = [&[("X-API-Key", KEY)], headers].concat();
        ask(self.api(), "GET", &format!("/api/v1{path}"), &headers, b"")
    }

    /// Waits for the end, which must come; gives the status and what it wrote to stderr.
    pub fn end(self) -> (ExitStatus, String) {
        self.served.end()
    }
}

/// Waits until it is so.
pub fn wait_until(what: &str, mut ready: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !ready() {
        assert!(Instant::now() < deadline, "never so: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
