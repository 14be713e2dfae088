//! Sockets below HTTP (STDLIB section 18): what is asked of them.
//!
//! Rights are needed to open something. Whoever holds a handle may use it; sending to any address needs its own.

use super::answer::{self, Outcome};
use super::declare::plain;
use super::promise::handle;
use crate::value::{Fault, Value};
use crate::vm::{Answer, Call, Capability, DataForm, Endpoint, Native, NetRequest, Request};

/// How long connecting may take unless `timeout_ms` says otherwise.
const CONNECT_TIMEOUT: u64 = 10_000;
/// The most that one call receives.
const LARGEST: i64 = 64 << 20;

/// The natives of this family.
pub(super) const NATIVES: &[Native] = &[
    plain("tcp_listen(host: string, port: int, opts: dict = {}) -> tcplistener", "Listens.", |call| {
        call.options(2, &[])?;
        wait(NetRequest::Listen(endpoint(call, 0)?))
    })
    .needs(Capability::NetworkServer),
    plain("tcp_accept(l: tcplistener, opts: dict = {}) -> tcpstream", "The next connection.", |call| {
        let ms = call.options(1, &["timeout_ms"])?.milliseconds("timeout_ms")?;
        wait(NetRequest::Accept { listener: handle(call, 0), ms })
    }),
    plain("tcp_connect(host: string, port: int, opts: dict = {}) -> tcpstream", "Connects.", |call| {
        let ms = call.options(2, &["timeout_ms"])?.milliseconds("timeout_ms")?;
        wait(NetRequest::Connect { to: endpoint(call, 0)?, ms: Some(ms.unwrap_or(CONNECT_TIMEOUT)) })
    })
    .needs(Capability::NetworkClient),
    plain("dns_lookup(host: string) -> array", "The addresses of a name.", |call| {
        wait(NetRequest::Lookup(call.str(0).to_owned()))
    })
    .needs(Capability::NetworkClient),
    plain("tcp_send(s: tcpstream, data: string|bytes, opts: dict = {}) -> int", "Sends all.", |call| {
        let ms = call.options(2, &["timeout_ms"])?.milliseconds("timeout_ms")?;
        wait(NetRequest::Send { stream: handle(call, 0), data: data(call), ms })
    }),
    plain(
        "tcp_receive(s: tcpstream, max: int = 65536, opts: dict = {}) -> any",
        "What has come, as text; null at the end.",
        |call| receive(call, DataForm::Text),
    ),
    plain(
        "tcp_receive_bytes(s: tcpstream, max: int = 65536, opts: dict = {}) -> any",
        "What has come, as bytes; null at the end.",
        |call| receive(call, DataForm::Bytes),
    ),
    plain("tcp_read_line(s: tcpstream, opts: dict = {}) -> any", "The next line; null at the end.", |call| {
        let ms = call.options(1, &["timeout_ms"])?.milliseconds("timeout_ms")?;
        wait(NetRequest::ReceiveLine { stream: handle(call, 0), ms })
    }),
    plain("udp_bind(host: string, port: int) -> udpsocket", "A socket for datagrams.", |call| {
        wait(NetRequest::Bind(endpoint(call, 0)?))
    })
    .needs(Capability::NetworkServer),
    plain(
        "udp_send_to(u: udpsocket, data: string|bytes, host: string, port: int) -> int",
        "Sends.",
        |call| {
            let to = endpoint(call, 2)?;
            wait(NetRequest::SendTo { socket: handle(call, 0), data: data(call), to })
        },
    )
    .needs(Capability::NetworkClient),
    plain(
        "udp_receive_from(u: udpsocket, max: int = 65536, opts: dict = {}) -> dict",
        "The next datagram.",
        receive_from,
    ),
    plain("close tcp_close(h: tcplistener|tcpstream) -> bool", "Closes; false if it was closed.", close),
    plain("close udp_close(h: udpsocket) -> bool", "Closes; false if it was closed.", close),
    plain("info(h: tcplistener|tcpstream|udpsocket) -> dict", "{host, port, peer}.", |call| {
        Ok(Answer::ask(Request::Net(NetRequest::Info(handle(call, 0)).into())))
    }),
    plain(
        "tcp_set_nonblocking(x: tcplistener|tcpstream|udpsocket, flag: bool) -> bool",
        "No effect.",
        |_| answer::bool(true),
    ),
];

fn wait(request: NetRequest) -> Outcome {
    Ok(Answer::wait(Request::Net(request.into())))
}

fn close(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::ask(Request::Net(NetRequest::Close(handle(call, 0)).into())))
}

/// Host and port, as arguments from `at` on.
fn endpoint(call: &Call<'_>, at: usize) -> Result<Endpoint, Fault> {
    let port = call.int(at + 1);
    let port =
        u16::try_from(port).map_err(|_| call.value_fault(format!("port must be 0 to 65535, got {port}")))?;
    Ok(Endpoint { host: call.str(at).to_owned(), port })
}

fn data(call: &Call<'_>) -> Vec<u8> {
    match &call.args[1] {
        Value::Bytes(bytes) => bytes.to_vec(),
        _ => call.str(1).as_bytes().to_vec(),
    }
}

fn receive(call: &mut Call<'_>, form: DataForm) -> Outcome {
    let ms = call.options(2, &["timeout_ms"])?.milliseconds("timeout_ms")?;
    wait(NetRequest::Receive { stream: handle(call, 0), max: most(call)?, form, ms })
}

fn receive_from(call: &mut Call<'_>) -> Outcome {
    let options = call.options(2, &["timeout_ms", "binary"])?;
    let ms = options.milliseconds("timeout_ms")?;
    let form = if options.bool("binary", false)? { DataForm::Bytes } else { DataForm::Text };
    wait(NetRequest::ReceiveFrom { socket: handle(call, 0), max: most(call)?, form, ms })
}

fn most(call: &Call<'_>) -> Result<usize, Fault> {
    match call.int(1) {
        max @ 1..=LARGEST => Ok(max as usize),
        max => Err(call.value_fault(format!("max must be 1 to {LARGEST}, got {max}"))),
    }
}
