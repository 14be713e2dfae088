//! Files that stay open: read and written piece by piece. Their lines as an iterator are in `prelude/file.ruff`.

use super::answer::Outcome;
use super::declare::plain;
use super::encoding::octets;
use super::promise::handle;
use crate::value::Fault;
use crate::vm::{Answer, Call, Capability, FileAct, FileMode, FileRequest, Native, Request};

pub(super) const NATIVES: &[Native] = &[
    plain("open_file(path: string, mode: string = \"r\") -> file", "Opens a file: r, w, a, x or r+.", open)
        .may_need(&[Capability::FilesystemRead, Capability::FilesystemWrite]),
    plain("read(f: file, n: int = null) -> bytes", "The next n bytes, or all; null at the end.", |call| {
        let count = match call.int_opt(1) {
            None => None,
            Some(number) => Some(unsigned(call, "n", number)?),
        };
        act(call, FileAct::Read(count))
    }),
    plain("read_line(f: file) -> string", "The next line of a file; null at the end.", |call| {
        act(call, FileAct::ReadLine)
    }),
    plain("write(f: file, data: string|bytes) -> bool", "Writes at the position in the file.", |call| {
        let data = octets(&call.args[1]).to_vec();
        act(call, FileAct::Write(data))
    }),
    plain(
        "seek(f: file, pos: int) -> bool",
        "Goes to a position, counted in bytes from the start.",
        |call| {
            let position = unsigned(call, "pos", call.int(1))?;
            act(call, FileAct::Seek(position))
        },
    ),
    plain("flush(f: file) -> bool", "Pushes what was written out.", |call| act(call, FileAct::Flush)),
    plain("close(f: file) -> bool", "Closes; false if it was closed.", |call| act(call, FileAct::Close)),
    plain("info(f: file) -> dict", "{path, open}.", |call| act(call, FileAct::Info)),
];

fn open(call: &mut Call<'_>) -> Outcome {
    let (mode, rights): (_, &[Capability]) = match call.str(1) {
        "r" => (FileMode::Read, &[Capability::FilesystemRead]),
        "w" => (FileMode::Write, &[Capability::FilesystemWrite]),
        "a" => (FileMode::Append, &[Capability::FilesystemWrite]),
        "x" => (FileMode::New, &[Capability::FilesystemWrite]),
        "r+" => (FileMode::Both, &[Capability::FilesystemRead, Capability::FilesystemWrite]),
        other => return Err(call.value_fault(format!("mode must be r, w, a, x or r+, got '{other}'"))),
    };
    for right in rights {
        call.requires(*right)?;
    }
    let path = call.str(0).to_owned();
    Ok(Answer::wait(Request::File(FileRequest::Open { path, mode }.into())))
}

fn act(call: &Call<'_>, act: FileAct) -> Outcome {
    Ok(Answer::wait(Request::File(FileRequest::OfOpen { file: handle(call, 0), act }.into())))
}

fn unsigned(call: &Call<'_>, parameter: &str, number: i64) -> Result<u64, Fault> {
    u64::try_from(number)
        .map_err(|_| call.value_fault(format!("{parameter} must not be negative, got {number}")))
}
