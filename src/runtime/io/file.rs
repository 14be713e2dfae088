//! One file operation, on a thread that may block.
//!
//! Owns: the meaning of every `FileRequest` (STDLIB section 9) and the wording of its errors.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::temporary::Temporary;
use super::terminal::Terminal;
use super::{node, open, transfer, walk};
use crate::runtime::failure::{io_fault, limit_fault, parse_fault};
use crate::sync::Tally;
use crate::value::{Dict, ErrorKind, Fault, Value};
use crate::vm::FileRequest;

/// What every operation gives.
type Answer = Result<Value, Fault>;

/// How much of a file is read at first.
const FIRST: usize = 16 << 10;

/// More than this is not allocated for the size that a file claims to have.
const LARGEST_GUESS: u64 = 64 << 20;

const DONE: Answer = Ok(Value::Bool(true));

/// Performs one operation.
pub(super) fn perform(request: FileRequest, temporary: &Temporary, terminal: &Terminal) -> Answer {
    match request {
        FileRequest::ReadText { path, lossy, max_bytes } => read_text(&path, lossy, max_bytes),
        FileRequest::ReadBytes { path, offset, length, max_bytes } => {
            read_bytes(&path, offset, length, max_bytes).map(Value::bytes)
        }
        FileRequest::Write { path, data, overwrite, append, create_dirs, atomic, sync, mode } => {
            let is_free = create_dirs && create_parents(&path)?;
            let manner = Manner { overwrite, append };
            let written = if atomic && !append {
                // In a directory that was just made there is no old file to look at.
                let old = if is_free { None } else { fs::metadata(&path).ok() };
                write_atomic(&path, &data, old, overwrite, if sync { File::sync_all } else { |_| Ok(()) })
            } else {
                write(&path, &data, manner)
            };
            written.map_err(|error| {
                io_fault(if append { "append to file" } else { "write file" }, &path, &error)
            })?;
            mode.map_or(DONE, |mode| node::set_mode(&path, mode))
        }
        FileRequest::WriteIfChanged { path, data } => write_if_changed(&path, &data),
        FileRequest::CreateDir { path } => {
            fs::create_dir_all(&path).map_err(|error| io_fault("create directory", &path, &error))?;
            DONE
        }
        FileRequest::ListDir { path, full } => walk::list(&path, full),
        FileRequest::Walk { path, max_depth, include, exclude, hidden, follow_links } => {
            walk::walk(&path, &walk::Choice::new(max_depth, &include, &exclude, hidden, follow_links)?)
        }
        FileRequest::Stamps { path, names } => walk::stamps(&path, names),
        FileRequest::Glob { pattern, cwd, hidden, files_only } => {
            walk::glob(&pattern, &cwd, hidden, files_only)
        }
        FileRequest::Exists { path } => Ok(Value::Bool(Path::new(&path).exists())),
        FileRequest::IsFile { path } => Ok(Value::Bool(Path::new(&path).is_file())),
        FileRequest::IsDir { path } => Ok(Value::Bool(Path::new(&path).is_dir())),
        FileRequest::IsSymlink { path } => Ok(Value::Bool(Path::new(&path).is_symlink())),
        FileRequest::Info { path } => info(&path),
        FileRequest::Size { path } => {
            let metadata = fs::metadata(&path).map_err(|error| io_fault("read size of", &path, &error))?;
            Ok(Value::Int(metadata.len() as i64))
        }
        FileRequest::Delete { path, missing_ok } => {
            removed(fs::remove_file(&path), "delete file", &path, missing_ok)
        }
        FileRequest::RemoveDir { path } => removed(fs::remove_dir(&path), "remove directory", &path, false),
        FileRequest::RemoveDirAll { path, missing_ok } => remove_tree(&path, missing_ok),
        FileRequest::Rename { from, to, overwrite } => transfer::rename(&from, &to, overwrite),
        FileRequest::Copy { from, to, overwrite } => transfer::copy(&from, &to, overwrite),
        FileRequest::CopyTree { from, to, overwrite, include, exclude } => transfer::copy_tree(
            &from,
            &to,
            overwrite,
            &walk::Choice::new(None, &include, &exclude, true, false)?,
        ),
        FileRequest::RealPath { path } => {
            let real = fs::canonicalize(&path).map_err(|error| io_fault("resolve path", &path, &error))?;
            Ok(path_value(&real))
        }
        FileRequest::Touch { path } => node::touch(&path),
        FileRequest::SetMode { path, mode } => node::set_mode(&path, mode),
        FileRequest::Symlink { target, link } => node::symlink(&target, &link),
        FileRequest::ReadLink { path } => node::read_link(&path),
        FileRequest::WriteAt { path, data, offset } => write_at(&path, &data, offset),
        FileRequest::Truncate { path, length } => truncate(&path, length),
        FileRequest::CopyRange { from, to, offset, length } => {
            transfer::copy_range(&from, &to, offset, length)
        }
        FileRequest::Temporary { directory, prefix, suffix, parent, keep } => {
            temporary.create(directory, &prefix, &suffix, parent.as_deref(), keep)
        }
        FileRequest::Open { path, mode } => open::open(path, mode),
        FileRequest::OfOpen { file, act } => open::perform(&file, act),
        FileRequest::ReadLine => read_line(),
        FileRequest::ReadPassword => terminal.unseen(read_line),
        FileRequest::ReadStdin => decode("<stdin>", read_stdin()?, false, 0),
        FileRequest::ReadStdinBytes => read_stdin().map(Value::bytes),
    }
}

/// A path as scripts see it. Names that are not UTF-8 show replacement characters.
pub(super) fn path_value(path: &Path) -> Value {
    Value::text(path.to_string_lossy().into_owned())
}

fn read_text(path: &str, lossy: bool, max_bytes: u64) -> Answer {
    let mut bytes = read_bytes(path, 0, None, max_bytes)?;
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
        return decode(path, bytes, lossy, 3);
    }
    decode(path, bytes, lossy, 0)
}

/// `skipped`: bytes of the file before these, for the offset in the message.
pub(super) fn decode(path: &str, bytes: Vec<u8>, lossy: bool, skipped: usize) -> Answer {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Value::text(text)),
        Err(error) if lossy => Ok(Value::text(String::from_utf8_lossy(error.as_bytes()).into_owned())),
        Err(error) => {
            let offset = error.utf8_error().valid_up_to() + skipped;
            let message = format!("Cannot read file '{path}': invalid UTF-8 at byte {offset}");
            Err(parse_fault(message, "utf-8", Some(offset)))
        }
    }
}

fn read_bytes(path: &str, offset: u64, length: Option<u64>, max_bytes: u64) -> Result<Vec<u8>, Fault> {
    let wanted = length.unwrap_or(u64::MAX).min(max_bytes.saturating_add(1));
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        if offset > 0 {
            file.seek(SeekFrom::Start(offset))?;
        }
        read_up_to(&mut file, wanted)
    };
    let bytes = read().map_err(|error| io_fault("read file", path, &error))?;
    if bytes.len() as u64 > max_bytes {
        let message = format!("Cannot read file '{path}': it is larger than the limit of {max_bytes} bytes");
        return Err(limit_fault(message, max_bytes));
    }
    Ok(bytes)
}

/// What a file still has, but not more than `wanted` bytes. Most files fit into the first buffer: for them two reads do, the
/// second of which finds the end, and one allocation of the right size.
fn read_up_to(file: &mut File, wanted: u64) -> io::Result<Vec<u8>> {
    let mut first = [0; FIRST];
    let room = usize::try_from(wanted).unwrap_or(FIRST).min(FIRST);
    let mut filled = 0;
    while filled < room {
        match file.read(&mut first[filled..room]) {
            Ok(0) => return Ok(first[..filled].to_vec()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    // The size is a hint only: files grow, and some have none.
    let rest = wanted - filled as u64;
    let expected = file.metadata().map_or(0, |metadata| metadata.len()).min(rest).min(LARGEST_GUESS);
    let mut bytes = Vec::with_capacity(FIRST + expected as usize);
    bytes.extend_from_slice(&first[..filled]);
    file.take(rest).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[derive(Clone, Copy)]
struct Manner {
    overwrite: bool,
    append: bool,
}

fn write(path: &str, data: &[u8], manner: Manner) -> io::Result<()> {
    let mut options = OpenOptions::new();
    match manner {
        Manner { append: true, .. } => options.append(true).create(true),
        Manner { overwrite: true, .. } => options.write(true).create(true).truncate(true),
        Manner { .. } => options.write(true).create_new(true),
    };
    options.open(path)?.write_all(data)
}

/// Readers see the old content or the new: the data goes to a new file beside the target, which then takes its name.
/// `old` is what is there, and `sync` what happens to the data before that.
fn write_atomic(
    path: &str,
    data: &[u8],
    old: Option<Metadata>,
    overwrite: bool,
    sync: fn(&File) -> io::Result<()>,
) -> io::Result<()> {
    // A link stays a link: its target is replaced.
    let target = match old {
        Some(_) => fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path)),
        None => PathBuf::from(path),
    };
    let beside = beside(&target);
    let written = write_new(&beside, data, sync)
        .and_then(|()| match old {
            Some(metadata) => fs::set_permissions(&beside, metadata.permissions()),
            None => Ok(()),
        })
        // Unlike a rename, a hard link fails if the name is taken.
        .and_then(
            |()| if overwrite { fs::rename(&beside, &target) } else { fs::hard_link(&beside, &target) },
        );
    if written.is_err() || !overwrite {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write_new(path: &Path, data: &[u8], sync: fn(&File) -> io::Result<()>) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(data)?;
    sync(&file)
}

/// A name in the same directory that nobody else uses.
pub(super) fn beside(target: &Path) -> PathBuf {
    static NUMBER: Tally = Tally::new();
    NUMBER.add(1);
    // Two threads may read one number; the clock tells them apart, and `create_new` refuses the rest.
    let moment = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{}-{}-{moment}.tmp", std::process::id(), NUMBER.get()))
}

fn write_at(path: &str, data: &[u8], offset: u64) -> Answer {
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(data)
    };
    write().map_err(|error| io_fault("write file", path, &error))?;
    DONE
}

fn truncate(path: &str, length: u64) -> Answer {
    let file = OpenOptions::new().write(true).open(path);
    file.and_then(|file| file.set_len(length)).map_err(|error| io_fault("truncate file", path, &error))?;
    DONE
}

fn write_if_changed(path: &str, data: &[u8]) -> Answer {
    if fs::read(path).is_ok_and(|old| old == data) {
        return Ok(Value::Bool(false));
    }
    create_parents(path)?;
    let manner = Manner { overwrite: true, append: false };
    write(path, data, manner).map_err(|error| io_fault("write file", path, &error))?;
    DONE
}

/// Makes the directories around a path. Whether the innermost one was not there.
fn create_parents(path: &str) -> Result<bool, Fault> {
    let Some(parent) = Path::new(path).parent().filter(|parent| !parent.as_os_str().is_empty()) else {
        return Ok(false);
    };
    let made = match fs::create_dir(parent) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir_all(parent).map(|()| true),
        // Systems have several errors for what is there already.
        Err(_) if parent.is_dir() => Ok(false),
        Err(error) => Err(error),
    };
    made.map_err(|error| io_fault("create directory", &parent.to_string_lossy(), &error))
}

fn removed(result: io::Result<()>, op: &str, path: &str, missing_ok: bool) -> Answer {
    match result {
        Err(error) if !(missing_ok && error.kind() == io::ErrorKind::NotFound) => {
            Err(io_fault(op, path, &error))
        }
        _ => DONE,
    }
}

fn remove_tree(path: &str, missing_ok: bool) -> Answer {
    let is_link = Path::new(path).is_symlink();
    if !is_link && fs::canonicalize(path).is_ok_and(|real| real.parent().is_none()) {
        let message = format!("Cannot remove directory '{path}': it is a root directory");
        return Err(Fault::new(ErrorKind::ValueError, message));
    }
    removed(fs::remove_dir_all(path), "remove directory", path, missing_ok)
}

fn info(path: &str) -> Answer {
    let link = fs::symlink_metadata(path).map_err(|error| io_fault("read info of", path, &error))?;
    // A broken link is described itself.
    let metadata = fs::metadata(path).unwrap_or_else(|_| link.clone());
    let mut dict = Dict::with_capacity(10);
    dict.insert_text("path", Value::text(path));
    dict.insert_text("size", Value::Int(metadata.len() as i64));
    dict.insert_text("is_file", Value::Bool(metadata.is_file()));
    dict.insert_text("is_dir", Value::Bool(metadata.is_dir()));
    dict.insert_text("is_symlink", Value::Bool(link.is_symlink()));
    dict.insert_text("readonly", Value::Bool(metadata.permissions().readonly()));
    dict.insert_text("mode", mode(&metadata));
    dict.insert_text("modified", seconds(metadata.modified()));
    dict.insert_text("created", seconds(metadata.created()));
    dict.insert_text("accessed", seconds(metadata.accessed()));
    Ok(Value::dict(dict))
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> Value {
    use std::os::unix::fs::PermissionsExt;
    Value::Int((metadata.permissions().mode() & 0o7777).into())
}

#[cfg(not(unix))]
fn mode(_metadata: &Metadata) -> Value {
    Value::Null
}

pub(super) fn seconds(time: io::Result<SystemTime>) -> Value {
    let Ok(time) = time else { return Value::Null };
    Value::Float(match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    })
}

fn read_line() -> Answer {
    let mut line = Vec::new();
    let read = io::stdin().lock().read_until(b'\n', &mut line);
    if read.map_err(stdin_fault)? == 0 {
        return Ok(Value::Null);
    }
    cut_line_end(&mut line);
    decode("<stdin>", line, false, 0)
}

/// Without the LF or CRLF at the end.
pub(super) fn cut_line_end(line: &mut Vec<u8>) {
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    }
}

fn read_stdin() -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).map_err(stdin_fault)?;
    Ok(bytes)
}

fn stdin_fault(error: io::Error) -> Fault {
    io_fault("read file", "<stdin>", &error)
}
