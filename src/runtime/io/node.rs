//! What a file system says about a file besides its content: times, permissions, links.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::file::path_value;
use crate::runtime::failure::io_fault;
use crate::value::{Fault, Value};

/// Creates a file, or sets its time to now. A directory gets the time too.
pub(super) fn touch(path: &str) -> Result<Value, Fault> {
    let touch = || -> io::Result<()> {
        let file = if Path::new(path).is_dir() {
            fs::File::open(path)?
        } else {
            OpenOptions::new().append(true).create(true).open(path)?
        };
        file.set_modified(SystemTime::now())
    };
    touch().map_err(|error| io_fault("touch", path, &error))?;
    Ok(Value::Bool(true))
}

/// Sets permission bits.
#[cfg(unix)]
pub(super) fn set_mode(path: &str, mode: u32) -> Result<Value, Fault> {
    use std::os::unix::fs::PermissionsExt;
    let set = fs::set_permissions(path, fs::Permissions::from_mode(mode));
    set.map_err(|error| io_fault("set mode of", path, &error))?;
    Ok(Value::Bool(true))
}

/// Sets permission bits.
#[cfg(not(unix))]
pub(super) fn set_mode(_path: &str, _mode: u32) -> Result<Value, Fault> {
    Err(unsupported("set_mode: files have no permission bits on this system"))
}

/// Makes a symbolic link.
#[cfg(unix)]
pub(super) fn symlink(target: &str, link: &str) -> Result<Value, Fault> {
    std::os::unix::fs::symlink(target, link).map_err(|error| io_fault("create link", link, &error))?;
    Ok(Value::Bool(true))
}

/// Makes a symbolic link.
#[cfg(not(unix))]
pub(super) fn symlink(_target: &str, _link: &str) -> Result<Value, Fault> {
    Err(unsupported("symlink: links need special rights on this system"))
}

/// What a symbolic link says.
pub(super) fn read_link(path: &str) -> Result<Value, Fault> {
    let target = fs::read_link(path).map_err(|error| io_fault("read link", path, &error))?;
    Ok(path_value(&target))
}

#[cfg(not(unix))]
fn unsupported(message: &str) -> Fault {
    Fault::new(crate::value::ErrorKind::UnsupportedError, message)
}
