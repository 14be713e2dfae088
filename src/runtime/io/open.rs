//! Files that scripts hold open.
//!
//! Invariant: what is read ahead is given up before a write or seek, so that positions are those that the script knows. Writes
//! go to the system at once: nothing is lost when a handle is let go, which closes the file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};

use super::file::{cut_line_end, decode};
use crate::runtime::failure::{io_fault, limit_fault};
use crate::sync::Mutex;
use crate::value::{Dict, ErrorKind, Fault, Handle, Resource, ResourceKind, Value};
use crate::vm::{FileAct, FileMode};

/// The most bytes that one read gives (STDLIB R11).
const LARGEST_READ: u64 = 1 << 30;

/// An open file; `None` once it is closed.
struct OpenFile {
    path: String,
    mode: FileMode,
    file: Mutex<Option<BufReader<File>>>,
}

impl Resource for OpenFile {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("file")
    }

    fn text(&self) -> String {
        format!("<file {}>", self.path)
    }
}

/// Opens a file.
pub(super) fn open(path: String, mode: FileMode) -> Result<Value, Fault> {
    let mut options = OpenOptions::new();
    match mode {
        FileMode::Read => options.read(true),
        FileMode::Write => options.write(true).create(true).truncate(true),
        FileMode::Append => options.append(true).create(true),
        FileMode::New => options.write(true).create_new(true),
        FileMode::Both => options.read(true).write(true),
    };
    let opened = options.open(&path).and_then(|file| match file.metadata()?.is_dir() {
        true => Err(io::ErrorKind::IsADirectory.into()),
        false => Ok(file),
    });
    let file = opened.map_err(|error| io_fault("open file", &path, &error))?;
    Ok(Value::Handle(Handle::new(OpenFile { path, mode, file: Mutex::new(Some(BufReader::new(file))) })))
}

/// Does one thing with an open file.
pub(super) fn perform(handle: &Handle, act: FileAct) -> Result<Value, Fault> {
    let open = handle.get::<OpenFile>().expect("the signature admits only files");
    let mut slot = open.file.lock();
    let file = match (&act, &mut *slot) {
        (FileAct::Close, slot) => return Ok(Value::Bool(slot.take().is_some())),
        (FileAct::Info, slot) => return Ok(info(&open.path, slot.is_some())),
        (_, Some(file)) => file,
        (_, None) => return Err(Fault::new(ErrorKind::ValueError, "File is closed")),
    };
    let path = &open.path;
    let hint = unsuitable(open.mode, &act);
    let fault = |op: &'static str| move |error: io::Error| io_fault(op, path, &error);
    let done = match act {
        FileAct::Read(count) => read(file, count, path),
        FileAct::ReadLine => read_line(file, path),
        FileAct::Write(data) => at_position(file)
            .and_then(|file| file.write_all(&data))
            .map(|()| Value::Bool(true))
            .map_err(fault("write file")),
        FileAct::Seek(position) => {
            file.seek(SeekFrom::Start(position)).map(|_| Value::Bool(true)).map_err(fault("seek in file"))
        }
        FileAct::Flush => file.get_mut().flush().map(|()| Value::Bool(true)).map_err(fault("flush file")),
        FileAct::Close | FileAct::Info => unreachable!("answered above"),
    };
    done.map_err(|fault| fault.with_hint_opt(hint))
}

/// Why a file that was opened so refuses this, if that is why.
fn unsuitable(mode: FileMode, act: &FileAct) -> Option<&'static str> {
    match (mode, act) {
        (FileMode::Read, FileAct::Write(_)) => {
            Some("the file was opened to be read; the mode \"w\" is for writing, \"r+\" for both")
        }
        (FileMode::Write | FileMode::Append | FileMode::New, FileAct::Read(_) | FileAct::ReadLine) => {
            Some("the file was opened to be written; the mode \"r\" is for reading, \"r+\" for both")
        }
        _ => None,
    }
}

/// The file where the script believes it to stand.
fn at_position(file: &mut BufReader<File>) -> io::Result<&mut File> {
    if !file.buffer().is_empty() {
        let position = file.stream_position()?;
        file.seek(SeekFrom::Start(position))?; // gives up what was read ahead
    }
    Ok(file.get_mut())
}

fn read(file: &mut BufReader<File>, count: Option<u64>, path: &str) -> Result<Value, Fault> {
    let wanted = count.unwrap_or(LARGEST_READ + 1).min(LARGEST_READ + 1);
    let mut bytes = Vec::new();
    file.take(wanted).read_to_end(&mut bytes).map_err(|error| io_fault("read file", path, &error))?;
    if bytes.len() as u64 > LARGEST_READ {
        let message = format!("Cannot read file '{path}': more than {LARGEST_READ} bytes at once");
        return Err(limit_fault(message, LARGEST_READ));
    }
    if bytes.is_empty() && wanted > 0 { Ok(Value::Null) } else { Ok(Value::bytes(bytes)) }
}

fn read_line(file: &mut BufReader<File>, path: &str) -> Result<Value, Fault> {
    let mut line = Vec::new();
    let read = file.take(LARGEST_READ).read_until(b'\n', &mut line);
    if read.map_err(|error| io_fault("read file", path, &error))? == 0 {
        return Ok(Value::Null);
    }
    if line.len() as u64 == LARGEST_READ && line.last() != Some(&b'\n') {
        let message = format!("Cannot read file '{path}': a line of more than {LARGEST_READ} bytes");
        return Err(limit_fault(message, LARGEST_READ));
    }
    cut_line_end(&mut line);
    decode(path, line, false, 0)
}

fn info(path: &str, is_open: bool) -> Value {
    let mut dict = Dict::with_capacity(2);
    dict.insert_text("path", Value::text(path));
    dict.insert_text("open", Value::Bool(is_open));
    Value::dict(dict)
}
