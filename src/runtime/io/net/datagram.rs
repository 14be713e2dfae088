//! UDP.

use std::net::SocketAddr;

use tokio::net::UdpSocket;

use super::address::NetworkCode;
use super::address::{describe, network_fault, resolve, shown, socket_fault};
use super::door::Door;
use crate::value::{Dict, Fault, Resource, ResourceKind, Value};
use crate::vm::{DataForm, Endpoint};

/// A bound socket.
pub(super) struct Datagrams {
    door: Door<UdpSocket>,
    own: SocketAddr,
}

impl Datagrams {
    /// Binds.
    pub(super) async fn bind(at: &Endpoint) -> Result<Datagrams, Fault> {
        let url = shown(at);
        let failed = |error: std::io::Error| socket_fault("bind to", &url, &error);
        let socket = UdpSocket::bind(resolve(at).await?.as_slice()).await.map_err(failed)?;
        let own = socket.local_addr().map_err(failed)?;
        Ok(Datagrams { door: Door::open(socket), own })
    }

    /// Sends one datagram.
    pub(super) async fn send(&self, data: &[u8], to: &Endpoint) -> Result<Value, Fault> {
        let url = shown(to);
        let sent = self.door.enter(|socket| async move {
            let addresses = resolve(to).await?;
            // A socket speaks one version of the protocol.
            let suitable = addresses.iter().find(|address| address.is_ipv4() == self.own.is_ipv4());
            let Some(address) = suitable else {
                let message = format!("Cannot send to {url}: it has no address of this socket's kind");
                return Err(network_fault(message, &url, NetworkCode::Connect));
            };
            socket.send_to(data, address).await.map_err(|error| socket_fault("send to", &url, &error))
        });
        Ok(Value::Int(sent.await? as i64))
    }

    /// The next datagram, cut to `max` bytes.
    pub(super) async fn receive(&self, max: usize, form: DataForm) -> Result<Value, Fault> {
        let receive = |socket: std::sync::Arc<UdpSocket>| async move {
            let mut data = vec![0; max];
            let received = socket.recv_from(&mut data).await;
            let (size, from) =
                received.map_err(|error| socket_fault("receive on", &self.own.to_string(), &error))?;
            data.truncate(size);
            Ok((data, from))
        };
        let (data, from) = self.door.enter(receive).await?;
        let mut dict = Dict::with_capacity(5);
        let size = data.len() as i64;
        dict.insert_text(
            "data",
            match form {
                DataForm::Bytes => Value::bytes(data),
                DataForm::Text => Value::text(String::from_utf8_lossy(&data).into_owned()),
            },
        );
        dict.insert_text("from", Value::text(from.to_string()));
        dict.insert_text("host", Value::text(from.ip().to_string()));
        dict.insert_text("port", Value::Int(from.port().into()));
        dict.insert_text("size", Value::Int(size));
        Ok(Value::dict(dict))
    }

    pub(super) fn close(&self) -> bool {
        self.door.close()
    }

    pub(super) fn info(&self) -> Value {
        describe(self.own, None)
    }
}

impl Resource for Datagrams {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("udpsocket")
    }

    fn text(&self) -> String {
        format!("<udpsocket {}>", self.own)
    }
}
