//! What scripts ask of HTTP servers (STDLIB section 17).

use crate::value::Handle;

/// One exchange with a server.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// In upper case.
    pub method: String,
    /// Where.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Option<Vec<u8>>,
    /// How long all of it may take.
    pub timeout_ms: Option<u64>,
    /// How many redirects are followed; with 0 they are answers.
    pub redirects: u64,
    /// How often it is tried again.
    pub retries: u64,
    /// The largest body, decoded.
    pub max_bytes: u64,
    /// The body is given as bytes.
    pub binary: bool,
    /// A status that is not 2xx is an HttpError.
    pub throw_status: bool,
    /// The older names `_status` and `_body` are given, too.
    pub older_names: bool,
    /// The promise is the script's to keep, not one wait's.
    pub held: bool,
    /// Whether the program's rights are restricted: then private addresses are, by default.
    pub restricted: bool,
    /// What completes it.
    pub session: Option<Handle>,
}

/// What the requests of a session have in common.
#[derive(Clone, Debug)]
pub struct SessionPlan {
    /// What paths are appended to.
    pub base_url: Option<String>,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Names and values of those that the base gets.
    pub cookies: Vec<(String, String)>,
}

/// Requests to servers. All but `Session`, `Info` and `Close` answer with a promise that must be waited for.
#[derive(Debug)]
#[allow(missing_docs, reason = "STDLIB section 17")]
pub enum FetchRequest {
    /// {status, ok, body, headers, url, elapsed_ms}.
    Whole(Fetch),
    /// bytes.
    Body(Fetch),
    /// {status, path, bytes}: the body goes to a file, which appears when it is complete.
    Download { fetch: Fetch, path: String },
    /// A httpstream, once the head of the answer is there.
    Open(Fetch),
    /// The same of a download.
    OpenDownload { fetch: Fetch, path: String },
    /// A httpsession.
    Session(SessionPlan),
    /// bytes, or null at the end.
    Chunk(Handle),
    /// A line without its end, or null at the end.
    Line(Handle),
    /// `[done, total]`, or null when the file is complete. `total` is null if it is not known.
    Step(Handle),
    /// {status, headers}; of a download, what `Download` gives.
    Info(Handle),
    /// bool: false if it was closed.
    Close(Handle),
}
