//! Server-sent events, one connection an operation (the "distinct connections" mode of graphql-sse).

use std::sync::Arc;
use std::time::Duration;

use async_graphql::futures_util::StreamExt;
use async_graphql::futures_util::stream::{self, BoxStream};
use async_graphql::parser::types::OperationType;
use async_graphql::{Executor, Response};
use bytes::Bytes;
use poem::Body;
use poem::http::StatusCode;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval_at, sleep_until, timeout};

use super::limits::coded;
use super::transport::{Api, EVENT_STREAM, Gate, Operation, body_of, protect, stopped};

/// Ends a stream. The empty data line makes browsers deliver the event.
const COMPLETE: &[u8] = b"event: complete\ndata: \n\n";
/// A comment, which clients skip.
const KEEP_ALIVE: &[u8] = b":\n\n";
/// Events that wait for a slow client before the operation itself has to wait.
const BUFFERED: usize = 8;

/// Runs an operation and answers each of its results as an event.
pub(crate) fn stream<E: Executor, G: Gate>(
    api: Arc<Api<E, G>>,
    operation: Operation,
    actor: G::Actor,
) -> poem::Response {
    let (sender, mut receiver) = mpsc::channel(BUFFERED);
    tokio::spawn(async move {
        // The client being gone is the ordinary end of a stream.
        let _gone = pump(&api, operation, &actor, &sender).await;
    });
    let events = stream::poll_fn(move |cx| receiver.poll_recv(cx));
    answer(Body::from_bytes_stream(events.map(Ok::<Bytes, std::io::Error>)))
}

/// A stream of one event, for an operation that was refused.
pub(crate) fn single(response: &Response) -> poem::Response {
    let mut text = next_event(response).to_vec();
    text.extend_from_slice(COMPLETE);
    answer(Body::from(text))
}

fn answer(body: Body) -> poem::Response {
    let mut response = poem::Response::builder()
        .status(StatusCode::OK)
        .content_type(EVENT_STREAM)
        .header("x-accel-buffering", "no")
        .body(body);
    protect(response.headers_mut());
    response
}

/// The client went away or does not read, or the stream is old.
struct Gone;

/// Results of an operation of any kind as a stream.
pub(crate) fn results<E: Executor, G: Gate>(
    api: &Arc<Api<E, G>>,
    operation: Operation,
) -> BoxStream<'static, Response> {
    match operation.kind {
        OperationType::Subscription => {
            api.gate.count(operation.kind, false);
            let results = api.schema.execute_stream(operation.request, None);
            let api = api.clone();
            results.map(move |response| api.bounded(response)).boxed()
        }
        OperationType::Query | OperationType::Mutation => {
            let api = api.clone();
            stream::once(async move { api.execute(operation).await }).boxed()
        }
    }
}

async fn pump<E: Executor, G: Gate>(
    api: &Arc<Api<E, G>>,
    operation: Operation,
    actor: &G::Actor,
    sender: &mpsc::Sender<Bytes>,
) -> Result<(), Gone> {
    let settings = &api.settings;
    let every = |period: Duration| interval_at(Instant::now() + period, period);
    let (mut recheck, mut keep_alive) = (every(settings.recheck), every(settings.keep_alive));
    let mut stopping = settings.stopping.clone();
    let mut results = results(api, operation);
    let old_at = Instant::now() + settings.lifetime;
    loop {
        let result = tokio::select! {
            () = sender.closed() => return Err(Gone),
            // Cut off and not completed: the client comes again.
            () = sleep_until(old_at) => return Err(Gone),
            () = stopped(&mut stopping) => break,
            _ = keep_alive.tick() => {
                send(sender, Bytes::from_static(KEEP_ALIVE), settings.send_deadline).await?;
                continue;
            }
            _ = recheck.tick() => None,
            result = results.next() => match result {
                Some(result) => Some(result),
                None => break,
            },
        };
        if !api.gate.still_holds(actor).await {
            let error = coded("UNAUTHENTICATED", "session has ended", None);
            let last = next_event(&Response::from_errors(vec![error]));
            send(sender, last, settings.send_deadline).await?;
            break;
        }
        if let Some(result) = result {
            send(sender, next_event(&result), settings.send_deadline).await?;
        }
    }
    send(sender, Bytes::from_static(COMPLETE), settings.send_deadline).await
}

async fn send(sender: &mpsc::Sender<Bytes>, event: Bytes, deadline: Duration) -> Result<(), Gone> {
    match timeout(deadline, sender.send(event)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Gone),
    }
}

fn next_event(response: &Response) -> Bytes {
    // JSON text has no line breaks, so one data line holds it.
    Bytes::from(format!("event: next\ndata: {}\n\n", body_of(response)))
}
