//! Certificates of servers.
//!
//! Owns: the way from the files that a script names to a TLS configuration. They are read when the server starts.

use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::runtime::failure::io_fault;
use crate::value::{ErrorKind, Fault};
use crate::vm::ServerKeys;

/// What connections of a server are encrypted with.
pub(super) async fn load(keys: &ServerKeys) -> Result<TlsAcceptor, Fault> {
    let (chain, key) = (read(&keys.certificate).await?, read(&keys.key).await?);
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
    let chain = chain.map_err(|error| no_pem(&keys.certificate, &error))?;
    if chain.is_empty() {
        return Err(no_pem(&keys.certificate, &pem::Error::NoItemsFound));
    }
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| no_pem(&keys.key, &error))?;
    let unusable = |error: rustls::Error| {
        let message = format!("tls: cannot use '{}' with '{}': {error}", keys.certificate, keys.key);
        Fault::new(ErrorKind::ValueError, message)
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(unusable)?.with_no_client_auth();
    let mut config = config.with_single_cert(chain, key).map_err(unusable)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn read(path: &str) -> Result<Vec<u8>, Fault> {
    tokio::fs::read(path).await.map_err(|error| io_fault("read file", path, &error))
}

fn no_pem(path: &str, error: &pem::Error) -> Fault {
    Fault::new(ErrorKind::ValueError, format!("tls: '{path}' is no usable PEM file: {error}"))
}

/// The encrypted connection, if the client comes to one in time.
pub(super) async fn encrypted(
    acceptor: &TlsAcceptor,
    stream: TcpStream,
    time: Duration,
) -> Option<TlsStream<TcpStream>> {
    tokio::time::timeout(time, acceptor.accept(stream)).await.ok()?.ok()
}
