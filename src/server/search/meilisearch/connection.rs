//! HTTP to the Meilisearch server, with a deadline for every request; the client of `meilisearch-sdk` itself has none.

use std::{io, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{AsyncRead, AsyncReadExt as _};
use http::{HeaderValue, Request, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use meilisearch_sdk::{
    errors::Error,
    request::{HttpClient, Method, parse_response},
};
use serde::{Serialize, de::DeserializeOwned};

/// Bytes of one answer: more than a search or a page of documents has.
const LARGEST_ANSWER: usize = 256 * 1024 * 1024;
/// Time in which a connection must stand.
const CONNECT: Duration = Duration::from_secs(3);

/// Connections to one server; clones share them.
#[derive(Clone)]
pub(super) struct Connection {
    http: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    authorization: Option<HeaderValue>,
    deadline: Duration,
}

/// The server cannot be reached, or not in time.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unreached(String);

impl Connection {
    /// Trusts the certificate authorities of the system.
    pub(super) fn new(key: Option<&str>, deadline: Duration) -> io::Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(CONNECT));
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider)?;
        let https = tls.https_or_http().enable_http1().wrap_connector(tcp);
        let authorization = match key {
            None => None,
            Some(key) => {
                let mut value = HeaderValue::from_str(&format!("Bearer {key}"))
                    .map_err(|_| io::Error::other("the key holds characters that no header can"))?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        Ok(Self {
            http: Client::builder(TokioExecutor::new()).build(https),
            authorization,
            deadline,
        })
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<(u16, Bytes), Unreached> {
        let exchange = async {
            let response = self.http.request(request).await.map_err(|error| causes(&error))?;
            let status = response.status().as_u16();
            let body = Limited::new(response.into_body(), LARGEST_ANSWER).collect().await;
            let body = body.map_err(|error| causes(error.as_ref()))?;
            Ok((status, body.to_bytes()))
        };
        match tokio::time::timeout(self.deadline, exchange).await {
            Ok(exchanged) => exchanged.map_err(Unreached),
            Err(_) => Err(Unreached(format!("no answer within {} s", self.deadline.as_secs()))),
        }
    }
}

/// An error with what caused it: the first alone says no more than that the connection failed.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Other(Box::new(error))
}

#[async_trait]
impl HttpClient for Connection {
    async fn stream_request<
        Query: Serialize + Send + Sync,
        Body: AsyncRead + Send + Sync + 'static,
        Output: DeserializeOwned + 'static,
    >(
        &self,
        url: &str,
        method: Method<Query, Body>,
        content_type: &str,
        expected_status_code: u16,
    ) -> Result<Output, Error> {
        let verb = match &method {
            Method::Get { .. } => http::Method::GET,
            Method::Post { .. } => http::Method::POST,
            Method::Patch { .. } => http::Method::PATCH,
            Method::Put { .. } => http::Method::PUT,
            Method::Delete { .. } => http::Method::DELETE,
        };
        // Nothing that is asked here has parameters in its URL, beside those that the URL holds already.
        debug_assert!(serde_json::to_value(method.query()).is_ok_and(|query| query.is_null()));
        let mut sent = Vec::new();
        if let Some(body) = method.into_body() {
            let mut body = Box::pin(body);
            body.read_to_end(&mut sent).await.map_err(other)?;
        }
        let mut request = Request::builder().method(verb).uri(url);
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization.clone());
        }
        if !sent.is_empty() {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        let request = request.body(Full::new(Bytes::from(sent))).map_err(other)?;
        let (status, body) = self.exchange(request).await.map_err(other)?;
        let body = match body.as_ref() {
            b"" => "null",
            text => std::str::from_utf8(text).map_err(other)?,
        };
        parse_response(status, expected_status_code, body, url.to_owned())
    }
}
