//! A process as others know it: on this machine by the kernel, elsewhere by what it wrote.

use serde::{Deserialize, Serialize};

/// Who holds a lock, or is at work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holder {
    /// For people.
    pub(crate) holder: String,
    /// The machine, since it was started, and its table of processes; none where unknown.
    pub(super) table: Option<String>,
    /// The process in that table.
    pub(crate) pid: u32,
    /// When it was started, by the kernel's count.
    pub(super) started: Option<u64>,
}

impl Holder {
    /// This process.
    pub(crate) fn this(holder: &str) -> Self {
        let pid = std::process::id();
        Self {
            holder: holder.to_owned(),
            table: table(),
            pid,
            started: started(pid),
        }
    }

    /// Whether the kernel says that the process is no more; false where it cannot know.
    pub(crate) fn is_gone(&self) -> bool {
        let here = self.table.is_some() && self.table == table();
        here && self.started.is_some() && started(self.pid) != self.started
    }

    /// Whether the kernel here knows of the process.
    pub(crate) fn is_here(&self) -> bool {
        self.table.is_some() && self.table == table() && self.started.is_some()
    }

    /// Whether it ran on a machine that was started anew since then: not on this one as it runs
    /// now, though on one of its name. False where that is not known.
    pub(crate) fn is_of_another_boot(&self) -> bool {
        let boot = |table: &str| table.split(' ').next().map(str::to_owned);
        let (then, now) = (self.table.as_deref(), table());
        match (then.and_then(boot), now.as_deref().and_then(boot)) {
            (Some(then), Some(now)) => then != now,
            _ => false,
        }
    }
}

/// This boot of this machine, and the processes that can be seen from here: pids of another
/// container mean nothing.
fn table() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let pids = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), pids.display()))
}

/// When a process was started, in ticks since the boot; none if there is none, or it has ended.
pub(super) fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command in parentheses may hold anything; the state follows it.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    (fields.next()? != "Z")
        .then(|| fields.nth(18)?.parse().ok())
        .flatten()
}

/// The name of this machine, or container; empty where it cannot be told.
pub(crate) fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}
