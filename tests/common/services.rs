//! The real servers that tests talk to, by `scripts/services`.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::atomic::{AtomicU16, Ordering};

use tempfile::TempDir;

use super::{skip, stderr};

/// A file of `scripts/`.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scripts")
        .join(name)
}

/// `scripts/services` with these arguments.
pub fn services(args: &[&str]) -> Command {
    let mut command = Command::new(script("services"));
    command.args(args);
    command
}

/// Runs it to its end: what it printed, or why it failed.
pub fn act(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|e| e.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(stderr(&output).trim().to_owned())
}

/// A port that nobody listens on, below those that the system gives to clients.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = (process::id() % 1_000) as u16 * 10;
    loop {
        let port = 20_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A server of a test's own, with its run folder and ports. It and its data are gone when the test
/// ends.
pub struct Own {
    service: &'static str,
    run: TempDir,
    ports: Vec<(String, u16)>,
    /// Settings beside the ports.
    settings: Vec<(&'static str, String)>,
}

impl Own {
    /// A place for one that does not run yet, with a port for each of these settings of the
    /// service; none, with the reason printed, where it cannot run.
    pub fn prepare(service: &'static str, settings: &[&str]) -> Option<Self> {
        if let Err(why) = act(&mut services(&["install", service])) {
            skip(&format!("no {service}: {why}"));
            return None;
        }
        // Those of one cluster begin as those of its kind.
        let kind = service.split('-').next().unwrap_or(service).to_uppercase();
        let name = |setting| format!("RETAIL_{kind}_{setting}");
        let settings = settings.iter();
        Some(Self {
            service,
            run: TempDir::new().expect("a folder"),
            ports: settings
                .map(|setting| (name(setting), free_port()))
                .collect(),
            settings: Vec::new(),
        })
    }

    /// The same with another setting.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.settings.push((name, value.to_owned()));
        self
    }

    /// `scripts/services` for it. `part` is empty, or a process with a slash before it.
    pub fn act(&self, what: &str, part: &str) -> Result<String, String> {
        let mut command = services(&[what, &format!("{}{part}", self.service)]);
        command.env("RETAIL_SERVICES_RUN", self.run.path());
        for (name, port) in &self.ports {
            command.env(name, port.to_string());
        }
        for (name, value) in &self.settings {
            command.env(name, value);
        }
        act(&mut command)
    }

    /// Which it is.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// The port of the setting with this number.
    pub fn port(&self, number: usize) -> u16 {
        self.ports[number].1
    }

    /// Its run folder.
    pub fn run(&self) -> &Path {
        self.run.path()
    }

    /// A file of its own in there.
    pub fn file(&self, name: &str) -> String {
        let file = self.run().join(self.service).join(name);
        file.to_str().expect("text").to_owned()
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = self.act("crash", "");
        let _ = self.act("reset", "");
    }
}
