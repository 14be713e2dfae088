//! The shared store (LANGUAGE 10.10) and the environment as scripts see it.
//!
//! Invariant: every call is atomic: one lock, held for one lookup or change; calls that change a key which a context holds
//! (`shared_update`) wait for it in the order in which they came. Environment variables that a script sets
//! are an overlay kept here, because changing the process's own is not safe while threads run.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxHashMap;

use super::output::Output;
use super::promise::{Hub, Promise, Ripple, Settler, Source, wrap};
use super::store::ContextId;
use crate::sync::Mutex;
use crate::value::{Dict, ErrorKind, Fault, Parcel, Shared, Text, Value};
use crate::vm::EnvRequest;

/// Values by key, in the order of their first setting.
pub type SharedValues = IndexMap<Box<str>, Parcel, foldhash::fast::RandomState>;

/// What a script does with one key.
#[derive(Debug)]
pub enum Act {
    /// Sets the value: true.
    Set(Parcel),
    /// Removes it: whether there was one.
    Delete,
    /// Adds to an int: the sum. KeyError, TypeError, ArithmeticError; then nothing changed.
    AddInt {
        /// What is added.
        delta: i64,
        /// What a missing key counts as.
        init: Option<i64>,
    },
    /// Keeps the key for this context: `Some(v)` or `None`.
    Hold(ContextId),
}

/// What an act came to.
#[derive(Debug)]
pub enum Acted {
    /// Done.
    Now(Parcel),
    /// It waits until the key is released.
    Later(Shared<Promise>),
}

/// A key that a context keeps for itself, and who waits for it.
#[derive(Debug)]
struct Held {
    holder: ContextId,
    waiting: VecDeque<(Act, Settler)>,
}

#[derive(Debug, Default)]
struct State {
    values: SharedValues,
    held: FxHashMap<Box<str>, Held>,
}

/// The values that all contexts share.
#[derive(Debug, Default)]
pub struct SharedStore {
    state: Mutex<State>,
}

impl SharedStore {
    /// Sets a value that nobody can hold.
    pub fn set(&self, key: &Text, value: Parcel) {
        let replaced = self.state.lock().values.insert(key.as_str().into(), value);
        drop(replaced);
    }

    /// The value at a key.
    pub fn get(&self, key: &Text) -> Option<Parcel> {
        self.state.lock().values.get(key.as_str()).cloned()
    }

    /// Whether there is one.
    pub fn has(&self, key: &Text) -> bool {
        self.state.lock().values.contains_key(key.as_str())
    }

    /// All keys.
    pub fn keys(&self) -> Vec<Value> {
        self.state.lock().values.keys().map(|key| Value::text(&**key)).collect()
    }

    /// All values.
    pub fn values(&self) -> SharedValues {
        self.state.lock().values.clone()
    }

    /// Forgets everything but these.
    pub fn reset(&self, values: SharedValues) {
        let forgotten = std::mem::replace(&mut *self.state.lock(), State { values, ..State::default() });
        drop(forgotten);
    }

    /// Does this for the context `id`, at once or when the key is released. DeadlockError if it holds the key itself.
    pub fn act(&self, hub: &Arc<Hub>, key: &Text, act: Act, id: ContextId) -> Result<Acted, Fault> {
        let mut dropped = Vec::new();
        let mut state = self.state.lock();
        let done = match state.held.get_mut(key.as_str()) {
            None => state.perform(key.as_str(), act, &mut dropped).map(Acted::Now),
            Some(held) if held.holder == id => Err(own(key)),
            Some(held) => {
                let (promise, settler) = Promise::pair(hub, Source::Hold);
                held.waiting.push_back((act, settler));
                Ok(Acted::Later(promise))
            }
        };
        drop(state);
        drop(dropped);
        done
    }

    /// Sets the value of a held key, if one is given, and lets those on who wait for it: up to the next who holds it.
    pub fn release(&self, hub: &Hub, key: &Text, value: Option<Parcel>) {
        let (mut ripple, mut dropped) = (Ripple::default(), Vec::new());
        let mut state = self.state.lock();
        let mut waiting = state.held.remove(key.as_str()).map(|held| held.waiting).unwrap_or_default();
        if let Some(value) = value {
            dropped.extend(state.values.insert(key.as_str().into(), value));
        }
        while let Some((act, settler)) = waiting.pop_front() {
            if settler.promise().is_settled() {
                continue; // the wait was cancelled
            }
            let outcome = state.perform(key.as_str(), act, &mut dropped).map_err(Parcel::from_fault);
            let _ = settler.offer(outcome, &mut ripple);
            if let Some(held) = state.held.get_mut(key.as_str()) {
                held.waiting = waiting;
                break;
            }
        }
        drop(state);
        ripple.run(hub, None);
        drop(dropped);
    }
}

impl State {
    /// Does it now. What it replaces is for the caller to drop when the lock is gone.
    fn perform(&mut self, key: &str, act: Act, dropped: &mut Vec<Parcel>) -> Result<Parcel, Fault> {
        match act {
            Act::Set(value) => {
                dropped.extend(self.values.insert(key.into(), value));
                Ok(Parcel::plain(Value::Bool(true)))
            }
            Act::Delete => {
                let removed = self.values.shift_remove(key);
                let was_there = removed.is_some();
                dropped.extend(removed);
                Ok(Parcel::plain(Value::Bool(was_there)))
            }
            Act::AddInt { delta, init } => self.add_int(key, delta, init),
            Act::Hold(holder) => {
                self.held.insert(key.into(), Held { holder, waiting: VecDeque::new() });
                Ok(match self.values.get(key) {
                    Some(value) => wrap(value.clone(), Value::Some),
                    None => Parcel::plain(Value::None),
                })
            }
        }
    }

    fn add_int(&mut self, key: &str, delta: i64, init: Option<i64>) -> Result<Parcel, Fault> {
        let before = match self.values.get(key).map(|parcel| &parcel.value) {
            Some(Value::Int(value)) => *value,
            Some(_) => return Err(not_int(key)),
            None => init.ok_or_else(|| missing("shared_add_int", key))?,
        };
        let overflow =
            || Fault::new(ErrorKind::ArithmeticError, format!("Integer overflow: {before} + {delta}"));
        let after = before.checked_add(delta).ok_or_else(overflow)?;
        self.values.insert(key.into(), Parcel::plain(Value::Int(after)));
        Ok(Parcel::plain(Value::Int(after)))
    }
}

/// The error for a context that would wait for itself.
fn own(key: &Text) -> Fault {
    let message = format!("shared_update: key '{}' is being updated by this context", key.as_str());
    Fault::new(ErrorKind::DeadlockError, message)
}

/// The error for a key that is not there.
pub fn missing(function: &str, key: &str) -> Fault {
    Fault::new(ErrorKind::KeyError, format!("{function} key '{key}' not found"))
}

fn not_int(key: &str) -> Fault {
    Fault::new(ErrorKind::TypeError, format!("shared_add_int: key '{key}' does not hold an int"))
}

/// Variables by name; `None`: unset by the script.
pub type ChangedVariables = BTreeMap<String, Option<String>>;

/// The environment: the process's, and what the script changed.
#[derive(Debug, Default)]
pub struct Environment {
    changed: Mutex<ChangedVariables>,
}

impl Environment {
    /// Answers one request; `output` is where the program prints.
    pub fn answer(&self, request: EnvRequest, output: &dyn Output) -> Result<Value, Fault> {
        match request {
            EnvRequest::Get(name) => Ok(text_or_null(self.get(&name))),
            EnvRequest::Set(name, value) => self.change(name, Some(value)),
            EnvRequest::Unset(name) => self.change(name, None),
            EnvRequest::List => Ok(Value::dict(self.list())),
            EnvRequest::CurrentDir => match std::env::current_dir() {
                Ok(path) => Ok(path_value(&path)),
                Err(error) => Err(super::failure::io_fault("read working directory", ".", &error)),
            },
            EnvRequest::HomeDir => {
                let home = self.get("HOME").filter(|home| !home.is_empty());
                Ok(home.map_or_else(
                    || std::env::home_dir().map_or(Value::Null, |p| path_value(&p)),
                    Value::text,
                ))
            }
            EnvRequest::TempDir => Ok(path_value(&std::env::temp_dir())),
            EnvRequest::HostName => Ok(Value::text(host_name())),
            EnvRequest::TerminalWidth(default) => {
                Ok(Value::Int(output.width().map_or(default, |columns| columns.into())))
            }
            EnvRequest::ChangeDir(path) => match std::env::set_current_dir(&path) {
                Ok(()) => Ok(Value::Bool(true)),
                Err(error) => Err(super::failure::io_fault("change to directory", &path, &error)),
            },
        }
    }

    /// What the script changed.
    pub fn changed(&self) -> ChangedVariables {
        self.changed.lock().clone()
    }

    /// Goes back to these changes.
    pub fn reset(&self, changed: ChangedVariables) {
        *self.changed.lock() = changed;
    }

    fn get(&self, name: &str) -> Option<String> {
        if let Some(changed) = self.changed.lock().get(name) {
            return changed.clone();
        }
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn change(&self, name: String, value: Option<String>) -> Result<Value, Fault> {
        let unusable = name.is_empty() || name.contains(['=', '\0']);
        if unusable || value.as_ref().is_some_and(|value| value.contains('\0')) {
            let message = format!("Invalid environment variable name or value: {name:?}");
            return Err(Fault::new(ErrorKind::ValueError, message));
        }
        self.changed.lock().insert(name, value);
        Ok(Value::Null)
    }

    /// All variables.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        let mut all: BTreeMap<String, String> =
            std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value))).collect();
        for (name, value) in self.changed.lock().iter() {
            match value {
                Some(value) => all.insert(name.clone(), value.clone()),
                None => all.remove(name),
            };
        }
        all
    }

    fn list(&self) -> Dict {
        let all = self.variables();
        let mut dict = Dict::with_capacity(all.len());
        all.iter().for_each(|(name, value)| dict.insert_text(name, Value::text(value.as_str())));
        dict
    }
}

#[cfg(unix)]
fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

fn text_or_null(text: Option<String>) -> Value {
    text.map_or(Value::Null, Value::text)
}

fn path_value(path: &Path) -> Value {
    Value::text(path.to_string_lossy().into_owned())
}
