//! Asking a run: at its socket, or in this process.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::engine::{INSPECT_VERSION, Inspector};

#[cfg(unix)]
pub(super) use self::socket::Connection;

/// Who answers.
pub(super) enum Feed {
    /// A program at a socket.
    #[cfg(unix)]
    Socket(Connection),
    /// A run of this process.
    Run(Arc<Inspector>),
}

impl Feed {
    /// The program that answers at this socket.
    #[cfg(unix)]
    pub(super) fn connect(path: &str) -> Result<Feed, String> {
        Connection::open(Path::new(path)).map(Feed::Socket)
    }

    /// There are no Unix sockets here.
    #[cfg(not(unix))]
    pub(super) fn connect(path: &str) -> Result<Feed, String> {
        Err(format!("cannot ask at {}: this system has no Unix sockets", Path::new(path).display()))
    }

    /// What goes on, in numbers.
    pub(super) fn summary(&mut self) -> Result<Json, String> {
        self.ask(json!({ "ask": "summary" })).map(|mut answer| answer["summary"].take())
    }

    /// Contexts whose ids are above `after`: the whole answer.
    pub(super) fn contexts(&mut self, after: u64) -> Result<Json, String> {
        self.ask(json!({ "ask": "contexts", "after": after }))
    }

    /// One context.
    pub(super) fn context(&mut self, id: u64) -> Result<Json, String> {
        self.ask(json!({ "ask": "context", "id": id })).map(|mut answer| answer["context"].take())
    }

    /// The contexts that wait in vain.
    pub(super) fn leaks(&mut self) -> Result<Json, String> {
        self.ask(json!({ "ask": "leaks" })).map(|mut answer| answer["leaks"].take())
    }

    fn ask(&mut self, mut question: Json) -> Result<Json, String> {
        question["version"] = json!(INSPECT_VERSION);
        let question = question.to_string();
        let answer = match self {
            #[cfg(unix)]
            Feed::Socket(connection) => connection.ask(&question)?,
            Feed::Run(inspector) => inspector.answer(&question),
        };
        let answer: Json =
            serde_json::from_str(&answer).map_err(|error| format!("the answer is no JSON: {error}"))?;
        match answer["error"].as_str() {
            Some(problem) => Err(problem.to_owned()),
            None => Ok(answer),
        }
    }
}

#[cfg(unix)]
mod socket {
    use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
    use std::os::unix::fs::FileTypeExt;
    use std::os::unix::net::UnixStream;
    use std::path::Path;
    use std::time::Duration;

    use crate::engine::LONGEST_SOCKET_PATH;

    /// How long an answer may take.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// The longest answer that is read, in bytes.
    const MOST_ANSWER: u64 = 64 << 20;

    /// A connection to a running program.
    pub(in crate::cli::inspect) struct Connection {
        stream: BufReader<UnixStream>,
    }

    impl Connection {
        pub(super) fn open(path: &Path) -> Result<Connection, String> {
            let open = || {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                Ok(Connection { stream: BufReader::new(stream) })
            };
            open().map_err(|error: std::io::Error| {
                let why = match error.kind() {
                    ErrorKind::NotFound => format!("{error}; ruff run --inspect makes a socket"),
                    ErrorKind::ConnectionRefused if is_other(path) => "it is no socket".to_owned(),
                    ErrorKind::ConnectionRefused => format!("{error}; the program that made it is gone"),
                    ErrorKind::InvalidInput if path.as_os_str().len() > LONGEST_SOCKET_PATH => {
                        format!("the path of a socket has at most {LONGEST_SOCKET_PATH} bytes")
                    }
                    _ => error.to_string(),
                };
                format!("cannot ask at {}: {why}", path.display())
            })
        }

        pub(super) fn ask(&mut self, question: &str) -> Result<String, String> {
            let mut answer = String::new();
            let mut exchange = || {
                self.stream.get_mut().write_all(format!("{question}\n").as_bytes())?;
                self.stream.by_ref().take(MOST_ANSWER).read_line(&mut answer)
            };
            match exchange() {
                Ok(_) if answer.ends_with('\n') => Ok(answer),
                Ok(_) => Err("the program has ended".to_owned()),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    Err(format!("no answer within {} s", PATIENCE.as_secs()))
                }
                Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
                    Err("the program has ended".to_owned())
                }
                Err(error) => Err(format!("no answer: {error}")),
            }
        }
    }

    /// Whether something else than a socket is there.
    fn is_other(path: &Path) -> bool {
        std::fs::metadata(path).is_ok_and(|there| !there.file_type().is_socket())
    }
}
