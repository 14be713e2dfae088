//! What a child wrote, as much of it as is to be kept.

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::runtime::failure::limit_fault;
use crate::value::{Fault, Value};

/// Bytes read at a time.
const CHUNK: usize = 16 << 10;

/// The beginning of a stream.
#[derive(Debug)]
pub(super) struct Captured {
    kept: Vec<u8>,
    limit: usize,
    /// Whether there was more.
    pub(super) truncated: bool,
}

impl Captured {
    /// Nothing yet; at most `limit` bytes.
    pub(super) fn new(limit: u64) -> Captured {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Captured { kept: Vec::new(), limit, truncated: false }
    }

    /// Reads to the end. What does not fit is read all the same, or the child would wait for ever.
    pub(super) async fn fill(&mut self, stream: &mut Option<impl AsyncRead + Unpin>) {
        let Some(stream) = stream else { return };
        let mut chunk = vec![0; CHUNK];
        while let Ok(read @ 1..) = stream.read(&mut chunk).await {
            self.keep(&chunk[..read]);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = self.limit.saturating_sub(self.kept.len()).min(bytes.len());
        self.kept.extend_from_slice(&bytes[..room]);
        self.truncated |= room < bytes.len();
    }

    /// As scripts see it.
    pub(super) fn value(&self, binary: bool) -> Value {
        match binary {
            true => Value::bytes(self.kept.clone()),
            false => Value::text(String::from_utf8_lossy(&self.kept).into_owned()),
        }
    }

    /// The same, if nothing is missing.
    pub(super) fn whole(&self, binary: bool) -> Result<Value, Fault> {
        if self.truncated {
            let message = format!("The output is larger than the limit of {} bytes", self.limit);
            return Err(limit_fault(message, self.limit as u64));
        }
        Ok(self.value(binary))
    }
}

/// A stream that is read line by line and kept as a whole.
#[derive(Debug)]
pub(super) struct Lines<R> {
    stream: Option<R>,
    /// Read, and not given yet.
    pending: Vec<u8>,
    /// How much of it is known to hold no end of a line.
    searched: usize,
    chunk: Vec<u8>,
    /// All that was read.
    pub(super) captured: Captured,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// The lines of a stream; none without one.
    pub(super) fn new(stream: Option<R>, limit: u64) -> Lines<R> {
        let captured = Captured::new(limit);
        Lines { stream, pending: Vec::new(), searched: 0, chunk: vec![0; CHUNK], captured }
    }

    /// The next line without its end. May be dropped: what was read by then stays.
    pub(super) async fn next(&mut self) -> Result<Option<Value>, Fault> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.pending[self.searched..]) {
                let line: Vec<u8> = self.pending.drain(..=self.searched + end).collect();
                self.searched = 0;
                return Ok(Some(text(&line[..line.len() - 1])));
            }
            self.searched = self.pending.len();
            if self.searched > self.captured.limit {
                let limit = self.captured.limit as u64;
                return Err(limit_fault(format!("A line is larger than the limit of {limit} bytes"), limit));
            }
            if !self.read().await {
                self.searched = 0;
                let rest = std::mem::take(&mut self.pending);
                return Ok((!rest.is_empty()).then(|| text(&rest)));
            }
        }
    }

    /// Reads some more and keeps it for later. False if there is no more; an error if nobody took what was kept before.
    pub(super) async fn read_ahead(&mut self) -> Result<bool, Fault> {
        if self.pending.len() > self.captured.limit {
            let limit = self.captured.limit as u64;
            let message = format!("The child wrote more than the limit of {limit} bytes, and nobody read it");
            return Err(limit_fault(message, limit));
        }
        Ok(self.read().await)
    }

    /// Reads to the end; what it reads can no longer be had as lines.
    pub(super) async fn drain(&mut self) {
        while self.read().await {
            self.pending.clear();
            self.searched = 0;
        }
    }

    /// Reads some more. False at the end.
    async fn read(&mut self) -> bool {
        let Some(stream) = &mut self.stream else { return false };
        match stream.read(&mut self.chunk).await {
            Ok(read @ 1..) => {
                self.captured.keep(&self.chunk[..read]);
                self.pending.extend_from_slice(&self.chunk[..read]);
                true
            }
            _ => {
                self.stream = None;
                false
            }
        }
    }
}

fn text(line: &[u8]) -> Value {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Value::text(String::from_utf8_lossy(line).into_owned())
}
