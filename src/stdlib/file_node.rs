//! What a file system knows of files besides their content (times, permissions, links), parts of files changed in place,
//! and temporary files.

use super::answer::Outcome;
use super::declare::plain;
use super::encoding::octets;
use crate::value::Fault;
use crate::vm::{Answer, Call, Capability, FileRequest, Native, Request};

pub(super) const NATIVES: &[Native] = &[
    plain("touch(path: string) -> bool", "Creates a file, or sets its time to now.", |call| {
        wait(FileRequest::Touch { path: call.str(0).to_owned() })
    })
    .needs(Capability::FilesystemWrite),
    plain("set_mode(path: string, mode: int) -> bool", "Sets the permission bits.", |call| {
        let mode = call.int(1);
        let bits = u32::try_from(mode).ok().filter(|bits| *bits <= 0o7777);
        let bits = bits.ok_or_else(|| {
            call.value_fault(format!("mode must be between 0 and 4095 (0o7777), got {mode}"))
        })?;
        wait(FileRequest::SetMode { path: call.str(0).to_owned(), mode: bits })
    })
    .needs(Capability::FilesystemWrite),
    plain("symlink(target: string, link: string) -> bool", "Makes a symbolic link to target.", |call| {
        wait(FileRequest::Symlink { target: call.str(0).to_owned(), link: call.str(1).to_owned() })
    })
    .needs(Capability::FilesystemWrite),
    plain("read_link(path: string) -> string", "What a symbolic link says.", |call| {
        wait(FileRequest::ReadLink { path: call.str(0).to_owned() })
    })
    .needs(Capability::FilesystemRead),
    plain(
        "io_write_at(path: string, data: string|bytes, offset: int) -> bool",
        "Overwrites bytes of an existing file.",
        |call| {
            let (path, data) = (call.str(0).to_owned(), octets(&call.args[1]).to_vec());
            wait(FileRequest::WriteAt { path, data, offset: count(call, 2)? })
        },
    )
    .needs(Capability::FilesystemWrite),
    plain("io_truncate(path: string, n: int) -> bool", "Cuts or lengthens a file to n bytes.", |call| {
        wait(FileRequest::Truncate { path: call.str(0).to_owned(), length: count(call, 1)? })
    })
    .needs(Capability::FilesystemWrite),
    plain(
        "io_copy_range(from: string, to: string, offset: int, n: int) -> int",
        "Copies n bytes from an offset into a new file; how many there were.",
        |call| {
            call.requires(Capability::FilesystemRead)?;
            let (from, to) = (call.str(0).to_owned(), call.str(1).to_owned());
            wait(FileRequest::CopyRange { from, to, offset: count(call, 2)?, length: count(call, 3)? })
        },
    )
    .needs(Capability::FilesystemWrite)
    .may_need(&[Capability::FilesystemRead]),
    plain("temp_dir(opts: dict = {}) -> string", "A new directory that goes with the program.", |call| {
        temporary(call, true)
    })
    .needs(Capability::FilesystemWrite),
    plain("temp_file(opts: dict = {}) -> string", "A new file that goes with the program.", |call| {
        temporary(call, false)
    })
    .needs(Capability::FilesystemWrite),
];

fn wait(request: FileRequest) -> Outcome {
    Ok(Answer::wait(Request::File(request.into())))
}

fn count(call: &Call<'_>, index: usize) -> Result<u64, Fault> {
    let number = call.int(index);
    u64::try_from(number).map_err(|_| call.value_fault(format!("negative number {number}")))
}

fn temporary(call: &mut Call<'_>, directory: bool) -> Outcome {
    let options = call.options(0, &["prefix", "suffix", "dir", "keep"])?;
    let part = |key: &str, default: &str| {
        let text = options.text(key)?.unwrap_or(default);
        match text.contains(['/', '\\', '\0']) {
            true => Err(options.value_fault(key, format!("must be part of a name, got '{text}'"))),
            false => Ok(text.to_owned()),
        }
    };
    wait(FileRequest::Temporary {
        directory,
        prefix: part("prefix", "ruff-")?,
        suffix: part("suffix", "")?,
        parent: options.text("dir")?.map(str::to_owned),
        keep: options.bool("keep", false)?,
    })
}
