//! All children of a program that have not ended.
//!
//! Invariant: once they were killed none is started any more. At the end of the program nobody waits for the tasks that
//! own the children, so what those would do is done here.

use std::io;
use std::sync::{Arc, Weak};

use tokio::process::{Child, Command};

use super::group::Group;
use crate::sync::Mutex;

/// The children of a program.
#[derive(Debug, Default)]
pub(in crate::runtime::io) struct Children(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    closed: bool,
    groups: Vec<Weak<Group>>,
    /// When to forget those that have ended.
    sweep_at: usize,
}

impl Children {
    /// Starts one. The lock is held meanwhile: it must not be started behind the back of `kill_all`.
    pub(super) fn start(&self, command: &mut Command, apart: bool) -> io::Result<(Child, Arc<Group>)> {
        let mut state = self.0.lock();
        if state.closed {
            return Err(io::Error::other("the program ends"));
        }
        let child = command.spawn()?;
        let group = Arc::new(Group::of(&child, apart));
        if state.groups.len() >= state.sweep_at.max(16) {
            state.groups.retain(|group| group.strong_count() > 0);
            state.sweep_at = state.groups.len() * 2;
        }
        state.groups.push(Arc::downgrade(&group));
        Ok((child, group))
    }

    /// Kills all, for good.
    pub(in crate::runtime::io) fn kill_all(&self) {
        let groups = {
            let mut state = self.0.lock();
            state.closed = true;
            std::mem::take(&mut state.groups)
        };
        groups.iter().filter_map(Weak::upgrade).for_each(|group| group.kill());
    }
}
