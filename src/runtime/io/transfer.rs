//! Renaming and copying.
//!
//! Invariant: nothing is ever copied or renamed onto itself, under whatever name: copying onto itself would empty it.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::walk::{Choice, relative};
use crate::runtime::failure::io_fault;
use crate::value::{Dict, ErrorKind, Fault, Value};

/// Moves a file or directory, also to another file system.
pub(super) fn rename(from: &str, to: &str, overwrite: bool) -> Result<Value, Fault> {
    refuse_self("rename", from, to)?;
    let fault = |error: io::Error| io_fault("rename file", from, &error);
    if !overwrite && fs::symlink_metadata(to).is_ok() {
        return Err(taken("rename file", to));
    }
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            move_across(from, to).map_err(fault)?
        }
        renamed => renamed.map_err(fault)?,
    }
    Ok(Value::Bool(true))
}

/// Copies a file with its mode.
pub(super) fn copy(from: &str, to: &str, overwrite: bool) -> Result<Value, Fault> {
    refuse_self("copy", from, to)?;
    if !overwrite && fs::symlink_metadata(from).is_ok() {
        // Takes the name without a gap in which another could.
        let claimed = OpenOptions::new().write(true).create_new(true).open(to);
        claimed.map_err(|error| io_fault("copy file", to, &error))?;
    }
    fs::copy(from, to).map_err(|error| io_fault("copy file", from, &error))?;
    Ok(Value::Bool(true))
}

/// Copies a part of a file into a new one; the number of bytes that there were.
pub(super) fn copy_range(from: &str, to: &str, offset: u64, length: u64) -> Result<Value, Fault> {
    refuse_self("copy", from, to)?;
    let fault = |error: io::Error| io_fault("copy file", from, &error);
    let mut source = fs::File::open(from).map_err(fault)?;
    source.seek(SeekFrom::Start(offset)).map_err(fault)?;
    let mut target = fs::File::create(to).map_err(|error| io_fault("write file", to, &error))?;
    let copied = io::copy(&mut source.take(length), &mut target).map_err(fault)?;
    Ok(Value::Int(copied as i64))
}

/// Copies a tree; links are copied as links.
pub(super) fn copy_tree(from: &str, to: &str, overwrite: bool, choice: &Choice) -> Result<Value, Fault> {
    let root = Path::new(from);
    let fault = |error: io::Error| io_fault("copy directory", from, &error);
    fs::read_dir(root).map_err(fault)?;
    refuse_inside(from, to)?;
    fs::create_dir_all(to).map_err(|error| io_fault("create directory", to, &error))?;
    let mut counts = Counts::default();
    for entry in choice.entries(root, "copy directory") {
        let entry = entry?;
        let target = Path::new(to).join(relative(root, entry.path()));
        let copied = copy_entry(&entry, &target, overwrite, &mut counts);
        copied.map_err(|error| io_fault("copy file", &entry.path().to_string_lossy(), &error))?;
    }
    Ok(counts.into_value())
}

#[derive(Default)]
struct Counts {
    files: i64,
    dirs: i64,
    bytes: i64,
    skipped: i64,
}

impl Counts {
    fn into_value(self) -> Value {
        let mut dict = Dict::with_capacity(4);
        dict.insert_text("files", Value::Int(self.files));
        dict.insert_text("dirs", Value::Int(self.dirs));
        dict.insert_text("bytes", Value::Int(self.bytes));
        dict.insert_text("skipped", Value::Int(self.skipped));
        Value::dict(dict)
    }
}

fn copy_entry(
    entry: &walkdir::DirEntry,
    target: &Path,
    overwrite: bool,
    counts: &mut Counts,
) -> io::Result<()> {
    if entry.file_type().is_dir() {
        fs::create_dir_all(target)?;
        counts.dirs += 1;
        return Ok(());
    }
    if !overwrite && fs::symlink_metadata(target).is_ok() {
        counts.skipped += 1;
        return Ok(());
    }
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    counts.bytes += if entry.file_type().is_symlink() {
        copy_link(entry.path(), target)?;
        0
    } else {
        fs::copy(entry.path(), target)? as i64
    };
    counts.files += 1;
    Ok(())
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    let target = fs::read_link(from)?;
    match fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::os::unix::fs::symlink(target, to)
}

#[cfg(not(unix))]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to).map(|_| ())
}

/// A rename between file systems: copies, then removes what was copied.
fn move_across(from: &str, to: &str) -> io::Result<()> {
    let kind = fs::symlink_metadata(from)?.file_type();
    if kind.is_symlink() {
        copy_link(Path::new(from), Path::new(to))?;
        return fs::remove_file(from);
    }
    if !kind.is_dir() {
        fs::copy(from, to)?;
        return fs::remove_file(from);
    }
    let everything = |fault: Fault| io::Error::other(fault.body().message.as_str().to_owned());
    let choice = Choice::new(None, &[], &[], true, false).map_err(everything)?;
    copy_tree(from, to, true, &choice).map_err(everything)?;
    fs::remove_dir_all(from)
}

fn taken(op: &str, path: &str) -> Fault {
    io_fault(op, path, &io::Error::from_raw_os_error(EEXIST))
}

/// `File exists` on every Unix, and near enough elsewhere.
const EEXIST: i32 = 17;

fn refuse_self(verb: &str, from: &str, to: &str) -> Result<(), Fault> {
    if is_same(from, to) {
        let message = format!("Cannot {verb} '{from}' onto itself");
        return Err(Fault::new(ErrorKind::ValueError, message));
    }
    Ok(())
}

fn is_same(from: &str, to: &str) -> bool {
    // Most targets are new.
    if fs::metadata(to).is_err() {
        return false;
    }
    match (fs::canonicalize(from), fs::canonicalize(to)) {
        (Ok(from), Ok(to)) => from == to || is_same_inode(&from, &to),
        _ => false,
    }
}

/// Two hard links of one file.
#[cfg(unix)]
fn is_same_inode(from: &Path, to: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (fs::metadata(from), fs::metadata(to)) {
        (Ok(from), Ok(to)) => from.dev() == to.dev() && from.ino() == to.ino() && from.is_file(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_same_inode(_from: &Path, _to: &Path) -> bool {
    false
}

fn refuse_inside(from: &str, to: &str) -> Result<(), Fault> {
    // The target need not exist yet; its nearest existing ancestor decides.
    let mut ancestors =
        Path::new(to).ancestors().map(|path| if path.as_os_str().is_empty() { Path::new(".") } else { path });
    let target = ancestors.find_map(|path| fs::canonicalize(path).ok());
    let inside = match (fs::canonicalize(from), target) {
        (Ok(from), Some(target)) => target.starts_with(from),
        _ => false,
    };
    if inside {
        let message = format!("Cannot copy directory '{from}' into itself: '{to}'");
        return Err(Fault::new(ErrorKind::ValueError, message));
    }
    Ok(())
}
