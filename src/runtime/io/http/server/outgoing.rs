//! Bodies of answers on their way out.
//!
//! Invariant: a body that did not come to its end breaks the connection, so that the client does not take it for complete.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::fs::File;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::mpsc;

use super::exchange::Interest;

/// Bytes read from a file at a time.
const CHUNK: usize = 64 << 10;

/// A body.
pub(super) enum Outgoing {
    /// All at once.
    Bytes(Option<Vec<u8>>),
    /// So many bytes of a file, from where it stands.
    File(Box<File>, u64),
    /// What comes, until an empty piece.
    Pieces(Pieces),
}

/// A body that somebody makes while it is sent.
pub(super) struct Pieces {
    pub(super) coming: mpsc::Receiver<Vec<u8>>,
    /// In what is still to come.
    pub(super) interest: Option<Interest>,
}

impl Pieces {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        self.coming.poll_recv(context).map(|piece| match piece {
            Some(piece) if piece.is_empty() => {
                self.interest.iter_mut().for_each(Interest::satisfied);
                None
            }
            Some(piece) => Some(frame(piece)),
            None => Some(Err(std::io::ErrorKind::UnexpectedEof.into())),
        })
    }
}

impl Outgoing {
    /// Nothing.
    pub(super) fn empty() -> Outgoing {
        Outgoing::Bytes(None)
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        match self.get_mut() {
            Outgoing::Bytes(bytes) => Poll::Ready(bytes.take().filter(|bytes| !bytes.is_empty()).map(frame)),
            Outgoing::Pieces(pieces) => pieces.poll_next(context),
            Outgoing::File(_, 0) => Poll::Ready(None),
            Outgoing::File(file, left) => {
                let mut chunk = vec![0; CHUNK.min(usize::try_from(*left).unwrap_or(CHUNK))];
                let mut buffer = ReadBuf::new(&mut chunk);
                match Pin::new(&mut **file).poll_read(context, &mut buffer) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                    Poll::Ready(Ok(())) => {}
                }
                let read = buffer.filled().len();
                if read == 0 {
                    // The file became shorter: the client must see that something is missing.
                    return Poll::Ready(Some(Err(std::io::ErrorKind::UnexpectedEof.into())));
                }
                chunk.truncate(read);
                *left -= read as u64;
                Poll::Ready(Some(frame(chunk)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Outgoing::Bytes(bytes) => bytes.as_ref().is_none_or(Vec::is_empty),
            Outgoing::File(_, left) => *left == 0,
            Outgoing::Pieces(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Outgoing::Bytes(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Vec::len) as u64),
            Outgoing::File(_, left) => SizeHint::with_exact(*left),
            Outgoing::Pieces(_) => SizeHint::default(),
        }
    }
}

fn frame<E>(bytes: Vec<u8>) -> Result<Frame<Bytes>, E> {
    Ok(Frame::data(Bytes::from(bytes)))
}
