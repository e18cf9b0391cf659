//! Deadlines against real sockets on loopback, by a clock that stands still until a test moves it.

use std::{net::Ipv4Addr, sync::mpsc};

use futures_util::{SinkExt as _, StreamExt as _};
use poem::{
    Body, EndpointExt as _, Route, handler,
    web::{Data, websocket::WebSocket},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::{Notify, oneshot},
};

use super::*;
use crate::http::{BodyDeadline, serve_guarded};

const SHORT: Duration = Duration::from_millis(200);
/// A deadline that no test comes to.
const LONG: Duration = Duration::from_hours(24);

/// How often the clock is moved before a test says that nothing comes of it.
const PATIENCE: usize = 1_000;

/// The clock of the runtime, stopped: a machine that is busy makes nobody late.
struct Clock {
    _running: mpsc::Sender<()>,
}

impl Clock {
    fn stop() -> Self {
        tokio::time::pause();
        let (running, ended) = mpsc::channel();
        // A stopped clock jumps to the next deadline whenever everybody waits, also for the network; not while something runs beside.
        drop(tokio::task::spawn_blocking(move || {
            let _: Result<(), mpsc::RecvError> = ended.recv();
        }));
        Self { _running: running }
    }

    /// Lets time pass, and the server see it.
    async fn pass(&self, time: Duration) {
        tokio::time::advance(time).await;
        for _ in 0..16 {
            tokio::task::yield_now().await;
        }
    }
}

/// What a request that runs tells a test, and is told.
#[derive(Default)]
struct Work {
    begun: Notify,
    may_end: Notify,
}

#[handler]
fn hello() -> &'static str {
    "hello"
}

#[handler]
async fn upload(body: Body) -> Result<String> {
    Ok(body.into_bytes().await?.len().to_string())
}

/// Answers when it is told to; while it runs the client may be silent for as long as it likes.
#[handler]
async fn slow(work: Data<&Arc<Work>>) -> &'static str {
    work.begun.notify_one();
    work.may_end.notified().await;
    "done"
}

#[handler]
fn echo(socket: WebSocket) -> impl IntoResponse {
    socket.on_upgrade(|mut stream| async move {
        while let Some(Ok(message)) = stream.next().await {
            if stream.send(message).await.is_err() {
                return;
            }
        }
    })
}

#[handler]
fn endless() -> Vec<u8> {
    vec![b'x'; 64 << 20]
}

struct TestServer {
    address: SocketAddr,
    metrics: Metrics,
    work: Arc<Work>,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<io::Result<()>>,
}

impl TestServer {
    /// A server on a free port; `change` shortens some of its long deadlines.
    async fn start(change: impl FnOnce(&mut Deadlines, &mut Duration, &mut usize)) -> Self {
        Self::start_for(usize::MAX, TrustedProxies::default(), change).await
    }

    /// The same where one machine may hold so many connections, proxies apart.
    async fn start_for(
        each: usize,
        proxies: TrustedProxies,
        change: impl FnOnce(&mut Deadlines, &mut Duration, &mut usize),
    ) -> Self {
        let mut deadlines = Deadlines {
            head: LONG,
            keep_alive: LONG,
            write: LONG,
        };
        let (mut body, mut places) = (LONG, 16);
        change(&mut deadlines, &mut body, &mut places);
        let metrics = Metrics::new().expect("names differ");
        let connections = Connections {
            open: Arc::default(),
            places: Arc::new(Semaphore::new(places)),
            each,
            proxies,
            deadlines,
            metrics: metrics.clone(),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("free port");
        let address = listener.local_addr().expect("bound");
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        let work = Arc::<Work>::default();
        let routes = Route::new()
            .at("/", hello)
            .at("/upload", upload)
            .at("/slow", slow)
            .at("/endless", endless)
            .at("/echo", echo)
            .data(Arc::clone(&work));
        let body = BodyDeadline::of(body);
        let task = tokio::spawn(serve_guarded(listener, routes, connections, body, LONG, shutdown));
        Self {
            address,
            metrics,
            work,
            stop,
            task,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("listening")
    }

    /// Waits until so many connections are accepted.
    async fn accepted(&self, connections: i64) {
        while self.metrics.http_connections.get() < connections {
            tokio::task::yield_now().await;
        }
    }

    /// Lets time pass until the server gives a connection up: it may begin to wait only after the clock was first moved.
    async fn given_up(&self, clock: &Clock, reason: &str) {
        for _ in 0..PATIENCE {
            if self.timeouts(reason) > 0 {
                return;
            }
            clock.pass(SHORT).await;
        }
        panic!("nobody was given up for `{reason}`");
    }

    fn timeouts(&self, reason: &str) -> u64 {
        self.metrics.http_timeouts.with_label_values(&[reason]).get()
    }
}

/// Everything that the server sends until it closes the connection.
async fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset after the answer is a close as well.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What the server sends, up to these words.
async fn up_to(stream: &mut TcpStream, words: &str) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(words.as_bytes()) {
        assert_ne!(stream.read_buf(&mut bytes).await.expect("open"), 0, "closed before");
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_connection_that_sends_nothing_is_closed() {
    let clock = Clock::stop();
    let server = TestServer::start(|deadlines, _, _| deadlines.head = SHORT).await;
    let stream = server.connect().await;
    server.given_up(&clock, "head").await;
    assert_eq!(rest(stream).await, "");
    assert_eq!(server.timeouts("head"), 1);
}

#[tokio::test]
async fn a_head_that_arrives_byte_by_byte_is_not_waited_for() {
    let clock = Clock::stop();
    let server = TestServer::start(|deadlines, _, _| deadlines.head = SHORT).await;
    let mut stream = server.connect().await;
    let head = b"GET / HTTP/1.1\r\nhost: x\r\nx: ";
    let mut bytes = head.iter().chain(std::iter::repeat(&b'y'));
    while server.timeouts("head") == 0 {
        let byte = *bytes.next().expect("without end");
        // Whether it still arrives is the server's to say.
        let _: io::Result<()> = stream.write_all(&[byte]).await;
        clock.pass(SHORT / 20).await;
    }
    assert!(!rest(stream).await.starts_with("HTTP/1.1 200"));
    assert_eq!(server.timeouts("head"), 1);
}

#[tokio::test]
async fn an_answered_connection_is_closed_after_the_idle_time() {
    let clock = Clock::stop();
    let server = TestServer::start(|deadlines, _, _| deadlines.keep_alive = SHORT).await;
    let mut stream = server.connect().await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .expect("open");
    let answer = up_to(&mut stream, "hello").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.given_up(&clock, "idle").await;
    assert_eq!(rest(stream).await, "");
    assert_eq!(server.timeouts("idle"), 1);
}

#[tokio::test]
async fn a_running_request_is_not_interrupted() {
    let clock = Clock::stop();
    let server = TestServer::start(|deadlines, _, _| {
        deadlines.head = SHORT;
        deadlines.keep_alive = SHORT;
    })
    .await;
    let mut stream = server.connect().await;
    stream
        .write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .expect("open");
    server.work.begun.notified().await;
    clock.pass(SHORT * 4).await;
    server.work.may_end.notify_one();
    let answer = rest(stream).await;
    assert!(answer.ends_with("done"), "{answer}");
}

#[tokio::test]
async fn a_web_socket_may_be_silent_longer_than_http() {
    let clock = Clock::stop();
    let server = TestServer::start(|deadlines, _, _| {
        deadlines.head = SHORT;
        deadlines.keep_alive = SHORT;
    })
    .await;
    let url = format!("ws://{}/echo", server.address);
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.expect("upgraded");
    clock.pass(SHORT * 3).await;
    socket.send("still there".into()).await.expect("open");
    let answer = socket.next().await.expect("open").expect("a message");
    assert_eq!(answer.into_text().expect("text").as_str(), "still there");
}

#[tokio::test]
async fn http2_without_tls_is_closed_at_once() {
    let server = TestServer::start(|_, _, _| {}).await;
    let mut stream = server.connect().await;
    for part in [&b"PR"[..], b"I * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        stream.write_all(part).await.expect("open");
    }
    assert_eq!(rest(stream).await, "");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_with_408() {
    let clock = Clock::stop();
    let server = TestServer::start(|_, body, _| *body = SHORT).await;
    let mut stream = server.connect().await;
    let head = b"POST /upload HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc";
    stream.write_all(head).await.expect("open");
    let answer = tokio::spawn(rest(stream));
    for _ in 0..PATIENCE {
        clock.pass(SHORT).await;
        if answer.is_finished() {
            break;
        }
    }
    assert!(answer.is_finished(), "the body is still waited for");
    let answer = answer.await.expect("no panic");
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn a_body_in_time_arrives_whole() {
    let server = TestServer::start(|_, _, _| {}).await;
    let mut stream = server.connect().await;
    let head = b"POST /upload HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 100000\r\n\r\n";
    stream.write_all(head).await.expect("open");
    stream.write_all(&[b'x'; 100_000]).await.expect("open");
    let answer = rest(stream).await;
    assert!(answer.ends_with("100000"), "{answer}");
}

#[tokio::test]
async fn a_client_that_takes_no_answer_is_dropped() {
    let clock = Clock::stop();
    let server = TestServer::start(|deadlines, _, _| deadlines.write = SHORT).await;
    let mut stream = server.connect().await;
    stream
        .write_all(b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .expect("open");
    while server.timeouts("write") == 0 {
        clock.pass(SHORT).await;
    }
    assert!(rest(stream).await.len() < 64 << 20);
}

#[tokio::test]
async fn further_connections_wait_until_one_ends() {
    let server = TestServer::start(|_, _, places| *places = 1).await;
    let first = server.connect().await;
    let mut second = server.connect().await;
    second
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .expect("queued by the system");
    server.accepted(1).await;
    assert_eq!(server.metrics.http_connections.get(), 1);
    drop(first);
    assert!(rest(second).await.ends_with("hello"));
}

#[tokio::test]
async fn a_stopped_server_finishes_the_running_request_and_closes_idle_connections() {
    let server = TestServer::start(|_, _, _| {}).await;
    let mut running = server.connect().await;
    running
        .write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .expect("open");
    let mut idle = server.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .expect("open");
    let mut first = [0; 8];
    idle.read_exact(&mut first).await.expect("answered");
    server.work.begun.notified().await;
    server.stop.send(()).expect("still serving");
    assert!(rest(idle).await.ends_with("hello"));
    server.work.may_end.notify_one();
    assert!(rest(running).await.ends_with("done"));
    server.task.await.expect("no panic").expect("served");
}

#[tokio::test]
async fn one_machine_does_not_take_the_places_of_all_others_and_a_proxy_of_ours_may() {
    let nobody = TrustedProxies::default();
    let server = TestServer::start_for(2, nobody, |_, _, _| {}).await;
    let (first, _second) = (server.connect().await, server.connect().await);
    // Both are accepted before the third comes.
    server.accepted(2).await;
    let mut third = server.connect().await;
    let mut end = Vec::new();
    let _ = third.read_to_end(&mut end).await;
    assert!(end.is_empty(), "closed without a word");
    drop(first);
    while server.metrics.http_connections.get() > 1 {
        tokio::task::yield_now().await;
    }
    let mut again = server.connect().await;
    again
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .await
        .expect("sent");
    again.read_to_end(&mut end).await.expect("answered");
    assert!(
        end.starts_with(b"HTTP/1.1 200"),
        "a place that was given back can be taken"
    );

    let proxies = ["127.0.0.1/32".parse().expect("a network")].into_iter().collect();
    let server = TestServer::start_for(1, proxies, |_, _, _| {}).await;
    let _held = server.connect().await;
    let mut another = server.connect().await;
    another
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .await
        .expect("sent");
    let mut answer = Vec::new();
    another.read_to_end(&mut answer).await.expect("answered");
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}
