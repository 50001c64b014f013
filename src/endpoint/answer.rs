//! What goes back to a client, in the form of its protocol.

use super::gate::Target;
use super::refusal::{Protocol, Refusal};
use super::{json, query};
use crate::cloud::{ApiError, Instant, after, format_instant, parse_instant};
use crate::kms::Response;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, EXPIRES, PRAGMA};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

/// The outcome of a call.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What was asked for.
    pub target: Target,
    pub(super) outcome: Result<Body, ApiError>,
    /// The id of the request, which the trail has too.
    pub request_id: String,
    /// The world's time at the call.
    pub(super) world_time: Instant,
}

/// What a call gave back.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Kms(Response),
    Sts(Value),
}

impl Answer {
    /// The response to send, at a time of the wall clock.
    ///
    /// Clients compare when credentials end with their own clock. So that is told as far from their time as it is from the world's.
    #[must_use]
    pub fn response(&self, now: Instant) -> http::Response<Bytes> {
        let (status, body) = match (&self.outcome, self.target) {
            // Operations that give nothing back have an empty body in AWS's answers, not an empty object.
            (Ok(Body::Kms(Response::Empty)), _) => (200, Vec::new()),
            (Ok(body), Target::Kms(_)) => (200, json::result_body(body.to_json())),
            (Ok(body), Target::Sts(name)) => {
                let mut result = body.to_json();
                if let Some(end) = result.pointer_mut("/Credentials/Expiration") {
                    let left = end.as_str().and_then(parse_instant).map(|end| end - self.world_time);
                    *end = left.map_or(Value::Null, |left| Value::from(format_instant(after(now, left))));
                }
                (200, query::result_body(name, &result, &self.request_id))
            }
            (Err(error), target) => (error.http_status, error_body(error, target.protocol(), &self.request_id)),
        };
        respond(status, self.target.protocol(), body, &self.request_id)
    }
}

/// The response to a request that was turned away.
#[must_use]
pub fn refused(protocol: Protocol, refusal: &Refusal, request_id: &str) -> http::Response<Bytes> {
    let error = refusal.error(protocol);
    respond(error.http_status, protocol, error_body(&error, protocol, request_id), request_id)
}

fn error_body(error: &ApiError, protocol: Protocol, request_id: &str) -> Vec<u8> {
    match protocol {
        Protocol::Json => json::error_body(error),
        Protocol::Query => query::error_body(error, request_id),
    }
}

fn respond(status: u16, protocol: Protocol, body: Vec<u8>, request_id: &str) -> http::Response<Bytes> {
    let mut response = http::Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static(match protocol {
            Protocol::Json => json::CONTENT_TYPE,
            Protocol::Query => query::CONTENT_TYPE,
        }),
    );
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static("x-amzn-requestid"), id);
    }
    if protocol == Protocol::Json {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, must-revalidate, private"));
        headers.insert(EXPIRES, HeaderValue::from_static("0"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    }
    response
}
