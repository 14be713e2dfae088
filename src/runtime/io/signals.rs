//! Signals of the system: the interrupt key, and requests to end.
//!
//! Invariant: a signal starts the script's handler if there is one; else the first one stops the servers if any run; else it ends
//! the program in order.

use std::sync::Arc;
#[cfg(unix)]
use std::sync::Weak;

#[cfg(unix)]
use tokio::signal::unix;

use super::Io;
#[cfg(unix)]
use super::http;
use crate::runtime::promise::Hub;
#[cfg(unix)]
use crate::runtime::promise::Verdict;
use crate::runtime::signal::Signals;
use crate::value::Fault;
use crate::vm::SignalName;

/// Signals that ask a program to end.
#[cfg(unix)]
const ENDING: [(SignalName, unix::SignalKind); 2] = [
    (SignalName::Terminate, unix::SignalKind::terminate()),
    (SignalName::HangUp, unix::SignalKind::hangup()),
];

impl Io {
    /// From now on the interrupt key, or a request to end, ends the program in order, not the process.
    pub fn watch_interrupt(&self, hub: &Arc<Hub>, signals: &Arc<Signals>) {
        // Without tokio they keep their default: they end the process.
        let Ok(tokio) = self.tokio() else { return };
        let inside = tokio.enter();
        // Handled from now on, before anybody else, a line editor for instance, puts a handler of its own there for a while
        // and then restores what it found.
        let Ok(mut key) = interrupt_key() else { return };
        #[cfg(unix)]
        let ending = ENDING.map(|(name, kind)| {
            let signal = if is_ignored(kind) { None } else { unix::signal(kind).ok() };
            (name, kind, signal)
        });
        drop(inside);
        self.watched.lock().push(SignalName::Interrupt);
        let (weak, servers) = (Arc::downgrade(hub), Arc::clone(&self.servers));
        let handlers = Arc::clone(signals);
        tokio.spawn(async move {
            while key.recv().await.is_some()
                && let Some(hub) = weak.upgrade()
            {
                if !handlers.fire(&hub, SignalName::Interrupt) && !servers.stop_all() {
                    hub.interrupt();
                }
            }
        });
        #[cfg(unix)]
        for (name, kind, signal) in ending {
            let Some(signal) = signal else { continue };
            self.watched.lock().push(name);
            let (servers, signals) = (Arc::clone(&self.servers), Arc::clone(signals));
            tokio.spawn(Ending { name, kind, servers, signals }.watch(signal, Arc::downgrade(hub)));
        }
    }

    /// From now on a signal starts its handler.
    pub fn watch_signal(
        &self,
        hub: &Arc<Hub>,
        signals: &Arc<Signals>,
        name: SignalName,
    ) -> Result<(), Fault> {
        let is_watched = |name| self.watched.lock().contains(&name);
        if !is_watched(SignalName::Interrupt) {
            self.watch_interrupt(hub, signals);
        }
        // One that whoever started the program wants ignored is watched only if the script asks for it.
        if is_watched(name) { Ok(()) } else { self.watch_ending(hub, signals, name) }
    }

    #[cfg(unix)]
    fn watch_ending(&self, hub: &Arc<Hub>, signals: &Arc<Signals>, name: SignalName) -> Result<(), Fault> {
        let Some(&(_, kind)) = ENDING.iter().find(|(ending, _)| *ending == name) else { return Ok(()) };
        let tokio = self.tokio()?;
        let inside = tokio.enter();
        let signal = unix::signal(kind);
        drop(inside);
        let failed = |error| crate::runtime::failure::io_fault("watch for", "signals", &error);
        let signal = signal.map_err(failed)?;
        self.watched.lock().push(name);
        let (servers, signals) = (Arc::clone(&self.servers), Arc::clone(signals));
        tokio.spawn(Ending { name, kind, servers, signals }.watch(signal, Arc::downgrade(hub)));
        Ok(())
    }

    #[cfg(not(unix))]
    fn watch_ending(&self, _: &Arc<Hub>, _: &Arc<Signals>, _: SignalName) -> Result<(), Fault> {
        let message = "on_signal: this system has no signal but INT";
        Err(Fault::new(crate::value::ErrorKind::UnsupportedError, message))
    }
}

/// What a signal that asks the program to end does.
#[cfg(unix)]
struct Ending {
    name: SignalName,
    kind: unix::SignalKind,
    servers: Arc<http::Servers>,
    signals: Arc<Signals>,
}

#[cfg(unix)]
impl Ending {
    /// Waits for it again and again, as long as the program runs. The exit code is that of shells: 128 and the signal.
    async fn watch(self, mut signal: unix::Signal, hub: Weak<Hub>) {
        let code = u8::try_from(128 + self.kind.as_raw_value()).unwrap_or(u8::MAX);
        while signal.recv().await.is_some()
            && let Some(hub) = hub.upgrade()
        {
            if !self.signals.fire(&hub, self.name) && !self.servers.stop_all() {
                hub.end(Verdict::Exit(code));
            }
        }
    }
}

/// Whether whoever started the program wants it to survive this signal, as `nohup` does. Only Linux tells.
#[cfg(unix)]
fn is_ignored(kind: unix::SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (kind.as_raw_value() - 1) & 1 == 1
}

/// Each press of the interrupt key.
#[cfg(unix)]
fn interrupt_key() -> std::io::Result<unix::Signal> {
    unix::signal(unix::SignalKind::interrupt())
}

/// Each press of the interrupt key.
#[cfg(windows)]
fn interrupt_key() -> std::io::Result<tokio::signal::windows::CtrlC> {
    tokio::signal::windows::ctrl_c()
}
