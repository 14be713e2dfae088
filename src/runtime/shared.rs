//! The shared store (LANGUAGE 10.10) and the environment as scripts see it.
//!
//! Invariant: every call is atomic: one lock, held for one lookup or change. Environment variables that a script sets
//! are an overlay kept here, because changing the process's own is not safe while threads run.

use std::collections::BTreeMap;
use std::path::Path;

use indexmap::IndexMap;

use crate::sync::Mutex;
use crate::value::{Dict, ErrorKind, Fault, Parcel, Text, Value};
use crate::vm::EnvRequest;

/// Values by key, in the order of their first setting.
pub type SharedValues = IndexMap<Box<str>, Parcel, foldhash::fast::RandomState>;

/// The values that all contexts share.
#[derive(Debug, Default)]
pub struct SharedStore {
    values: Mutex<SharedValues>,
}

impl SharedStore {
    /// Sets a value.
    pub fn set(&self, key: &Text, value: Parcel) {
        let replaced = self.values.lock().insert(key.as_str().into(), value);
        drop(replaced);
    }

    /// The value at a key.
    pub fn get(&self, key: &Text) -> Option<Parcel> {
        self.values.lock().get(key.as_str()).cloned()
    }

    /// Whether there is one.
    pub fn has(&self, key: &Text) -> bool {
        self.values.lock().contains_key(key.as_str())
    }

    /// Removes it; whether there was one.
    pub fn delete(&self, key: &Text) -> bool {
        let removed = self.values.lock().shift_remove(key.as_str());
        removed.is_some()
    }

    /// All keys.
    pub fn keys(&self) -> Vec<Value> {
        self.values.lock().keys().map(|key| Value::text(&**key)).collect()
    }

    /// All values.
    pub fn values(&self) -> SharedValues {
        self.values.lock().clone()
    }

    /// Forgets everything but these.
    pub fn reset(&self, values: SharedValues) {
        let forgotten = std::mem::replace(&mut *self.values.lock(), values);
        drop(forgotten);
    }

    /// Adds to an int and gives the sum. KeyError, TypeError, ArithmeticError; then nothing changed.
    pub fn add_int(&self, key: &Text, delta: i64, init: Option<i64>) -> Result<i64, Fault> {
        let mut values = self.values.lock();
        let before = match values.get(key.as_str()).map(|parcel| &parcel.value) {
            Some(Value::Int(value)) => *value,
            Some(_) => return Err(not_int(key)),
            None => init.ok_or_else(|| missing("shared_add_int", key))?,
        };
        let overflow =
            || Fault::new(ErrorKind::ArithmeticError, format!("Integer overflow: {before} + {delta}"));
        let after = before.checked_add(delta).ok_or_else(overflow)?;
        values.insert(key.as_str().into(), Parcel::plain(Value::Int(after)));
        Ok(after)
    }
}

/// The error for a key that is not there.
pub fn missing(function: &str, key: &Text) -> Fault {
    Fault::new(ErrorKind::KeyError, format!("{function} key '{}' not found", key.as_str()))
}

fn not_int(key: &Text) -> Fault {
    Fault::new(ErrorKind::TypeError, format!("shared_add_int: key '{}' does not hold an int", key.as_str()))
}

/// Variables by name; `None`: unset by the script.
pub type ChangedVariables = BTreeMap<String, Option<String>>;

/// The environment: the process's, and what the script changed.
#[derive(Debug, Default)]
pub struct Environment {
    changed: Mutex<ChangedVariables>,
}

impl Environment {
    /// Answers one request.
    pub fn answer(&self, request: EnvRequest) -> Result<Value, Fault> {
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
            EnvRequest::TerminalWidth(default) => Ok(Value::Int(terminal_width().unwrap_or(default))),
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

#[cfg(unix)]
fn terminal_width() -> Option<i64> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_col > 0).then_some(size.ws_col.into())
}

#[cfg(not(unix))]
fn terminal_width() -> Option<i64> {
    None
}

fn text_or_null(text: Option<String>) -> Value {
    text.map_or(Value::Null, Value::text)
}

fn path_value(path: &Path) -> Value {
    Value::text(path.to_string_lossy().into_owned())
}
