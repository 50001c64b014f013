//! Signature Version 4 as the server sees it: what a request says of its signer, and whether that is true.
//!
//! Source: "Create a signed AWS API request" and "Elements of an AWS API request signature", IAM User Guide.

use super::refusal::{Refusal, RefusalKind};
use crate::cloud::{Duration, Instant, hex_digits};
use chrono::NaiveDateTime;
use hmac::{Hmac, KeyInit, Mac};
use http::request::Parts;
use sha2::{Digest, Sha256};

/// How far a request's date may be from the server's clock.
///
/// Source: "Elements of an AWS API request signature", IAM User Guide: requests expire after five minutes.
const SKEW_MINUTES: i64 = 5;

/// The longest life of a presigned URL in seconds: seven days.
const PRESIGNED_MOST: i64 = 604_800;

/// What AWS says of a signature that is another than it should be.
const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and \
                        signing method. Consult the service documentation for details.";

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The parts that a signed request must have, as AWS names them when they are missing.
const PARTS: [&str; 3] = ["Credential", "Signature", "SignedHeaders"];

/// The signature of a request, and what it says of the signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The access key id.
    pub access_key_id: String,
    /// `20260115`.
    date: String,
    /// The Region that the request is for.
    pub region: String,
    /// The service that the request is for.
    pub service: String,
    /// The session token, of temporary credentials.
    pub token: Option<String>,
    /// When it was signed.
    time: Instant,
    /// The time as it was written.
    timestamp: String,
    signed_headers: Vec<String>,
    signature: String,
    /// Of a presigned URL the seconds for which it holds.
    expires: Option<i64>,
}

impl Signed {
    /// Reads the signature of a request from its `Authorization` header or its query. Nothing comes back for one that is not signed.
    ///
    /// # Errors
    /// If it is there and cannot be read.
    pub fn read(parts: &Parts) -> Result<Option<Self>, Refusal> {
        if let Some(header) = parts.headers.get(http::header::AUTHORIZATION) {
            let text = header.to_str().map_err(|_| incomplete("Authorization header is not ASCII."))?;
            return Signed::of_header(parts, text).map(Some);
        }
        let query: Vec<(String, String)> = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        if query.iter().any(|(name, _)| name == "X-Amz-Algorithm") { Signed::of_query(&query).map(Some) } else { Ok(None) }
    }

    fn of_header(parts: &Parts, header: &str) -> Result<Self, Refusal> {
        let (algorithm, rest) = header.split_once(' ').unwrap_or((header, ""));
        if algorithm != ALGORITHM {
            return Err(incomplete(format!("Unsupported AWS 'algorithm': '{algorithm}'.")));
        }
        let member = |name: &str| {
            let mut pairs = rest.split(',').filter_map(|pair| pair.trim().split_once('='));
            pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
        };
        let header_of = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let date = header_of("x-amz-date").or_else(|| header_of("date"));
        let found = PARTS.map(member);
        let mut missing: Vec<String> = PARTS
            .iter()
            .zip(&found)
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| format!("Authorization header requires '{name}' parameter."))
            .collect();
        if date.is_none() {
            missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.".to_owned());
        }
        let ([Some(credential), Some(signature), Some(headers)], Some(timestamp)) = (found, date) else {
            return Err(incomplete(format!("{} Authorization={algorithm}", missing.join(" "))));
        };
        Signed::new(&credential, signature, &headers, timestamp, header_of("x-amz-security-token"), None)
    }

    fn of_query(query: &[(String, String)]) -> Result<Self, Refusal> {
        let member = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let required = |name: &str| {
            member(name).ok_or_else(|| {
                incomplete(format!("AWS query-string parameters must include '{name}'. Re-examine the query-string parameters."))
            })
        };
        let algorithm = required("X-Amz-Algorithm")?;
        if algorithm != ALGORITHM {
            return Err(incomplete(format!("Unsupported AWS 'algorithm': '{algorithm}'.")));
        }
        let expires = member("X-Amz-Expires").map_or(Some(SKEW_MINUTES * 60), |text| text.parse().ok());
        let expires = expires.filter(|seconds| (1..=PRESIGNED_MOST).contains(seconds));
        let Some(expires) = expires else {
            return Err(incomplete(format!("X-Amz-Expires must be a number of seconds from 1 to {PRESIGNED_MOST}.")));
        };
        let (credential, headers) = (required("X-Amz-Credential")?, required("X-Amz-SignedHeaders")?);
        Signed::new(
            &credential,
            required("X-Amz-Signature")?,
            &headers,
            required("X-Amz-Date")?,
            member("X-Amz-Security-Token"),
            Some(expires),
        )
    }

    fn new(
        credential: &str,
        signature: String,
        headers: &str,
        timestamp: String,
        token: Option<String>,
        expires: Option<i64>,
    ) -> Result<Self, Refusal> {
        let parts: Vec<&str> = credential.split('/').collect();
        let [access_key_id, date, region, service, terminator] = parts.as_slice() else {
            return Err(incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
            )));
        };
        if *terminator != "aws4_request" {
            return Err(mismatch(format!("Credential should be scoped with a valid terminator: 'aws4_request', not '{terminator}'.")));
        }
        let time = NaiveDateTime::parse_from_str(&timestamp, "%Y%m%dT%H%M%SZ").map(|time| time.and_utc()).ok();
        let time = time.or_else(|| chrono::DateTime::parse_from_rfc2822(&timestamp).ok().map(|time| time.to_utc()));
        let Some(time) = time else {
            return Err(incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{timestamp}'. See http://en.wikipedia.org/wiki/ISO_8601"
            )));
        };
        let timestamp = time.format("%Y%m%dT%H%M%SZ").to_string();
        if time.format("%Y%m%d").to_string() != *date {
            return Err(mismatch(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{date}' != '{}', from '{timestamp}'.",
                time.format("%Y%m%d")
            )));
        }
        let signed_headers: Vec<String> = headers.split(';').map(str::to_ascii_lowercase).collect();
        if !signed_headers.iter().any(|name| name == "host") {
            return Err(mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."));
        }
        Ok(Signed {
            access_key_id: (*access_key_id).to_owned(),
            date: (*date).to_owned(),
            region: (*region).to_owned(),
            service: (*service).to_owned(),
            token,
            time,
            timestamp,
            signed_headers,
            signature,
            expires,
        })
    }

    /// Whether the request was signed with this secret, and lately enough.
    ///
    /// # Errors
    /// If not.
    pub fn verify(&self, parts: &Parts, body: &[u8], secret: &str, now: Instant) -> Result<(), Refusal> {
        self.fresh(now)?;
        let canonical = self.canonical_request(parts, body)?;
        let to_sign = format!("{ALGORITHM}\n{}\n{}\n{}", self.timestamp, self.scope(), hex_digits(&Sha256::digest(canonical.as_bytes())));
        let given = hex_signature(&self.signature);
        let mac = Hmac::<Sha256>::new_from_slice(&self.signing_key(secret)).ok().map(|mac| mac.chain_update(to_sign.as_bytes()));
        // The comparison takes the same time wherever the two differ.
        let holds = given.zip(mac).is_some_and(|(given, mac)| mac.verify_slice(&given).is_ok());
        if holds { Ok(()) } else { Err(mismatch(MISMATCH)) }
    }

    fn fresh(&self, now: Instant) -> Result<(), Refusal> {
        let basic = |time: Instant| time.format("%Y%m%dT%H%M%SZ").to_string();
        let skew = Duration::minutes(SKEW_MINUTES);
        let (earliest, latest) = (now - skew, now + skew);
        if let Some(seconds) = self.expires {
            let end = self.time + Duration::seconds(seconds);
            if end < now {
                return Err(mismatch(format!("Signature expired: {} is now earlier than {}", basic(end), basic(now))));
            }
        } else if self.time < earliest {
            return Err(mismatch(format!(
                "Signature expired: {} is now earlier than {} ({} - {SKEW_MINUTES} min.)",
                self.timestamp,
                basic(earliest),
                basic(now)
            )));
        }
        if self.time > latest {
            return Err(mismatch(format!(
                "Signature not yet current: {} is still later than {} ({} + {SKEW_MINUTES} min.)",
                self.timestamp,
                basic(latest),
                basic(now)
            )));
        }
        Ok(())
    }

    fn scope(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.date, self.region, self.service)
    }

    fn signing_key(&self, secret: &str) -> Vec<u8> {
        let steps = [self.date.as_str(), self.region.as_str(), self.service.as_str(), "aws4_request"];
        steps.iter().fold(format!("AWS4{secret}").into_bytes(), |key, step| {
            Hmac::<Sha256>::new_from_slice(&key)
                .map(|mac| mac.chain_update(step.as_bytes()).finalize().into_bytes().to_vec())
                .unwrap_or_default()
        })
    }

    fn canonical_request(&self, parts: &Parts, body: &[u8]) -> Result<String, Refusal> {
        let mut headers = String::new();
        for name in &self.signed_headers {
            let values: Vec<String> = parts.headers.get_all(name.as_str()).iter().map(|value| folded(value.as_bytes())).collect();
            if values.is_empty() {
                return Err(mismatch(format!("Header '{name}' is signed and was not sent.")));
            }
            headers.push_str(&format!("{name}:{}\n", values.join(",")));
        }
        Ok(format!(
            "{}\n{}\n{}\n{headers}\n{}\n{}",
            parts.method,
            canonical_path(parts.uri.path()),
            canonical_query(parts.uri.query().unwrap_or_default()),
            self.signed_headers.join(";"),
            hex_digits(&Sha256::digest(body))
        ))
    }
}

fn incomplete(message: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Incomplete, message)
}

fn mismatch(message: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Signature, message)
}

/// The bytes that 64 hexadecimal digits in lower case stand for, which is how a signature is written.
fn hex_signature(text: &str) -> Option<[u8; 32]> {
    (!text.bytes().any(|byte| byte.is_ascii_uppercase())).then(|| crate::cloud::hex_bytes(text)).flatten()
}

/// A header's value without spaces at its ends, and with single ones inside.
fn folded(value: &[u8]) -> String {
    String::from_utf8_lossy(value).split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// The path, normalised, and once more encoded: all services but S3 sign it so.
fn canonical_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    let end = if path.ends_with('/') && !segments.is_empty() { "/" } else { "" };
    let encoded: Vec<String> = segments.into_iter().map(encoded).collect();
    format!("/{}{end}", encoded.join("/"))
}

fn canonical_query(query: &str) -> String {
    let pairs = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "X-Amz-Signature");
    let mut pairs: Vec<(String, String)> = pairs.map(|(name, value)| (encoded(&name), encoded(&value))).collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Everything but the unreserved characters of RFC 3986 as `%XY`.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
