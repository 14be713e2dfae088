//! What scripts ask of the network below HTTP (STDLIB section 18).

use crate::value::Handle;

/// Where something is or is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// A name or an address.
    pub host: String,
    /// 0 lets the system choose, where something is to listen.
    pub port: u16,
}

/// In which form received data is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataForm {
    /// Text that never ends within a character.
    Text,
    /// Bytes.
    Bytes,
}

/// Requests about sockets. All but `Close` and `Info` answer with a promise that must be waited for. `ms` limits the wait:
/// TimeoutError.
#[derive(Debug)]
#[allow(missing_docs, reason = "STDLIB section 18")]
pub enum NetRequest {
    /// A tcplistener.
    Listen(Endpoint),
    /// A tcpstream.
    Accept { listener: Handle, ms: Option<u64> },
    /// A tcpstream.
    Connect { to: Endpoint, ms: Option<u64> },
    /// int: the bytes sent, which are all.
    Send { stream: Handle, data: Vec<u8>, ms: Option<u64> },
    /// At least one byte and at most `max`; null at the end.
    Receive { stream: Handle, max: usize, form: DataForm, ms: Option<u64> },
    /// A line without its end; null at the end.
    ReceiveLine { stream: Handle, ms: Option<u64> },
    /// A udpsocket.
    Bind(Endpoint),
    /// int: the bytes sent.
    SendTo { socket: Handle, data: Vec<u8>, to: Endpoint },
    /// {data, from, host, port, size}.
    ReceiveFrom { socket: Handle, max: usize, form: DataForm, ms: Option<u64> },
    /// array of addresses.
    Lookup(String),
    /// bool: false if it was closed.
    Close(Handle),
    /// {host, port, peer}.
    Info(Handle),
}
