//! The processes that a child and its own children are.
//!
//! Invariant: a signal is sent only while the child has not been reaped, because its number may name another process
//! afterwards. A group that is dropped before that is killed.

use tokio::process::Child;

use crate::sync::Mutex;
use crate::value::{ErrorKind, Fault};

/// A child's process group, or the child alone if it has none of its own.
#[derive(Debug)]
pub(super) struct Group {
    /// `None` once the child was reaped.
    leader: Mutex<Option<u32>>,
    apart: bool,
}

impl Group {
    /// The group of a child that was just started.
    pub(super) fn of(child: &Child, apart: bool) -> Group {
        Group { leader: Mutex::new(child.id()), apart }
    }

    /// The child was reaped.
    pub(super) fn ended(&self) {
        *self.leader.lock() = None;
    }

    /// Whether it was not.
    pub(super) fn is_running(&self) -> bool {
        self.leader.lock().is_some()
    }

    /// Kills it; nothing can refuse.
    pub(super) fn kill(&self) {
        let _ = self.signal("KILL");
    }

    /// Sends a signal by its name without SIG. False if the child was reaped.
    #[cfg(unix)]
    pub(super) fn signal(&self, name: &str) -> Result<bool, Fault> {
        use rustix::process::{Pid, kill_process, kill_process_group};
        let signal = super::report::signal_of(name).ok_or_else(|| unknown(name))?;
        let leader = self.leader.lock();
        let Some(pid) = leader.and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)) else {
            return Ok(false);
        };
        let sent = if self.apart { kill_process_group(pid, signal) } else { kill_process(pid, signal) };
        Ok(sent.is_ok())
    }

    /// There are no signals here: the child is ended by tokio, when it is dropped.
    #[cfg(not(unix))]
    pub(super) fn signal(&self, _name: &str) -> Result<bool, Fault> {
        Err(Fault::new(ErrorKind::UnsupportedError, "kill: this system has no signals"))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(unix)]
fn unknown(name: &str) -> Fault {
    Fault::new(ErrorKind::ValueError, format!("kill: unknown signal '{name}'"))
}
