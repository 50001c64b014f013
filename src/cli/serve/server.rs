//! Sockets: connections, their limits, and the way of a request to the endpoint and back.

use super::connections::{Connections, Place};
use super::control::{self, Context};
use super::hosts::Hosts;
use crate::cli::edge;
use crate::cloud::Duration as Span;
use crate::endpoint::{Endpoint, Gate, Protocol, Refusal, RefusalKind, refused};
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, Semaphore, watch};
use tokio::time::{Instant, timeout};

/// The largest body that is read: eight times what any request to KMS needs.
const BODY_BYTES: usize = 1 << 20;

/// So much of a body needs no leave; beyond it all bodies share [`LARGE_BODIES`].
const SMALL_BODY: usize = 16 << 10;

/// Memory for all large bodies together, in KiB.
const LARGE_BODIES: usize = 64 << 10;

/// Memory for the head of a request.
const HEAD_BYTES: usize = 64 << 10;

/// The time that a client has to send the head of a request, and then its body.
const HEAD_TIME: Duration = Duration::from_secs(10);
const BODY_TIME: Duration = Duration::from_secs(10);

/// How much of a body that is too large is read and thrown away, and for how long.
const DRAIN_BYTES: usize = 16 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(2);

/// The time that open requests have when the server stops.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// All that requests share.
pub(super) struct Shared {
    pub(super) gate: Arc<Gate>,
    /// One after the other, in the order in which they came: the lock is fair.
    pub(super) endpoint: Mutex<Endpoint>,
    pub(super) hosts: Hosts,
    pub(super) context: Context,
    pub(super) connections: Connections,
    pub(super) bodies: Semaphore,
    /// Turns true when the server stops.
    pub(super) stop: watch::Sender<bool>,
    /// When the world's clock was moved last, if it runs.
    pub(super) clock: Option<std::sync::Mutex<Instant>>,
}

impl Shared {
    pub(super) fn new(endpoint: Endpoint, gate: Arc<Gate>, hosts: Hosts, context: Context, most: usize, running: bool) -> Self {
        Shared {
            gate,
            endpoint: Mutex::new(endpoint),
            hosts,
            context,
            connections: Connections::new(most),
            bodies: Semaphore::new(LARGE_BODIES),
            stop: watch::Sender::new(false),
            clock: running.then(|| std::sync::Mutex::new(Instant::now())),
        }
    }

    /// Lets the time pass that has passed outside, if the clock runs.
    pub(super) fn keep_time(&self, endpoint: &mut Endpoint) {
        let Some(last) = &self.clock else { return };
        let mut last = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = Instant::now();
        let passed = Span::from_std(now.duration_since(*last)).unwrap_or_default();
        // Whole milliseconds, as the journal has them; the rest waits for the next call.
        let whole = Span::milliseconds(passed.num_milliseconds());
        endpoint.pass(whole);
        *last += whole.to_std().unwrap_or_default();
    }
}

/// Serves until it is told to stop.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut stop = shared.stop.subscribe();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok((stream, peer)) => match shared.connections.enter() {
                Some(place) => drop(tokio::spawn(connection(stream, peer, place, Arc::clone(&shared)))),
                // Every connection is in the middle of a call: this one has to try again.
                None => drop(stream),
            },
            // No file descriptors left, most likely: connections that wait make room.
            Err(_) => {
                shared.connections.make_room();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
    drop(listener);
    let _ = timeout(GRACE, shared.connections.empty()).await;
}

async fn connection(stream: TcpStream, peer: SocketAddr, place: Arc<Place>, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let (shared, place) = (Arc::clone(&shared), Arc::clone(&place));
        async move { Ok::<_, Infallible>(answer(request, peer.ip(), &place, &shared).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .half_close(true)
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let mut stop = shared.stop.subscribe();
    let mut stopping = false;
    loop {
        tokio::select! {
            // Whatever a client does wrong on its connection is its own affair.
            _ = connection.as_mut() => break,
            () = place.evicted() => break,
            _ = stop.wait_for(|stop| *stop), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
    shared.connections.leave(&place);
}

async fn answer(request: Request<Incoming>, peer: IpAddr, place: &Place, shared: &Shared) -> Response<Full<Bytes>> {
    place.touch();
    let (parts, body) = request.into_parts();
    let response = match strangers(&parts, shared) {
        Some(refusal) => refusal,
        None => match read_body(&parts, body, shared).await {
            Err(refusal) => refusal,
            Ok(body) => {
                // From here on the answer is a matter of milliseconds, and nobody takes the connection away.
                let _working = place.work();
                route(parts, body, peer, shared).await
            }
        },
    };
    place.touch();
    response.map(Full::new)
}

/// Refuses what a web page in a browser sends, and requests for a host that is not this one: a name that somebody points here
/// (DNS rebinding).
fn strangers(parts: &Parts, shared: &Shared) -> Option<Response<Bytes>> {
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    let message = if parts.headers.contains_key(ORIGIN) {
        "Requests of web pages are not answered.".to_owned()
    } else if !host.is_some_and(|host| shared.hosts.allow(host)) {
        "This host name is not served here: see --allow-host of kmsprep serve.".to_owned()
    } else {
        return None;
    };
    let body = serde_json::json!({"__type": "AccessDeniedException", "Message": message}).to_string();
    Some(closing(StatusCode::FORBIDDEN, body))
}

async fn route(parts: Parts, body: Bytes, peer: IpAddr, shared: &Shared) -> Response<Bytes> {
    if let Some(path) = parts.uri.path().strip_prefix(control::PREFIX) {
        return control::answer(path, &parts, &body, shared).await;
    }
    match shared.gate.admit(&parts, &body, peer, edge::now()) {
        Ok(call) => {
            let answer = {
                let mut endpoint = shared.endpoint.lock().await;
                shared.keep_time(&mut endpoint);
                endpoint.perform(call)
            };
            answer.response(edge::now())
        }
        Err((protocol, refusal)) => refused(protocol, &refusal, &shared.gate.refused_id()),
    }
}

async fn read_body(parts: &Parts, body: Incoming, shared: &Shared) -> Result<Bytes, Response<Bytes>> {
    let protocol = if parts.headers.contains_key("x-amz-target") { Protocol::Json } else { Protocol::Query };
    let too_large = || {
        let refusal = Refusal::new(RefusalKind::TooLarge, format!("The body of a request has at most {BODY_BYTES} bytes."));
        let mut response = refused(protocol, &refusal, &shared.gate.refused_id());
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        response
    };
    let told = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let expected = told.is_none_or(|length| length <= BODY_BYTES as u64);
    let mut body = body;
    let collected = if expected { timeout(BODY_TIME, collect(&mut body, shared)).await } else { Ok(None) };
    if let Ok(None) = collected {
        // A client that is still sending would not read the answer.
        let _ = timeout(DRAIN_TIME, drain(&mut body)).await;
    }
    match collected {
        Ok(Some(Ok(bytes))) => Ok(bytes),
        Ok(Some(Err(_))) => Err(closing(StatusCode::BAD_REQUEST, String::new())),
        Ok(None) => Err(too_large()),
        Err(_) => {
            let body = serde_json::json!({"__type": "RequestTimeoutException", "message": "The body of the request did not come in time."});
            Err(closing(StatusCode::REQUEST_TIMEOUT, body.to_string()))
        }
    }
}

/// Reads the rest of a body, within limits, and forgets it.
async fn drain(body: &mut Incoming) {
    let mut rest = DRAIN_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        rest = rest.saturating_sub(length);
        if rest == 0 {
            return;
        }
    }
}

/// The bytes of a body; nothing for one that is too large.
async fn collect(body: &mut Incoming, shared: &Shared) -> Option<Result<Bytes, hyper::Error>> {
    let mut bytes = Vec::new();
    let mut leave = None;
    let mut room = SMALL_BODY;
    if body.is_end_stream() {
        return Some(Ok(Bytes::new()));
    }
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return Some(Err(error)),
        };
        let Ok(data) = frame.into_data() else { continue };
        if bytes.is_empty() && body.is_end_stream() && data.len() <= BODY_BYTES {
            return Some(Ok(data));
        }
        if bytes.len() + data.len() > BODY_BYTES {
            return None;
        }
        if bytes.len() + data.len() > room {
            // A large body takes its whole share at once, so that two of them cannot wait for each other.
            let share = u32::try_from(BODY_BYTES >> 10).unwrap_or(1024);
            leave = shared.bodies.acquire_many(share).await.ok();
            room = BODY_BYTES;
        }
        bytes.extend_from_slice(&data);
    }
    drop(leave);
    Some(Ok(bytes.into()))
}

fn closing(status: StatusCode, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
