//! Deadline of request bodies.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use http::{StatusCode, header};
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response, Result};
use tokio::time::{Instant, timeout};

use crate::config;

/// Refuses request bodies that arrive too slowly, with status 408.
///
/// A body has the configured seconds and one more for each so many bytes that have arrived, so a
/// large file over a slow line is taken while a byte a second is not. Only the time spent waiting
/// for the client counts.
#[derive(Debug, Clone, Copy)]
pub struct BodyDeadline {
    grace: Duration,
    bytes_per_second: u32,
}

impl BodyDeadline {
    /// The deadline that `config` sets.
    #[must_use]
    pub fn new(config: &config::Http) -> Self {
        Self {
            grace: config.body(),
            bytes_per_second: config.body_bytes_per_second.get(),
        }
    }

    /// A deadline of `grace` and the default rate.
    #[cfg(test)]
    pub(super) fn of(grace: Duration) -> Self {
        Self {
            grace,
            bytes_per_second: 8192,
        }
    }

    /// Time that a client may have made us wait for `received` bytes and the ones after.
    fn allowance(self, received: u64) -> Duration {
        self.grace + Duration::from_secs(received / u64::from(self.bytes_per_second))
    }

    /// `body`, ending in an error when it is late; `late` then says so.
    fn watch(self, body: Body, late: Arc<AtomicBool>) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let chunks = Box::pin(body.into_bytes_stream());
        let start = (chunks, 0_u64, Duration::ZERO);
        stream::try_unfold(start, move |(mut chunks, received, waited)| {
            let late = Arc::clone(&late);
            async move {
                let asked = Instant::now();
                let left = self.allowance(received).saturating_sub(waited);
                let Ok(chunk) = timeout(left, chunks.next()).await else {
                    late.store(true, Ordering::Relaxed);
                    return Err(io::Error::from(io::ErrorKind::TimedOut));
                };
                let waited = waited + asked.elapsed();
                match chunk.transpose()? {
                    Some(chunk) => {
                        let received = received + chunk.len() as u64;
                        Ok(Some((chunk, (chunks, received, waited))))
                    }
                    None => Ok(None),
                }
            }
        })
    }
}

impl<E: Endpoint> Middleware<E> for BodyDeadline {
    type Output = BodyDeadlineEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        BodyDeadlineEndpoint { inner, deadline: *self }
    }
}

/// An endpoint behind a [`BodyDeadline`].
#[derive(Debug)]
pub struct BodyDeadlineEndpoint<E> {
    inner: E,
    deadline: BodyDeadline,
}

impl<E: Endpoint> Endpoint for BodyDeadlineEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let body = request.take_body();
        // An empty body stays as it is, so that extractors still see that it is empty.
        if body.is_empty() {
            request.set_body(body);
            return self.inner.call(request).await.map(IntoResponse::into_response);
        }
        let late = Arc::new(AtomicBool::new(false));
        let watched = self.deadline.watch(body, Arc::clone(&late));
        request.set_body(Body::from_bytes_stream(watched));
        let answer = self.inner.call(request).await;
        if late.load(Ordering::Relaxed) {
            return Ok(StatusCode::REQUEST_TIMEOUT
                .with_header(header::CONNECTION, "close")
                .into_response());
        }
        answer.map(IntoResponse::into_response)
    }
}
