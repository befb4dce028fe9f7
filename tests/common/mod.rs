//! A folder of its own for every test, and the built binary in it.
#![allow(dead_code)] // not every test file uses everything
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod chance;
pub mod figures;
pub mod proxy;
pub mod scrape;
pub mod served;
pub mod services;
pub mod web;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tempfile::TempDir;

/// A working folder.
pub struct Shop {
    dir: TempDir,
}

impl Shop {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            dir: TempDir::new().expect("a folder"),
        }
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, content).expect("written");
    }

    /// The text of a file.
    pub fn read(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// `retail` with these arguments in this folder, free of the caller's environment.
    pub fn retail(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_retail"));
        command.args(args).current_dir(self.dir.path());
        for (name, _) in std::env::vars() {
            if name.starts_with("RETAIL_") || name == "NO_COLOR" {
                command.env_remove(name);
            }
        }
        command
    }

    /// Runs to the end.
    pub fn run(&self, args: &[&str]) -> Output {
        self.retail(args).output().expect("it starts")
    }

    /// Runs, must succeed, and gives the `--json` summary.
    pub fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[&["--json"], args].concat());
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        serde_json::from_slice(&output.stdout).expect("one JSON object")
    }

    /// Runs, must fail with `status`, and gives the one line of the error.
    pub fn fail(&self, args: &[&str], status: i32) -> String {
        let output = self.run(args);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(status), "{args:?}: {text}");
        let errors: Vec<_> = text.lines().filter(|l| l.starts_with("error")).collect();
        assert_eq!(errors.len(), 1, "{text}");
        errors[0].to_owned()
    }

    /// Starts it and lets it run beside the test.
    pub fn start(&self, args: &[&str]) -> Running {
        Running::of(self.retail(args))
    }

    /// Starts it beside the test, which writes its stdin.
    pub fn start_fed(&self, args: &[&str]) -> (Running, ChildStdin) {
        let mut command = self.retail(args);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let stdin = child.stdin.take().expect("a pipe");
        (Running(Some(child)), stdin)
    }

    /// Runs to the end with `input` on stdin.
    pub fn feed(&self, args: &[&str], input: &[u8]) -> Output {
        let (run, mut stdin) = self.start_fed(args);
        let input = input.to_vec();
        // One that ends early reads no more.
        let writer = thread::spawn(move || stdin.write_all(&input).is_ok());
        let output = run.end();
        writer.join().expect("written");
        output
    }

    /// What runs have left behind: hidden files and folders, and unfinished files.
    pub fn litter(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(self.dir.path(), &mut |path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            if name.starts_with('.') || name.ends_with(".tmp") {
                found.push(path.display().to_string());
            }
        });
        found.sort();
        found
    }

    /// Whether the path of something that is being written contains `part`.
    pub fn litter_with(&self, part: &str) -> bool {
        let mut found = false;
        walk(self.dir.path(), &mut |path| {
            let path = path.strip_prefix(self.dir.path()).expect("below");
            let path = path.to_string_lossy();
            found |= path.contains("/.") && path.contains(part);
        });
        found
    }

    /// Every file below `name` but those of the runs themselves, by path, with its bytes.
    pub fn tree(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        let root = self.path(name);
        let mut found = BTreeMap::new();
        collect(&root, &root, &mut found);
        let is_of_runs = |path: &str| {
            let mut parts = path.split('/');
            path.ends_with("_run.json") || parts.any(|part| matches!(part, "_history" | "_days"))
        };
        found.retain(|path, _| !is_of_runs(path));
        found
    }
}

fn collect(root: &Path, dir: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    let Ok(entries) = fs::read_dir(dir) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            let name = path.strip_prefix(root).expect("below").to_string_lossy();
            found.insert(name.into_owned(), fs::read(&path).expect("read"));
        }
    }
}

/// Shows `see` every file and folder below `dir`; what vanishes meanwhile may be missed.
pub fn walk(dir: &Path, see: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        see(&entry.path());
        walk(&entry.path(), see);
    }
}

/// A run beside the test. It is killed if the test ends before it.
pub struct Running(Option<Child>);

impl Running {
    /// Starts a command without a stdin, its output piped.
    pub fn of(mut command: Command) -> Self {
        command.stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(Some(command.spawn().expect("it starts")))
    }

    fn child(&mut self) -> &mut Child {
        self.0.as_mut().expect("not ended")
    }

    /// Its stdout, to be read while it runs.
    pub fn stdout(&mut self) -> ChildStdout {
        self.child().stdout.take().expect("not taken")
    }

    /// Its stderr, to be read while it runs.
    pub fn stderr(&mut self) -> ChildStderr {
        self.child().stderr.take().expect("not taken")
    }

    /// The memory that it holds now, in KiB, without the pages of the program's file: of a build
    /// for tests these are most, and nobody holds them.
    pub fn memory(&mut self) -> u64 {
        memory(self.pid()).expect("it runs")
    }

    /// The number of the process.
    pub fn pid(&mut self) -> u32 {
        self.child().id()
    }

    /// Waits until `ready`; false if the run ends before.
    pub fn until(&mut self, ready: impl Fn() -> bool) -> bool {
        let began = Instant::now();
        while !ready() {
            if self.child().try_wait().expect("waited").is_some() {
                return false;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "never ready");
            thread::sleep(Duration::from_micros(50));
        }
        true
    }

    /// Whether it ends so soon.
    pub fn ends_within(&mut self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        !self.until(|| Instant::now() > deadline)
    }

    /// Sends the signal of this name: `INT`, `TERM`, `KILL`.
    pub fn signal(&mut self, name: &str) {
        signal(self.pid(), name);
    }

    /// Ends it at once.
    pub fn kill(mut self) {
        let mut child = self.0.take().expect("not ended");
        child.kill().expect("killed");
        child.wait().expect("waited");
    }

    /// Waits for the end; the answer's second part is the most memory that it was seen to hold, in
    /// KiB, without the pages of the program's file.
    pub fn end_with_peak(mut self) -> (Output, u64) {
        let mut peak = 0;
        while self.child().try_wait().expect("waited").is_none() {
            peak = peak.max(memory(self.pid()).unwrap_or(0));
            thread::sleep(Duration::from_millis(2));
        }
        (self.end(), peak)
    }

    /// Waits for the end.
    pub fn end(mut self) -> Output {
        let child = self.0.take().expect("not ended");
        child.wait_with_output().expect("waited")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The memory that a process holds, in KiB, without the pages of the program's file; none where it
/// has ended.
fn memory(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.map(|number| number.parse().expect("KiB"))
}

/// Sends the signal of this name to a process.
pub fn signal(pid: u32, name: &str) {
    let sent = Command::new("sh")
        .args(["-c", "kill -s \"$0\" \"$1\"", name, &pid.to_string()])
        .status();
    assert!(sent.expect("sh runs").success());
}

/// `content` packed by gzip.
pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("packed");
    encoder.finish().expect("packed")
}

/// What a run wrote to stderr.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a run wrote to stdout.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The folder of real data, or none with the reason printed. With `RETAIL_REQUIRE_SERVICES=1`
/// a missing one fails the test.
pub fn shared_data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    skip("no shared data");
    None
}

/// Says that a test cannot run here; where nothing may be skipped, fails it.
pub fn skip(why: &str) {
    assert_ne!(
        std::env::var("RETAIL_REQUIRE_SERVICES").as_deref(),
        Ok("1"),
        "must not be skipped: {why}"
    );
    eprintln!("skipped: {why}");
}

/// The same command as a user whom permissions bind: root runs it without the rights to pass
/// over them.
pub fn bound_by_permissions(command: &Command) -> Command {
    let dir = TempDir::new().expect("a folder");
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o000)).expect("a mode");
    let bound = fs::read_dir(dir.path()).is_err();
    let mut same = if bound {
        Command::new(command.get_program())
    } else {
        let mut same = Command::new("setpriv");
        same.args(["--bounding-set", "-dac_override,-dac_read_search"]);
        same.arg(command.get_program());
        same
    };
    same.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => same.env(name, value),
            None => same.env_remove(name),
        };
    }
    if let Some(dir) = command.get_current_dir() {
        same.current_dir(dir);
    }
    same
}

/// A tmpfs of `kib` KiB, mounted as long as this lives; none, with the reason printed, where
/// that is not allowed.
pub struct SmallDisk {
    dir: TempDir,
}

impl SmallDisk {
    /// Mounts one.
    pub fn mount(kib: u32) -> Option<Self> {
        let dir = TempDir::new().expect("a folder");
        let size = format!("size={kib}k");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(dir.path())
            .status()
            .is_ok_and(|status| status.success());
        if !mounted {
            skip("cannot mount a tmpfs");
            return None;
        }
        Some(Self { dir })
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Lets nobody write any more.
    pub fn make_read_only(&self) {
        self.remount("remount,ro");
    }

    /// Lets everybody write again.
    pub fn make_writable(&self) {
        self.remount("remount,rw");
    }

    /// Makes it so many KiB large.
    pub fn resize(&self, kib: u32) {
        self.remount(&format!("remount,size={kib}k"));
    }

    fn remount(&self, options: &str) {
        let mut command = Command::new("mount");
        let status = command.args(["-o", options]).arg(self.path()).status();
        assert!(status.expect("mount runs").success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.path()).status();
    }
}
