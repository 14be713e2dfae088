//! A Unix socket by which other programs ask this one: one line in, one line out.
//!
//! Owns: the socket file, which only the user who runs the program may open, and a thread of its own: neither the script's
//! sockets nor its files wait for whoever asks.
//! Invariant: everything is bounded: the length of a question, the number of connections, how long a connection may be silent
//! and how long an answer may take to be read. A connection that breaks a rule is told so and closed.
//! Does not: know what is asked; its `Porter` does.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::OwnedReadHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use crate::sync::{JoinHandle, spawn};

/// The longest path of a socket, in bytes: what the system's address holds, less the zero at its end.
pub const MOST_PATH: usize = if cfg!(any(target_os = "linux", target_os = "android")) { 107 } else { 103 };
/// The longest question, in bytes.
const MOST_QUESTION: u64 = 4096;
/// Connections at once.
const MOST_CONNECTIONS: usize = 16;
/// How long a connection may ask nothing.
const SILENCE: Duration = Duration::from_secs(60);
/// How long an answer may take to be taken.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a failed accept (too many open files) is left alone.
const REST: Duration = Duration::from_millis(100);

/// Who stands behind a door. Questions and answers have no line breaks.
pub trait Porter: Send + Sync {
    /// The answer to a question.
    fn answer(&self, question: &str) -> String;

    /// What is said when nothing is answered, for this reason.
    fn refusal(&self, why: &str) -> String;
}

/// An open socket. Dropped, it is closed and its file removed.
#[derive(Debug)]
pub struct Door {
    path: PathBuf,
    /// Device and inode of the socket file: another program may have put its own there since.
    identity: (u64, u64),
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle>,
}

impl Door {
    /// Opens a socket at a path where nothing is, or a socket that nobody answers at any more.
    pub fn open(path: &Path, porter: Arc<dyn Porter>) -> io::Result<Door> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            bind(path)?
        };
        let identity = identity(path)?;
        let (stop, stopped) = watch::channel(false);
        let serve = move || runtime.block_on(serve(listener, porter, stopped));
        let thread = spawn("ruff-inspect", serve);
        // From here on the file is removed whatever happens.
        let mut door = Door { path: path.to_owned(), identity, stop, thread: None };
        door.thread = Some(thread?);
        Ok(door)
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.thread.take().into_iter().for_each(JoinHandle::join);
        if identity(&self.path).is_ok_and(|there| there == self.identity) {
            // Somebody else may be quicker; then it is gone as well.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// A listener whose file has the mode 0600 from its first moment on.
fn bind(path: &Path) -> io::Result<UnixListener> {
    remove_abandoned(path)?;
    // The mask is the process's, and for this moment tight.
    let mask = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o177));
    let listener = UnixListener::bind(path);
    rustix::process::umask(mask);
    listener
}

/// Removes a socket that a killed program left. Anything else that is there stays, and is an error.
fn remove_abandoned(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt;
    let length = path.as_os_str().len();
    if length > MOST_PATH {
        let message = format!("the path of a socket has at most {MOST_PATH} bytes, this one has {length}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let Ok(there) = std::fs::symlink_metadata(path) else { return Ok(()) };
    let taken = |message| Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
    if !there.file_type().is_socket() {
        return taken("something that is no socket is there already");
    }
    match std::os::unix::net::UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path),
        _ => taken("it is in use: a program answers there"),
    }
}

async fn serve(listener: UnixListener, porter: Arc<dyn Porter>, mut stopped: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => return,
        };
        match accepted {
            Ok((stream, _)) => match Arc::clone(&places).try_acquire_owned() {
                Ok(place) => {
                    let porter = Arc::clone(&porter);
                    tokio::spawn(async move {
                        let _place = place;
                        // An end that somebody cut off is an end as well.
                        let _ = converse(stream, &*porter).await;
                    });
                }
                Err(_) => drop(tokio::spawn(refuse(stream, porter.refusal("too many connections")))),
            },
            Err(_) => tokio::time::sleep(REST).await,
        }
    }
}

async fn refuse(mut stream: UnixStream, refusal: String) {
    // Whoever hung up knows it already.
    let _ = say(&mut stream, &refusal).await;
}

/// Answers question after question, until the other side closes or breaks a rule.
async fn converse(stream: UnixStream, porter: &dyn Porter) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    loop {
        let Ok(question) = timeout(SILENCE, question(&mut read)).await else {
            return say(&mut write, &porter.refusal("nothing was asked for a minute")).await;
        };
        match question? {
            Question::None => return Ok(()),
            Question::Line(line) => say(&mut write, &porter.answer(&line)).await?,
            Question::Wrong(why) => return say(&mut write, &porter.refusal(why)).await,
        }
    }
}

enum Question {
    Line(String),
    Wrong(&'static str),
    /// The other side is done.
    None,
}

async fn question(read: &mut BufReader<OwnedReadHalf>) -> io::Result<Question> {
    let mut line = Vec::new();
    let length = read.take(MOST_QUESTION + 1).read_until(b'\n', &mut line).await?;
    if length == 0 {
        return Ok(Question::None);
    }
    if line.last() != Some(&b'\n') && length as u64 > MOST_QUESTION {
        return Ok(Question::Wrong("a question is at most 4096 bytes long"));
    }
    Ok(match String::from_utf8(line) {
        Ok(line) => Question::Line(line),
        Err(_) => Question::Wrong("a question is UTF-8"),
    })
}

async fn say(write: &mut (impl AsyncWriteExt + Unpin), answer: &str) -> io::Result<()> {
    let send = async {
        write.write_all(answer.as_bytes()).await?;
        write.write_all(b"\n").await
    };
    timeout(PATIENCE, send).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
