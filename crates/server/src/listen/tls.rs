//! Certificates.

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use wikiward_farm::Coded;

/// Why TLS cannot be spoken.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read as PEM.
    #[error("{} holds no {what} in PEM form", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What was looked for.
        what: &'static str,
        /// Why.
        #[source]
        cause: rustls_pki_types::pem::Error,
    },
    /// Certificate and key do not fit.
    #[error("the certificate in {} cannot be used with its key", .0.display())]
    Unusable(PathBuf, #[source] rustls::Error),
}

impl Coded for TlsError {
    fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "tls_file",
            Self::Unusable(..) => "tls_unusable",
        }
    }
}

pub(super) fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, TlsError> {
    let unreadable = |file: &Path, what, cause| TlsError::File { file: file.to_owned(), what, cause };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|cause| unreadable(certificate, "certificate", cause))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|cause| unreadable(key, "private key", cause))?;
    let unusable = |error| TlsError::Unusable(certificate.to_owned(), error);
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
