//! What can be closed while others still wait for it.

use std::sync::Arc;

use tokio::sync::watch;

use crate::sync::Mutex;
use crate::value::{ErrorKind, Fault};

/// Something that is open until it is closed. Those inside are told, and it goes when the last of them has left.
#[derive(Debug)]
pub(super) struct Door<T> {
    inside: Mutex<Option<Arc<T>>>,
    closed: watch::Sender<bool>,
}

impl<T> Door<T> {
    /// Open.
    pub(super) fn open(inside: T) -> Door<T> {
        Door { inside: Mutex::new(Some(Arc::new(inside))), closed: watch::Sender::new(false) }
    }

    /// Closes; false if it was closed.
    pub(super) fn close(&self) -> bool {
        let taken = self.inside.lock().take();
        self.closed.send_replace(true);
        taken.is_some()
    }

    /// Does something inside, unless it is closed first.
    pub(super) async fn enter<R, F>(&self, act: impl FnOnce(Arc<T>) -> F) -> Result<R, Fault>
    where
        F: Future<Output = Result<R, Fault>>,
    {
        let inside = self.inside.lock().clone().ok_or_else(is_closed)?;
        let mut closed = self.closed.subscribe();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => Err(is_closed()),
            done = act(inside) => done,
        }
    }
}

fn is_closed() -> Fault {
    Fault::new(ErrorKind::ValueError, "Socket is closed")
}
