//! Files as answers: found, compared with what the client has, and cut to what it asks for (RFC 9110).
//!
//! Invariant: with a root, nothing outside of it and no name that begins with a point is ever sent, whatever links say.

use std::fmt::Write;
use std::io::SeekFrom;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use hyper::header::{HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE};
use jiff::Timestamp;
use jiff::civil::DateTime;
use tokio::fs::{self, File};
use tokio::io::AsyncSeekExt;

use super::exchange::Exchange;
use super::outgoing::Outgoing;
use crate::runtime::failure::io_fault;
use crate::value::Fault;
use crate::vm::{FileReply, media_type};

/// How times are written in heads.
const DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// What is to be sent.
pub(super) struct Found {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Outgoing,
    /// Whether it is the file, or a part of it.
    pub(super) is_file: bool,
}

impl Found {
    fn status(status: u16, text: &str) -> Found {
        let headers = vec![header("content-type", "text/plain; charset=utf-8")];
        Found { status, headers, body: Outgoing::Bytes(Some(text.as_bytes().to_vec())), is_file: false }
    }

    fn missing() -> Found {
        Found::status(404, "Not Found")
    }
}

fn header(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// IOError if one of these is no folder.
pub(super) async fn check(folders: &[String]) -> Result<(), Fault> {
    for folder in folders {
        let listed = fs::read_dir(folder).await.map(drop);
        listed.map_err(|error| io_fault("serve directory", folder, &error))?;
    }
    Ok(())
}

/// The file that answers a request.
pub(super) async fn find(wanted: &FileReply, exchange: &Exchange) -> Result<Found, Fault> {
    let Some(root) = &wanted.root else {
        let path = PathBuf::from(&wanted.path);
        let found = open(&path, wanted, exchange).await;
        return found.map_err(|error| io_fault("read file", &wanted.path, &error));
    };
    let Some(path) = inside(root, &wanted.path).await else { return Ok(Found::missing()) };
    if !path.is_dir() {
        return Ok(open(&path, wanted, exchange).await.unwrap_or_else(|_| Found::missing()));
    }
    if !exchange.uri.path().ends_with('/') {
        // Links in the page are relative to the folder.
        let mut found = Found::status(301, "Moved Permanently");
        found.headers.push(header("location", format!("{}/", local(exchange.uri.path()))));
        return Ok(found);
    }
    match inside(root, &format!("{}/{}", wanted.path, wanted.index)).await.filter(|path| path.is_file()) {
        Some(index) => Ok(open(&index, wanted, exchange).await.unwrap_or_else(|_| Found::missing())),
        None if wanted.listing => Ok(list(&path).await.unwrap_or_else(Found::missing)),
        None => Ok(Found::missing()),
    }
}

/// A path that cannot be taken for another server's address.
fn local(target: &str) -> String {
    format!("/{}", target.trim_start_matches('/'))
}

/// The real path of what is below a root, if it is there and may be seen.
async fn inside(root: &str, path: &str) -> Option<PathBuf> {
    let relative = Path::new(path.trim_start_matches('/'));
    let usable = |part: Component<'_>| match part {
        Component::Normal(name) => {
            name.to_str().is_some_and(|name| !name.starts_with('.') && !name.contains('\\'))
        }
        Component::CurDir => true,
        _ => false,
    };
    if path.contains('\0') || !relative.components().all(usable) {
        return None;
    }
    let root = fs::canonicalize(root).await.ok()?;
    let real = fs::canonicalize(root.join(relative)).await.ok()?;
    let below = real.strip_prefix(&root).ok()?;
    below.components().all(usable).then_some(real)
}

async fn open(path: &Path, wanted: &FileReply, exchange: &Exchange) -> std::io::Result<Found> {
    // Before it is opened: a pipe that nobody writes to would not open.
    if !fs::metadata(path).await?.is_file() {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    let mut file = File::open(path).await?;
    let metadata = file.metadata().await?;
    let (size, modified) = (metadata.len(), metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH));
    let version = Version::of(size, modified);
    let mut headers = vec![header("etag", &*version.tag), header("accept-ranges", "bytes")];
    if let Some(modified) = &version.modified {
        headers.push(header("last-modified", modified.strftime(DATE).to_string()));
    }
    if let Some(seconds) = wanted.max_age {
        headers.push(header("cache-control", format!("public, max-age={seconds}")));
    }
    if version.is_known(&exchange.headers) {
        return Ok(Found { status: 304, headers, body: Outgoing::empty(), is_file: true });
    }
    headers.push(header("content-type", media_type(&path.to_string_lossy())));
    let Some(part) = version.part(&exchange.headers, size) else {
        return Ok(Found { status: 200, headers, body: Outgoing::File(Box::new(file), size), is_file: true });
    };
    let Part { first, last } = match part {
        Ok(part) => part,
        Err(Unsatisfiable) => {
            let mut found = Found::status(416, "Range Not Satisfiable");
            found.headers.push(header("content-range", format!("bytes */{size}")));
            return Ok(found);
        }
    };
    file.seek(SeekFrom::Start(first)).await?;
    headers.push(header("content-range", format!("bytes {first}-{last}/{size}")));
    Ok(Found { status: 206, headers, body: Outgoing::File(Box::new(file), last - first + 1), is_file: true })
}

/// What tells two contents of a file apart.
struct Version {
    tag: String,
    modified: Option<Timestamp>,
}

/// Bytes of a file, both ends included.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    first: u64,
    last: u64,
}

/// A range that begins behind the end.
#[derive(Debug, PartialEq, Eq)]
struct Unsatisfiable;

impl Version {
    fn of(size: u64, modified: SystemTime) -> Version {
        let since = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let tag = format!("\"{size:x}-{:x}\"", since.as_nanos());
        let seconds = i64::try_from(since.as_secs()).ok();
        Version { tag, modified: seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()) }
    }

    /// Whether the client has it.
    fn is_known(&self, headers: &HeaderMap) -> bool {
        if let Some(tags) = text(headers, &IF_NONE_MATCH) {
            let same = |tag: &str| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.tag;
            return tags.split(',').map(str::trim).any(same);
        }
        let since = text(headers, &IF_MODIFIED_SINCE).and_then(date);
        matches!((since, self.modified), (Some(since), Some(modified)) if modified <= since)
    }

    /// The part that the client asks for; `None` if it is all.
    fn part(&self, headers: &HeaderMap, size: u64) -> Option<Result<Part, Unsatisfiable>> {
        let range = text(headers, &RANGE)?;
        if let Some(condition) = text(headers, &IF_RANGE)
            && condition != self.tag
            && (self.modified.is_none() || date(condition) != self.modified)
        {
            return None;
        }
        part(range, size)
    }
}

/// Several ranges at once, and what is no range, are answered with all.
fn part(range: &str, size: u64) -> Option<Result<Part, Unsatisfiable>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last) = (first.trim(), last.trim());
    let part = match (first.is_empty(), last.is_empty()) {
        (true, true) => return None,
        (true, false) => {
            let count: u64 = last.parse().ok()?;
            if count == 0 || size == 0 {
                return Some(Err(Unsatisfiable));
            }
            Part { first: size.saturating_sub(count), last: size - 1 }
        }
        (false, open) => {
            let first: u64 = first.parse().ok()?;
            let last = if open { u64::MAX } else { last.parse().ok()? };
            if last < first {
                return None;
            }
            if first >= size {
                return Some(Err(Unsatisfiable));
            }
            Part { first, last: last.min(size - 1) }
        }
    };
    Some(Ok(part))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn date(text: &str) -> Option<Timestamp> {
    let read = DateTime::strptime(DATE, text).ok()?;
    read.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// A page with links to what is in a folder.
async fn list(folder: &Path) -> Option<Found> {
    let mut entries = fs::read_dir(folder).await.ok()?;
    let mut names = Vec::new();
    while let Ok(Some(entry)) = entries.next_entry().await {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            let slash = if entry.path().is_dir() { "/" } else { "" };
            names.push(format!("{name}{slash}"));
        }
    }
    names.sort();
    let mut page = "<!doctype html><meta charset=\"utf-8\"><title>Index</title><ul>\n".to_owned();
    for name in names {
        let _ = writeln!(page, "<li><a href=\"./{}\">{}</a></li>", link(&name), escaped(&name));
    }
    page.push_str("</ul>\n");
    let headers = vec![header("content-type", "text/html; charset=utf-8")];
    Some(Found { status: 200, headers, body: Outgoing::Bytes(Some(page.into_bytes())), is_file: true })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn link(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    name.bytes().fold(String::new(), |mut link, byte| {
        let _ = if plain(byte) { write!(link, "{}", byte as char) } else { write!(link, "%{byte:02X}") };
        link
    })
}

#[cfg(test)]
mod tests {
    use super::{Part, Unsatisfiable, part};

    #[test]
    fn ranges_are_read() {
        let some = |first, last| Some(Ok(Part { first, last }));
        assert_eq!(part("bytes=0-4", 10), some(0, 4));
        assert_eq!(part("bytes=5-", 10), some(5, 9));
        assert_eq!(part("bytes=-3", 10), some(7, 9));
        assert_eq!(part("bytes=-30", 10), some(0, 9));
        assert_eq!(part("bytes=8-99", 10), some(8, 9));
        assert_eq!(part("bytes=10-", 10), Some(Err(Unsatisfiable)));
        assert_eq!(part("bytes=-0", 10), Some(Err(Unsatisfiable)));
        assert_eq!(part("bytes=0-", 0), Some(Err(Unsatisfiable)));
        for all in
            ["bytes=4-2", "bytes=0-1,3-4", "lines=0-1", "bytes=-", "bytes=a-b", "bytes=18446744073709551616-"]
        {
            assert_eq!(part(all, 10), None, "{all}");
        }
    }
}
