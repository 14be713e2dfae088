//! What scripts ask about HTTP servers of their own (STDLIB section 17).

use crate::value::{Handle, Value};

/// What a server admits.
#[derive(Clone, Copy, Debug)]
pub struct ServerLimits {
    /// The largest body of a request.
    pub max_body: u64,
    /// The largest head of a request.
    pub max_header_bytes: usize,
    /// How many connections may be open.
    pub max_connections: usize,
    /// How long a request may take to arrive: its head, then its body.
    pub read_timeout_ms: u64,
    /// How long a handler may take.
    pub handler_timeout_ms: u64,
}

/// What a server proves who it is with: files in PEM form.
#[derive(Clone, Debug)]
pub struct ServerKeys {
    /// The file of the certificate, and of those that lead to one that clients know.
    pub certificate: String,
    /// The file of the certificate's private key.
    pub key: String,
}

/// An answer to a request.
#[derive(Clone, Debug)]
pub struct ServerReply {
    /// 100 to 599.
    pub status: u16,
    /// Names and values that can be sent.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: ReplyBody,
}

/// The body of an answer.
#[derive(Clone, Debug)]
pub enum ReplyBody {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A file, or the part of it that the request asks for.
    File(FileReply),
    /// What is sent piece by piece.
    Pieces,
}

/// A file as an answer.
#[derive(Clone, Debug)]
pub struct FileReply {
    /// The folder that it must be in; without one the path is the script's own.
    pub root: Option<String>,
    /// Its path, below the root if there is one.
    pub path: String,
    /// The file that stands for a folder.
    pub index: String,
    /// Whether folders without it are listed.
    pub listing: bool,
    /// How many seconds it may be kept.
    pub max_age: Option<u64>,
}

/// Requests about a script's own servers. Those that say so are answered at once, the others with a promise that must be
/// waited for.
#[derive(Debug)]
#[allow(missing_docs, reason = "each says what it is for")]
pub enum ServeRequest {
    /// What all copies of a server share; at once.
    New,
    /// Binds and listens, encrypted if there are keys: null. IOError if one of the folders that it serves is not there.
    Start {
        server: Handle,
        host: String,
        port: u16,
        limits: ServerLimits,
        keys: Option<ServerKeys>,
        folders: Vec<String>,
    },
    /// `[exchange, method, path, query, headers, body, remote]`, as it was sent, or null when the server was stopped. `bound` is
    /// the exchange before and the promise of whoever answers it, which is cancelled when nobody waits for the answer any more.
    Next { server: Handle, bound: Option<(Handle, Handle)> },
    /// The asking context answers this request. `given`, at once.
    Enter { exchange: Handle, given: Value },
    /// int: the status that was sent; null if the body is to come in pieces.
    Answer { exchange: Handle, reply: ServerReply },
    /// A piece of a body, an empty one its end; true, or false if nobody reads it any more.
    Piece { exchange: Handle, data: Vec<u8> },
    /// bool: false if it was not running. Running requests may end within `grace_ms`; whoever answers one itself does not
    /// wait for that one.
    Stop { server: Handle, grace_ms: u64 },
    /// null, when it does not run any more.
    Wait(Handle),
    /// {host, port, url}; host and port are what it was made with while it does not run; at once.
    Info { server: Handle, scheme: &'static str, host: String, port: u16 },
}
