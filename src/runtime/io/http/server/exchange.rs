//! One request and the answer that is owed to it.
//!
//! Invariant: the connection waits for exactly one answer and then, if it comes in pieces, for their end. When it stops
//! waiting, whoever was to answer is cancelled; when all who could answer are gone, it is told so.

use std::sync::{Arc, Weak};

use hyper::header::HeaderMap;
use hyper::http::request::Parts;
use hyper::{Method, Response, Uri};
use tokio::sync::{mpsc, oneshot};

use super::crowd::Member;
use super::file;
use super::outgoing::{Outgoing, Pieces};
use super::reply::{self, built};
use crate::runtime::failure::internal;
use crate::runtime::io::http::response::headers_value;
use crate::runtime::promise::{Hub, Promise, Ripple};
use crate::runtime::store::ContextId;
use crate::sync::Mutex;
use crate::value::{ErrorKind, Fault, Handle, Resource, ResourceKind, Shared, Value};
use crate::vm::{ReplyBody, ServerReply};

/// How many pieces of a body may wait to be sent.
const PIECES: usize = 8;

/// A request on its way to the script.
pub(super) struct Arrived {
    exchange: Arc<Exchange>,
    body: Vec<u8>,
    peer: Value,
}

impl Arrived {
    /// `[exchange, method, path, query, headers, body, remote]`: as it was sent; what it means is for the library to say.
    pub(super) fn into_value(self) -> Value {
        let Arrived { exchange, body, peer } = self;
        let method = Value::text(exchange.method.as_str());
        let path = Value::text(exchange.uri.path());
        let query = Value::text(exchange.uri.query().unwrap_or_default());
        let headers = headers_value(&exchange.headers);
        let exchange = Value::Handle(Handle::new(exchange));
        Value::array(vec![exchange, method, path, query, headers, Value::bytes(body), peer])
    }
}

/// What the script holds of a request.
pub(super) struct Exchange {
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) uri: Uri,
    answer: Mutex<Option<oneshot::Sender<Response<Outgoing>>>>,
    pieces: Mutex<Option<mpsc::Sender<Vec<u8>>>>,
    handler: Arc<Handler>,
    member: Arc<Member>,
}

/// Who answers, as far as that is known.
#[derive(Default)]
struct Handler(Mutex<Answerer>);

#[derive(Default)]
enum Answerer {
    #[default]
    Unknown,
    Bound(Shared<Promise>),
    /// Nobody waits for the answer any more.
    Void,
}

/// The connection's side: it waits.
pub(super) struct Waiting {
    answer: oneshot::Receiver<Response<Outgoing>>,
    interest: Interest,
}

/// That somebody waits for what a handler gives. When it goes before it is satisfied, the handler is cancelled.
pub(super) struct Interest(Option<(Arc<Handler>, Weak<Hub>)>);

impl Interest {
    /// The handler did what it was started for, and may go on if it likes.
    pub(super) fn satisfied(&mut self) {
        self.0 = None;
    }
}

impl Drop for Interest {
    fn drop(&mut self) {
        let Some((handler, hub)) = self.0.take() else { return };
        let before = std::mem::replace(&mut *handler.0.lock(), Answerer::Void);
        if let (Answerer::Bound(promise), Some(hub)) = (before, hub.upgrade()) {
            cancel(&promise, &hub);
        }
    }
}

impl Waiting {
    /// Both sides of an exchange.
    pub(super) fn new(
        head: Parts,
        body: Vec<u8>,
        peer: Value,
        member: Arc<Member>,
        hub: Weak<Hub>,
    ) -> (Arrived, Waiting) {
        let (send, answer) = oneshot::channel();
        let handler = Arc::new(Handler::default());
        let exchange = Exchange {
            method: head.method,
            headers: head.headers,
            uri: head.uri,
            answer: Mutex::new(Some(send)),
            pieces: Mutex::new(None),
            handler: Arc::clone(&handler),
            member,
        };
        let interest = Interest(Some((handler, hub)));
        (Arrived { exchange: Arc::new(exchange), body, peer }, Waiting { answer, interest })
    }

    /// The answer; none if nobody is left who could give it.
    pub(super) async fn answer(mut self) -> Option<Response<Outgoing>> {
        let mut answer = (&mut self.answer).await.ok()?;
        match answer.body_mut() {
            Outgoing::Pieces(pieces) => pieces.interest = Some(self.interest),
            Outgoing::Bytes(_) | Outgoing::File(..) => self.interest.satisfied(),
        }
        Some(answer)
    }
}

fn cancel(promise: &Shared<Promise>, hub: &Arc<Hub>) {
    let mut ripple = Ripple::default();
    ripple.cancel(promise, hub);
    ripple.run(hub, None);
}

impl Exchange {
    /// This context is that of whoever answers.
    pub(super) fn enter(&self, id: ContextId) {
        self.member.set_handler(id);
    }

    /// This promise is that of whoever answers.
    pub(super) fn bind(&self, promise: Shared<Promise>, hub: &Arc<Hub>) {
        promise.mark_awaited();
        let mut answerer = self.handler.0.lock();
        if matches!(*answerer, Answerer::Void) {
            drop(answerer);
            return cancel(&promise, hub);
        }
        *answerer = Answerer::Bound(promise);
    }

    /// Sends an answer; its status, or null if its body is to come in pieces.
    pub(super) fn answer(&self, reply: ServerReply) -> Result<Value, Fault> {
        let ServerReply { status, headers, body } = reply;
        match body {
            ReplyBody::Bytes(bytes) => self.send(built(status, &headers, Outgoing::Bytes(Some(bytes)))?),
            ReplyBody::Pieces => {
                let (send, receive) = mpsc::channel(PIECES);
                *self.pieces.lock() = Some(send);
                let pieces = Outgoing::Pieces(Pieces { coming: receive, interest: None });
                self.send(built(status, &headers, pieces)?).map(|_| Value::Null)
            }
            ReplyBody::File(_) => Err(internal("a file is not answered at once")),
        }
    }

    /// Sends a file, or what the request wants of it; the status.
    pub(super) async fn answer_file(&self, reply: ServerReply) -> Result<Value, Fault> {
        let ServerReply { status, headers, body } = reply;
        let ReplyBody::File(wanted) = body else { return Err(internal("an answer without file")) };
        let found = file::find(&wanted, self).await?;
        // What the script says about a file that is sent counts more than what is found.
        let all: Vec<(String, String)> = match found.is_file {
            true => reply::merged(found.headers, headers),
            false => found.headers,
        };
        let status = if found.status == 200 { status } else { found.status };
        self.send(built(status, &all, found.body)?)
    }

    fn send(&self, response: Response<Outgoing>) -> Result<Value, Fault> {
        let status = Value::Int(response.status().as_u16().into());
        let Some(answer) = self.answer.lock().take() else {
            return Err(Fault::new(ErrorKind::ValueError, "The request was answered already"));
        };
        // If nobody waits any more the answer is for nobody, which is no error of the handler.
        let _ = answer.send(response);
        Ok(status)
    }

    /// Sends a piece of a body, as soon as the client has taken enough of those before it. False if nobody reads it; an empty
    /// piece is the end.
    pub(super) async fn piece(&self, data: Vec<u8>) -> bool {
        let pieces = self.pieces.lock().clone();
        match pieces {
            Some(pieces) => pieces.send(data).await.is_ok(),
            None => false,
        }
    }
}

impl Resource for Exchange {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("httpexchange")
    }

    fn text(&self) -> String {
        format!("<httpexchange {} {}>", self.method, self.uri.path())
    }
}
