//! Deadlines of connections: for the request head, for idling, and for taking the answer.
//!
//! The library's own timer is reset by any byte, so a client that sends one byte a second would
//! hold a connection for ever. Here the acceptor wraps each socket in a stream
//! that knows whether a request is running, which the outermost endpoint tells it.

use std::{
    collections::{HashMap, hash_map::Entry},
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use http::{StatusCode, uri::Scheme};
use poem::{
    Endpoint, IntoResponse, Request, Response, Result,
    listener::{Acceptor, TcpAcceptor},
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep, sleep_until},
};

use crate::{
    config::{self, TrustedProxies, line_behind},
    telemetry::Metrics,
};

/// How a client begins that speaks HTTP/2 without TLS (RFC 9113 §3.4). No browser does, and its
/// control frames would be ways around the deadlines, so such connections are closed.
const HTTP2_PREFACE: &[u8] = b"PRI *";

/// Pause after a failed accept, which mostly means that the process has no file handle left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The open connections.
#[derive(Clone)]
pub(super) struct Connections {
    open: Arc<Mutex<Open>>,
    places: Arc<Semaphore>,
    /// How many one machine may hold; proxies of our own, which stand for many, may hold all.
    each: usize,
    proxies: TrustedProxies,
    deadlines: Deadlines,
    metrics: Metrics,
}

/// The connections that are open now.
#[derive(Default)]
struct Open {
    /// By the client's socket address.
    activities: HashMap<SocketAddr, Arc<Activity>>,
    /// How many each line holds.
    held: HashMap<IpAddr, usize>,
}

/// How long a connection may take for what.
#[derive(Debug, Clone, Copy)]
struct Deadlines {
    head: Duration,
    keep_alive: Duration,
    write: Duration,
}

impl Connections {
    pub(super) fn new(config: &config::Http, proxies: &TrustedProxies, metrics: &Metrics) -> Self {
        Self {
            open: Arc::default(),
            places: Arc::new(Semaphore::new(config.max_connections.get().into())),
            each: config.max_connections_per_address.get().into(),
            proxies: proxies.clone(),
            deadlines: Deadlines {
                head: config.head(),
                keep_alive: config.keep_alive(),
                write: config.write(),
            },
            metrics: metrics.clone(),
        }
    }

    fn table(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn activity(&self, remote: &RemoteAddr) -> Option<Arc<Activity>> {
        let address = remote.as_socket_addr()?;
        self.table().activities.get(address).cloned()
    }

    /// Whether a machine holds all the connections that one may: nobody shuts out everybody else.
    fn is_full_for(&self, remote: &RemoteAddr) -> bool {
        let Some(address) = remote.as_socket_addr().map(SocketAddr::ip) else {
            return false;
        };
        let held = self
            .table()
            .held
            .get(&line_behind(address))
            .copied()
            .unwrap_or_default();
        held >= self.each && !self.proxies.contains(address)
    }
}

/// What happens on one connection; shared by its stream and its requests.
#[derive(Debug)]
struct Activity(Mutex<Phase>);

#[derive(Debug)]
struct Phase {
    /// Requests whose head has arrived and whose answer has not begun.
    running: usize,
    /// Whether any request head has arrived.
    used: bool,
    /// Whether HTTP has ended here and a WebSocket, with deadlines of its own, has begun.
    upgraded: bool,
    /// When the last answer went on its way, or the connection was opened.
    quiet_since: Instant,
    /// When the first byte of the next head arrived.
    head_since: Option<Instant>,
    /// The task that waits for bytes; it must look at its deadline again when that changes.
    reader: Option<Waker>,
}

impl Activity {
    fn new(now: Instant) -> Self {
        Self(Mutex::new(Phase {
            running: 0,
            used: false,
            upgraded: false,
            quiet_since: now,
            head_since: None,
            reader: None,
        }))
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Phase {
    /// Part of an answer went on its way.
    fn answered(&mut self) {
        self.quiet_since = Instant::now();
        self.head_since = None;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// When the connection must be closed, and why, unless something happens before. None while
    /// the server is at work or a WebSocket has taken over.
    fn deadline(&self, deadlines: Deadlines) -> Option<(Instant, &'static str)> {
        if self.upgraded || self.running > 0 {
            return None;
        }
        Some(match self.head_since {
            Some(since) => (since + deadlines.head, "head"),
            None if !self.used => (self.quiet_since + deadlines.head, "head"),
            None => (self.quiet_since + deadlines.keep_alive, "idle"),
        })
    }
}

/// Accepts connections, at most so many at a time, and watches over them.
pub(super) struct GuardedAcceptor {
    inner: TcpAcceptor,
    connections: Connections,
}

impl GuardedAcceptor {
    pub(super) fn new(inner: TcpAcceptor, connections: &Connections) -> Self {
        Self {
            inner,
            connections: connections.clone(),
        }
    }
}

impl Acceptor for GuardedAcceptor {
    type Io = GuardedStream;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.inner.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(GuardedStream, LocalAddr, RemoteAddr, Scheme)> {
        let place = Arc::clone(&self.connections.places)
            .acquire_owned()
            .await
            .map_err(io::Error::other)?;
        loop {
            let (socket, local, remote, scheme) = match self.inner.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(kind = ?error.kind(), "accept failed");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    return Err(error);
                }
            };
            if self.connections.is_full_for(&remote) {
                self.connections
                    .metrics
                    .http_timeouts
                    .with_label_values(&["crowd"])
                    .inc();
                continue;
            }
            // Answers are written whole, so waiting for more to send only delays them.
            socket.set_nodelay(true)?;
            let stream = GuardedStream::new(socket, &remote, self.connections.clone(), place);
            return Ok((stream, local, remote, scheme));
        }
    }
}

/// A socket that fails with [`io::ErrorKind::TimedOut`] when its client is too slow.
pub(super) struct GuardedStream {
    inner: TcpStream,
    remote: Option<SocketAddr>,
    activity: Arc<Activity>,
    connections: Connections,
    read_timer: Pin<Box<Sleep>>,
    /// How many bytes of [`HTTP2_PREFACE`] the client began with; none once it sent another.
    preface: Option<usize>,
    /// Runs while the client takes nothing of what is to be written.
    write_timer: Option<Pin<Box<Sleep>>>,
    _place: OwnedSemaphorePermit,
}

impl GuardedStream {
    fn new(inner: TcpStream, remote: &RemoteAddr, connections: Connections, place: OwnedSemaphorePermit) -> Self {
        let now = Instant::now();
        let activity = Arc::new(Activity::new(now));
        let remote = remote.as_socket_addr().copied();
        if let Some(address) = remote {
            let mut open = connections.table();
            open.activities.insert(address, Arc::clone(&activity));
            *open.held.entry(line_behind(address.ip())).or_default() += 1;
        }
        connections.metrics.http_connections.inc();
        Self {
            inner,
            remote,
            activity,
            read_timer: Box::pin(sleep_until(now + connections.deadlines.head)),
            connections,
            preface: Some(0),
            write_timer: None,
            _place: place,
        }
    }

    /// Whether the bytes so far, of which `new` are the last, are the HTTP/2 preface.
    fn begins_http2(&mut self, new: &[u8]) -> bool {
        let Some(matched) = self.preface else {
            return false;
        };
        let rest = &HTTP2_PREFACE[matched..];
        let length = rest.len().min(new.len());
        if rest[..length] != new[..length] {
            self.preface = None;
            return false;
        }
        self.preface = Some(matched + length);
        length == rest.len()
    }

    /// The error to close the connection with, counted.
    fn timed_out(&self, reason: &'static str) -> io::Error {
        self.connections
            .metrics
            .http_timeouts
            .with_label_values(&[reason])
            .inc();
        io::Error::new(io::ErrorKind::TimedOut, reason)
    }

    /// Waits for the read deadline; an error when it has passed.
    fn poll_read_deadline(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            let now = Instant::now();
            let deadlines = self.connections.deadlines;
            let deadline = {
                let mut phase = self.activity.phase();
                phase.reader = Some(cx.waker().clone());
                phase.deadline(deadlines)
            };
            if let Some((at, reason)) = deadline
                && at <= now
            {
                return Poll::Ready(self.timed_out(reason));
            }
            // While a request runs nothing is due, but the timer keeps looking.
            let look_again = deadline.map_or(now + deadlines.head, |(at, _)| at);
            if self.read_timer.deadline() != look_again && (deadline.is_some() || self.read_timer.is_elapsed()) {
                self.read_timer.as_mut().reset(look_again);
            }
            ready!(self.read_timer.as_mut().poll(cx));
        }
    }

    /// Notes how a write went: progress renews the deadlines, a stall starts one.
    fn after_write<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.write_timer = None;
            self.activity.phase().answered();
            return outcome;
        }
        let limit = self.connections.deadlines.write;
        let timer = self
            .write_timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Err(self.timed_out("write")))
    }
}

impl Drop for GuardedStream {
    fn drop(&mut self) {
        self.connections.metrics.http_connections.dec();
        let Some(address) = self.remote else { return };
        let mut open = self.connections.table();
        // The client may have opened its next connection from the same port already.
        let is_this = |activity: &Arc<Activity>| Arc::ptr_eq(activity, &self.activity);
        if open.activities.get(&address).is_some_and(is_this) {
            open.activities.remove(&address);
        }
        if let Entry::Occupied(mut held) = open.held.entry(line_behind(address.ip())) {
            *held.get_mut() = held.get().saturating_sub(1);
            if *held.get() == 0 {
                held.remove();
            }
        }
    }
}

impl AsyncRead for GuardedStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        if let Poll::Ready(outcome) = Pin::new(&mut self.inner).poll_read(cx, buf) {
            let new = &buf.filled()[before..];
            if self.begins_http2(new) {
                return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
            }
            let mut phase = self.activity.phase();
            if !new.is_empty() && phase.running == 0 {
                phase.head_since.get_or_insert_with(Instant::now);
            }
            drop(phase);
            // A client that is never out of bytes must not outrun its deadline.
            return match self.poll_read_deadline(cx) {
                Poll::Ready(error) => Poll::Ready(Err(error)),
                Poll::Pending => Poll::Ready(outcome),
            };
        }
        self.poll_read_deadline(cx).map(Err)
    }
}

impl AsyncWrite for GuardedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.after_write(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.after_write(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// The outermost endpoint: it tells the connection when a request runs.
pub(super) struct GuardedEndpoint<E> {
    inner: E,
    connections: Connections,
}

impl<E> GuardedEndpoint<E> {
    pub(super) fn new(inner: E, connections: Connections) -> Self {
        Self { inner, connections }
    }
}

impl<E: Endpoint> Endpoint for GuardedEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let running = self.connections.activity(request.remote_addr()).map(Running::begin);
        let answer = self.inner.call(request).await.map(IntoResponse::into_response);
        if let (Some(running), Ok(response)) = (&running, &answer)
            && response.status() == StatusCode::SWITCHING_PROTOCOLS
        {
            running.0.phase().upgraded = true;
        }
        answer
    }
}

/// A request that runs; it ends when this is dropped, also when the client has gone.
struct Running(Arc<Activity>);

impl Running {
    fn begin(activity: Arc<Activity>) -> Self {
        let mut phase = activity.phase();
        phase.running += 1;
        phase.used = true;
        phase.head_since = None;
        drop(phase);
        Self(activity)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut phase = self.0.phase();
        phase.running = phase.running.saturating_sub(1);
        phase.answered();
    }
}

#[cfg(test)]
mod tests;
