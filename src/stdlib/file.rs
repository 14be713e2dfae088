//! Natives for files and directories: they say what they want of the file system and let the runtime do it.
//!
//! Each function that has an `async_` twin builds its request in one function that both entries share (STDLIB R13):
//! the plain entry waits for the outcome, the twin answers with the promise. Lines, whole trees of files at once, and
//! the twins of functions written in Ruff are in `prelude/file.ruff`.

use super::answer::{self, Outcome};
use super::declare::{by_prelude, plain};
use super::parse_fault::{Place, parse_fault};
use crate::value::{ErrorKind, Fault, Value};
use crate::vm::{Answer, Call, Capability, FileRequest, Native, Request};

/// The most bytes that one read gives unless `max_bytes` says otherwise.
const LARGEST_READ: u64 = 1 << 30;

/// A native that waits for a file request, behind a right.
macro_rules! waits {
    ($right:ident, $signature:literal, $summary:literal, $request:expr) => {
        plain($signature, $summary, |call| {
            let request: FileRequest = $request(call)?;
            Ok(Answer::wait(Request::File(request.into())))
        })
        .needs(Capability::$right)
    };
}

/// The twin that answers with a promise.
macro_rules! twin {
    ($right:ident, $signature:literal, $summary:literal, $request:expr) => {
        plain($signature, $summary, |call| {
            let request: FileRequest = $request(call)?;
            Ok(Answer::ask(Request::File(request.into())))
        })
        .needs(Capability::$right)
    };
}

pub(super) const NATIVES: &[Native] = &[
    plain("read_file(path: string, opts: dict = {}) -> string", "A whole file.", by_prelude)
        .written()
        .needs(Capability::FilesystemRead),
    plain("async_read_file(path: string, opts: dict = {}) -> promise", "Its twin.", by_prelude)
        .written()
        .needs(Capability::FilesystemRead),
    waits!(
        FilesystemRead,
        "__read_file(path: string, opts: dict) -> string",
        "A whole UTF-8 file.",
        read_text
    ),
    twin!(FilesystemRead, "__async_read_file(path: string, opts: dict) -> promise", "Its twin.", read_text),
    waits!(
        FilesystemRead,
        "read_file_lossy(path: string, opts: dict = {}) -> string",
        "A whole file; bytes that are not UTF-8 become U+FFFD.",
        read_lossy
    ),
    waits!(
        FilesystemRead,
        "read_bytes read_binary_file(path: string, opts: dict = {}) -> bytes",
        "A file or a part of it as bytes.",
        read_bytes
    ),
    twin!(
        FilesystemRead,
        "async_read_binary_file(path: string, opts: dict = {}) -> promise",
        "Its twin.",
        read_bytes
    ),
    waits!(
        FilesystemRead,
        "io_read_bytes(path: string, n: int) -> bytes",
        "The first n bytes of a file.",
        |call: &mut Call<'_>| part(call, None, Some(1))
    ),
    waits!(
        FilesystemRead,
        "io_read_at(path: string, offset: int, n: int) -> bytes",
        "n bytes of a file from an offset.",
        |call: &mut Call<'_>| part(call, Some(1), Some(2))
    ),
    waits!(
        FilesystemRead,
        "io_seek_read(path: string, offset: int) -> bytes",
        "A file from an offset to its end.",
        |call: &mut Call<'_>| part(call, Some(1), None)
    ),
    waits!(
        FilesystemWrite,
        "write_file write_binary_file io_write_bytes(path: string, data: string|bytes, opts: bool|dict = {}) -> bool",
        "Creates or replaces a file.",
        write
    ),
    twin!(
        FilesystemWrite,
        "async_write_file async_write_binary_file(path: string, data: string|bytes, opts: bool|dict = {}) -> promise",
        "Its twin.",
        write
    ),
    waits!(
        FilesystemWrite,
        "append_file io_append_bytes(path: string, data: string|bytes) -> bool",
        "Adds to the end of a file; creates it if absent.",
        append
    ),
    twin!(
        FilesystemWrite,
        "async_append_file(path: string, data: string|bytes) -> promise",
        "Its twin.",
        append
    ),
    waits!(
        FilesystemWrite,
        "write_if_changed(path: string, data: string|bytes) -> bool",
        "Writes, with directories, only if the content differs; whether it wrote.",
        |call: &mut Call<'_>| Ok::<_, Fault>(FileRequest::WriteIfChanged {
            path: path(call),
            data: data(call)
        })
    ),
    waits!(
        FilesystemWrite,
        "create_dir ensure_directory(path: string) -> bool",
        "A directory with its parents.",
        create_dir
    ),
    twin!(FilesystemWrite, "async_create_dir(path: string) -> promise", "Its twin.", create_dir),
    waits!(
        FilesystemRead,
        "list_dir(path: string, opts: dict = {}) -> array",
        "The names in a directory, sorted.",
        list
    ),
    twin!(FilesystemRead, "async_list_dir(path: string, opts: dict = {}) -> promise", "Its twin.", list),
    plain(
        "walk_dir(path: string, opts: dict = {}) -> iterator",
        "Everything below a directory, depth first, sorted.",
        by_prelude,
    )
    .written()
    .needs(Capability::FilesystemRead),
    waits!(
        FilesystemRead,
        "__walk_dir(path: string, opts: dict) -> array",
        "What walk_dir walks over.",
        walk
    ),
    waits!(
        FilesystemRead,
        "file_stamps(path: string, names: array|null = null) -> dict",
        "For every file below a directory, or those of these names, a text that changes with the file.",
        stamps
    ),
    waits!(
        FilesystemRead,
        "file_exists path_exists(path: string) -> bool",
        "Whether there is anything at a path.",
        |call: &mut Call<'_>| Ok::<_, Fault>(FileRequest::Exists { path: path(call) })
    ),
    waits!(
        FilesystemRead,
        "path_is_file(path: string) -> bool",
        "Whether there is a file at a path.",
        |call: &mut Call<'_>| Ok::<_, Fault>(FileRequest::IsFile { path: path(call) })
    ),
    waits!(
        FilesystemRead,
        "path_is_dir(path: string) -> bool",
        "Whether there is a directory at a path.",
        |call: &mut Call<'_>| Ok::<_, Fault>(FileRequest::IsDir { path: path(call) })
    ),
    waits!(
        FilesystemRead,
        "path_is_symlink(path: string) -> bool",
        "Whether there is a symbolic link at a path.",
        |call: &mut Call<'_>| Ok::<_, Fault>(FileRequest::IsSymlink { path: path(call) })
    ),
    waits!(
        FilesystemRead,
        "file_info io_file_metadata(path: string) -> dict",
        "Size, kind, mode and times of what is at a path.",
        |call: &mut Call<'_>| Ok::<_, Fault>(FileRequest::Info { path: path(call) })
    ),
    waits!(
        FilesystemRead,
        "file_size(path: string) -> int",
        "The size of a file in bytes.",
        |call: &mut Call<'_>| Ok::<_, Fault>(FileRequest::Size { path: path(call) })
    ),
    waits!(
        FilesystemDelete,
        "delete_file(path: string, missing_ok: bool = false) -> bool",
        "Removes a file or a link.",
        delete
    ),
    twin!(
        FilesystemDelete,
        "async_delete_file(path: string, missing_ok: bool = false) -> promise",
        "Its twin.",
        delete
    ),
    waits!(
        FilesystemDelete,
        "remove_dir os_rmdir(path: string) -> bool",
        "Removes an empty directory.",
        |call: &mut Call<'_>| Ok::<_, Fault>(FileRequest::RemoveDir { path: path(call) })
    ),
    waits!(
        FilesystemDelete,
        "remove_dir_all(path: string, missing_ok: bool = false) -> bool",
        "Removes a directory with all it holds; links are not followed.",
        |call: &mut Call<'_>| {
            Ok::<_, Fault>(FileRequest::RemoveDirAll { path: path(call), missing_ok: call.truth(1) })
        }
    ),
    waits!(
        FilesystemWrite,
        "rename_file move_file(from: string, to: string, overwrite: bool = true) -> bool",
        "Moves a file or directory.",
        |call: &mut Call<'_>| {
            let (from, to) = both_paths(call);
            Ok::<_, Fault>(FileRequest::Rename { from, to, overwrite: call.truth(2) })
        }
    ),
    waits!(
        FilesystemWrite,
        "copy_file(from: string, to: string, overwrite: bool = true) -> bool",
        "Copies a file with its mode.",
        copy
    ),
    twin!(
        FilesystemWrite,
        "async_copy_file(from: string, to: string, overwrite: bool = true) -> promise",
        "Its twin.",
        copy
    ),
    plain(
        "copy_tree(from: string, to: string, opts: dict = {}) -> dict",
        "Copies a directory with all it holds.",
        by_prelude,
    )
    .written()
    .needs(Capability::FilesystemWrite)
    .may_need(&[Capability::FilesystemRead]),
    waits!(
        FilesystemWrite,
        "__copy_tree(from: string, to: string, opts: dict) -> dict",
        "Copies a directory with all it holds.",
        copy_tree
    ),
    waits!(
        FilesystemRead,
        "path_real(path: string) -> string",
        "The path with links resolved.",
        |call: &mut Call<'_>| Ok::<_, Fault>(FileRequest::RealPath { path: path(call) })
    ),
    waits!(
        FilesystemRead,
        "glob(pattern: string, opts: dict = {}) -> array",
        "Matching paths, sorted.",
        glob
    ),
    plain(
        "glob_match(pattern: string, path: string) -> bool",
        "Whether a path matches a pattern.",
        glob_match,
    ),
    plain("read_line() -> any", "One line of stdin; null at its end.", |_| {
        Ok(Answer::wait(Request::File(FileRequest::ReadLine.into())))
    }),
    plain("__read_password() -> any", "One line of stdin, unseen; null at its end.", |_| {
        Ok(Answer::wait(Request::File(FileRequest::ReadPassword.into())))
    }),
    plain("read_stdin_bytes() -> bytes", "The rest of stdin as bytes.", |_| {
        Ok(Answer::wait(Request::File(FileRequest::ReadStdinBytes.into())))
    }),
    plain("read_stdin() -> string", "The rest of stdin.", |_| {
        Ok(Answer::wait(Request::File(FileRequest::ReadStdin.into())))
    }),
];

type Asked = Result<FileRequest, Fault>;

fn path(call: &Call<'_>) -> String {
    call.str(0).to_owned()
}

fn both_paths(call: &Call<'_>) -> (String, String) {
    (call.str(0).to_owned(), call.str(1).to_owned())
}

/// The second argument of writing functions: a string as UTF-8, or bytes.
fn data(call: &Call<'_>) -> Vec<u8> {
    match &call.args[1] {
        Value::Bytes(bytes) => bytes.to_vec(),
        _ => call.str(1).as_bytes().to_vec(),
    }
}

fn read_text(call: &mut Call<'_>) -> Asked {
    let options = call.options(1, &["lossy", "max_bytes", "encoding"])?;
    let lossy = options.bool("lossy", false)?;
    let max_bytes = options.count("max_bytes")?.unwrap_or(LARGEST_READ);
    Ok(FileRequest::ReadText { path: path(call), lossy, max_bytes })
}

fn read_lossy(call: &mut Call<'_>) -> Asked {
    let max_bytes = call.options(1, &["max_bytes"])?.count("max_bytes")?.unwrap_or(LARGEST_READ);
    Ok(FileRequest::ReadText { path: path(call), lossy: true, max_bytes })
}

fn read_bytes(call: &mut Call<'_>) -> Asked {
    let options = call.options(1, &["offset", "length", "max_bytes"])?;
    let offset = options.count("offset")?.unwrap_or(0);
    let length = options.count("length")?;
    let max_bytes = options.count("max_bytes")?.unwrap_or(LARGEST_READ);
    Ok(FileRequest::ReadBytes { path: path(call), offset, length, max_bytes })
}

/// The older forms of `read_bytes`, whose numbers are arguments at these positions.
fn part(call: &mut Call<'_>, offset: Option<usize>, length: Option<usize>) -> Asked {
    let number = |index: usize| {
        let number = call.int(index);
        u64::try_from(number).map_err(|_| call.value_fault(format!("negative number {number}")))
    };
    let offset = offset.map_or(Ok(0), number)?;
    let length = length.map(number).transpose()?;
    Ok(FileRequest::ReadBytes { path: path(call), offset, length, max_bytes: LARGEST_READ })
}

fn write(call: &mut Call<'_>) -> Asked {
    let names = ["overwrite", "append", "create_dirs", "atomic", "sync", "mode"];
    let options = call.options_or_bool(2, "overwrite", &names)?;
    let mode = match options.count("mode")? {
        None => None,
        Some(bits @ 0..=0o7777) => Some(bits as u32),
        Some(bits) => {
            let text = format!("must be between 0 and 4095 (0o7777), got {bits}");
            return Err(options.value_fault("mode", text));
        }
    };
    Ok(FileRequest::Write {
        path: path(call),
        data: data(call),
        overwrite: options.bool("overwrite", true)?,
        append: options.bool("append", false)?,
        create_dirs: options.bool("create_dirs", false)?,
        atomic: options.bool("atomic", false)?,
        sync: options.bool("sync", true)?,
        mode,
    })
}

fn append(call: &mut Call<'_>) -> Asked {
    let (path, data) = (path(call), data(call));
    Ok(FileRequest::Write {
        path,
        data,
        overwrite: true,
        append: true,
        create_dirs: false,
        atomic: false,
        sync: false,
        mode: None,
    })
}

fn create_dir(call: &mut Call<'_>) -> Asked {
    Ok(FileRequest::CreateDir { path: path(call) })
}

fn list(call: &mut Call<'_>) -> Asked {
    let full = call.options(1, &["full"])?.bool("full", false)?;
    Ok(FileRequest::ListDir { path: path(call), full })
}

fn walk(call: &mut Call<'_>) -> Asked {
    let options = call.options(1, &["max_depth", "include", "exclude", "hidden", "follow_links"])?;
    Ok(FileRequest::Walk {
        path: path(call),
        max_depth: options.count("max_depth")?.map(|depth| usize::try_from(depth).unwrap_or(usize::MAX)),
        include: options.texts("include")?,
        exclude: options.texts("exclude")?,
        hidden: options.bool("hidden", true)?,
        follow_links: options.bool("follow_links", false)?,
    })
}

fn stamps(call: &mut Call<'_>) -> Asked {
    let names = match &call.args[1] {
        Value::Array(items) => Some(texts(call, items)?),
        _ => None,
    };
    Ok(FileRequest::Stamps { path: path(call), names })
}

fn texts(call: &Call<'_>, items: &[Value]) -> Result<Vec<String>, Fault> {
    let text = |(at, item): (usize, &Value)| match item {
        Value::Text(text) => Ok(text.as_str().to_owned()),
        other => {
            let message = format!("{}: the name at index {at} must be a string", call.name);
            Err(Fault::new(ErrorKind::TypeError, message).about(&[other]))
        }
    };
    items.iter().enumerate().map(text).collect()
}

fn delete(call: &mut Call<'_>) -> Asked {
    Ok(FileRequest::Delete { path: path(call), missing_ok: call.truth(1) })
}

fn copy(call: &mut Call<'_>) -> Asked {
    let (from, to) = both_paths(call);
    Ok(FileRequest::Copy { from, to, overwrite: call.truth(2) })
}

fn copy_tree(call: &mut Call<'_>) -> Asked {
    let options = call.options(2, &["overwrite", "include", "exclude", "only_newer"])?;
    let (from, to) = both_paths(call);
    Ok(FileRequest::CopyTree {
        from,
        to,
        overwrite: options.bool("overwrite", true)?,
        include: options.texts("include")?,
        exclude: options.texts("exclude")?,
    })
}

fn glob(call: &mut Call<'_>) -> Asked {
    let options = call.options(1, &["cwd", "hidden", "files_only"])?;
    Ok(FileRequest::Glob {
        pattern: call.str(0).to_owned(),
        cwd: options.text("cwd")?.unwrap_or("").to_owned(),
        hidden: options.bool("hidden", false)?,
        files_only: options.bool("files_only", false)?,
    })
}

fn glob_match(call: &mut Call<'_>) -> Outcome {
    let (pattern, path) = (call.str(0), call.str(1));
    let glob = globset::GlobBuilder::new(pattern).literal_separator(true).build();
    let glob = glob.map_err(|error| bad_pattern(pattern, &error))?;
    answer::bool(glob.compile_matcher().is_match(path) && !hides(pattern, path))
}

/// Whether a name of the path starts with a point while no name of the pattern does: wildcards skip those.
fn hides(pattern: &str, path: &str) -> bool {
    let dotted =
        |text: &str| text.split('/').any(|name| name.len() > 1 && name.starts_with('.') && name != "..");
    dotted(path) && !dotted(pattern)
}

fn bad_pattern(pattern: &str, error: &globset::Error) -> Fault {
    let message = format!("Cannot parse '{pattern}' as glob: {}", error.kind());
    parse_fault("glob", message, Place::default())
}
