//! The bytes of a connection on their way in and out.
//!
//! Owns: the limit on how long a client may leave an answer unread. Reads along with `Framing`.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::framing::Framing;

/// A client's connection.
pub(super) struct Wire<S> {
    stream: S,
    framing: Framing,
    in_request: bool,
    patience: Duration,
    /// When a client that takes nothing is given up.
    given_up: Option<Pin<Box<Sleep>>>,
}

impl<S> Wire<S> {
    /// A connection whose client may take nothing of an answer for so long.
    pub(super) fn new(stream: S, patience: Duration) -> Wire<S> {
        Wire { stream, framing: Framing::default(), in_request: false, patience, given_up: None }
    }

    /// Whether a part of a request came since something was last sent.
    pub(super) fn is_in_request(&self) -> bool {
        self.in_request
    }

    /// What came of sending: given up if nothing has come of it for too long.
    fn sent<T>(&mut self, context: &mut Context<'_>, sent: Poll<Result<T>>) -> Poll<Result<T>> {
        if sent.is_ready() {
            self.given_up = None;
            return sent;
        }
        let patience = self.patience;
        let given_up = self.given_up.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        given_up.as_mut().poll(context).map(|()| Err(Error::from(ErrorKind::TimedOut)))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let new = &mut buffer.filled_mut()[before..];
        if !new.is_empty() {
            self.in_request = true;
            self.framing.follow(new);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        self.in_request = false;
        let sent = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.sent(context, sent)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        self.in_request = false;
        let sent = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.sent(context, sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let sent = Pin::new(&mut self.stream).poll_flush(context);
        self.sent(context, sent)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
