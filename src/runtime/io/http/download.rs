//! Bodies that go to files.
//!
//! Invariant: the file appears under its name when it is complete, and not before; what an unfinished download wrote is removed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use reqwest::Response;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::sync::Mutex;

use super::body::too_large;
use super::client::Clients;
use super::error::exchange_fault;
use super::response::well;
use crate::runtime::failure::{internal, io_fault};
use crate::runtime::io::file::beside;
use crate::value::{Dict, Fault, Handle, Resource, ResourceKind, Value};
use crate::vm::Fetch;

/// A download that goes on step by step.
pub(super) struct Download {
    status: u16,
    path: String,
    total: Option<u64>,
    work: Mutex<Work>,
    done: crate::sync::AtomicU64,
}

struct Work {
    response: Response,
    file: Option<Unfinished>,
    limit: u64,
}

/// {status, path, bytes}.
pub(super) async fn whole(clients: Arc<Clients>, fetch: Fetch, path: String) -> Result<Value, Fault> {
    let download = begin(&clients, &fetch, path).await?;
    while !matches!(download.step().await?, Value::Null) {}
    Ok(download.info())
}

/// A download to be gone on with.
pub(super) async fn open(clients: Arc<Clients>, fetch: Fetch, path: String) -> Result<Value, Fault> {
    Ok(Value::Handle(Handle::new(Arc::new(begin(&clients, &fetch, path).await?))))
}

async fn begin(clients: &Clients, fetch: &Fetch, path: String) -> Result<Download, Fault> {
    let response = well(clients, fetch).await?;
    let total = response.content_length();
    if total.is_some_and(|total| total > fetch.max_bytes) {
        return Err(too_large(response.url(), fetch.max_bytes));
    }
    let file = Unfinished::create(&path).await.map_err(|error| io_fault("write file", &path, &error))?;
    Ok(Download {
        status: response.status().as_u16(),
        path,
        total,
        work: Mutex::new(Work { response, file: Some(file), limit: fetch.max_bytes }),
        done: crate::sync::AtomicU64::new(0),
    })
}

impl Download {
    /// Writes one piece: `[done, total]`, or null when all is written.
    pub(super) async fn step(&self) -> Result<Value, Fault> {
        let mut work = self.work.lock().await;
        let Work { response, file, limit } = &mut *work;
        let Some(open) = file else { return Ok(Value::Null) };
        let failed = |error: std::io::Error| io_fault("write file", &self.path, &error);
        let url = response.url().clone();
        let Some(chunk) = response.chunk().await.map_err(|error| exchange_fault(&url, &error))? else {
            let open = file.take().ok_or_else(|| internal("a download lost its file"))?;
            open.finish(&self.path).await.map_err(failed)?;
            return Ok(Value::Null);
        };
        let done = self.done.fetch_add(chunk.len() as u64) + chunk.len() as u64;
        if done > *limit {
            *file = None;
            return Err(too_large(&url, *limit));
        }
        open.file.write_all(&chunk).await.map_err(failed)?;
        let total = self.total.map_or(Value::Null, |total| Value::Int(total as i64));
        Ok(Value::array(vec![Value::Int(done as i64), total]))
    }

    /// {status, path, bytes}.
    pub(super) fn info(&self) -> Value {
        let mut dict = Dict::with_capacity(3);
        dict.insert_text("status", Value::Int(self.status.into()));
        dict.insert_text("path", Value::text(self.path.as_str()));
        dict.insert_text("bytes", Value::Int(self.done.latest() as i64));
        Value::dict(dict)
    }
}

/// A file that has not got its name yet.
struct Unfinished {
    file: File,
    at: PathBuf,
    complete: bool,
}

impl Unfinished {
    async fn create(path: &str) -> std::io::Result<Unfinished> {
        let at = beside(Path::new(path));
        let file = tokio::fs::OpenOptions::new().write(true).create_new(true).open(&at).await?;
        Ok(Unfinished { file, at, complete: false })
    }

    async fn finish(mut self, path: &str) -> std::io::Result<()> {
        self.file.sync_all().await?;
        tokio::fs::rename(&self.at, path).await?;
        self.complete = true;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.complete {
            let _ = std::fs::remove_file(&self.at);
        }
    }
}

impl Resource for Download {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("httpdownload")
    }

    fn text(&self) -> String {
        format!("<httpdownload {}>", self.path)
    }
}
