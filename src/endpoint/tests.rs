//! Requests as clients send them, and what comes back.

use super::*;
use crate::cloud::{AccountId, Instant, Principal, Region, hex_digits, parse_instant};
use crate::iam::{Identity, Policy, PolicyKind};
use crate::rulebook::Rulebook;
use crate::services::sts::{self, Credential};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::Request;
use http::request::Parts;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;

const ACCOUNT: &str = "111122223333";
const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

fn account() -> AccountId {
    AccountId::parse(ACCOUNT).unwrap()
}

fn now() -> Instant {
    parse_instant("2026-03-01T12:00:00Z").unwrap()
}

fn world() -> World {
    let mut world = World::new(Rulebook::current(), parse_instant("2026-01-01").unwrap(), 1);
    let policies = vec![Arc::new(Policy::from_json(EVERYTHING, PolicyKind::Identity, "everything").unwrap())];
    let home = world.iam.account_mut(account());
    home.users.insert("Ana".into(), Identity { policies: policies.clone(), ..Identity::default() });
    home.roles.insert("Worker".into(), Identity { policies, ..Identity::default() });
    world
}

struct Server {
    gate: Arc<Gate>,
    endpoint: Endpoint,
}

impl Server {
    fn new(any_credentials: bool) -> Self {
        let world = world();
        let gate = Arc::new(Gate::new(&world, Settings { any_credentials, account: account(), region: Region::default_region() }));
        Server { endpoint: Endpoint::new(world, Arc::clone(&gate)), gate }
    }

    fn send(&mut self, request: Request<Bytes>) -> (u16, String) {
        let (parts, body) = request.into_parts();
        let response = match self.gate.admit(&parts, &body, IpAddr::V4(Ipv4Addr::LOCALHOST), now()) {
            Ok(call) => self.endpoint.perform(call).response(now()),
            Err((protocol, refusal)) => refused(protocol, &refusal, &self.gate.refused_id()),
        };
        assert!(response.headers().contains_key("x-amzn-requestid"));
        (response.status().as_u16(), String::from_utf8(response.into_body().to_vec()).unwrap())
    }

    fn kms(&mut self, credential: &Credential, operation: &str, members: &serde_json::Value) -> (u16, String) {
        self.send(signed(kms(operation, &members.to_string()), credential, "kms", "us-east-1", now()))
    }

    fn sts(&mut self, credential: &Credential, form: &str) -> (u16, String) {
        self.send(signed(form_of(form), credential, "sts", "us-east-1", now()))
    }
}

fn ana() -> Credential {
    sts::standing(&world().cloud.random, &Principal::user(account(), "Ana"))
}

fn worker() -> Credential {
    sts::standing(&world().cloud.random, &Principal::plain_session(account(), "Worker"))
}

fn kms(operation: &str, body: &str) -> Request<Bytes> {
    let target = format!("TrentService.{operation}");
    let request = Request::post("/").header("host", "localhost:4599").header("x-amz-target", target);
    request.header("content-type", "application/x-amz-json-1.1").body(Bytes::from(body.to_owned())).unwrap()
}

fn form_of(form: &str) -> Request<Bytes> {
    let request = Request::post("/").header("host", "localhost:4599").header("content-type", "application/x-www-form-urlencoded");
    request.body(Bytes::from(format!("{form}&Version=2011-06-15"))).unwrap()
}

/// The signature as a client computes it, written from AWS's description and apart from the code that verifies it.
fn signed(request: Request<Bytes>, credential: &Credential, service: &str, region: &str, at: Instant) -> Request<Bytes> {
    let (mut parts, body) = request.into_parts();
    let date = at.format("%Y%m%dT%H%M%SZ").to_string();
    parts.headers.insert("x-amz-date", date.parse().unwrap());
    if let Some(token) = &credential.session_token {
        parts.headers.insert("x-amz-security-token", token.parse().unwrap());
    }
    let (names, canonical) = canonical(&parts, &body);
    let day = at.format("%Y%m%d").to_string();
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex_digits(&Sha256::digest(canonical)));
    let hmac = |key: &[u8], data: &str| Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(data).finalize().into_bytes();
    let mut key = hmac(format!("AWS4{}", credential.secret_access_key).as_bytes(), &day);
    for part in [region, service, "aws4_request"] {
        key = hmac(&key, part);
    }
    let signature = hex_digits(&hmac(&key, &text));
    let header = format!("AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}", credential.access_key_id);
    parts.headers.insert("authorization", header.parse().unwrap());
    Request::from_parts(parts, body)
}

fn canonical(parts: &Parts, body: &[u8]) -> (String, String) {
    let mut names: Vec<&str> = parts.headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    let headers: String = names.iter().map(|name| format!("{name}:{}\n", parts.headers[*name].to_str().unwrap())).collect();
    let names = names.join(";");
    let hash = hex_digits(&Sha256::digest(body));
    let canonical = format!("{}\n/\n{}\n{headers}\n{names}\n{hash}", parts.method, parts.uri.query().unwrap_or_default());
    (names, canonical)
}

#[test]
fn a_signed_request_reaches_the_door_and_a_changed_one_does_not() {
    let mut server = Server::new(false);
    let (status, body) = server.kms(&ana(), "CreateKey", &json!({}));
    assert_eq!(status, 200, "{body}");
    let metadata: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(metadata["KeyMetadata"]["AWSAccountId"], ACCOUNT);
    assert!(metadata["KeyMetadata"]["CreationDate"].is_number());

    let (parts, _) = signed(kms("ListKeys", "{}"), &ana(), "kms", "us-east-1", now()).into_parts();
    let (status, body) = server.send(Request::from_parts(parts, Bytes::from_static(b"{\"Limit\":1}")));
    assert_eq!(status, 400);
    assert!(body.starts_with(r#"{"__type":"InvalidSignatureException","message":"The request signature we calculated"#), "{body}");
}

#[test]
fn every_way_to_sign_wrongly_has_awss_error() {
    let mut server = Server::new(false);
    let list = || kms("ListKeys", "{}");
    let wrong_secret = Credential { secret_access_key: "wrong".to_owned(), ..ana() };
    let unknown_key = Credential { access_key_id: "AKIAIOSFODNN7EXAMPLE".into(), ..ana() };
    let no_token = Credential { session_token: None, ..worker() };
    let foreign_token = Credential { session_token: Some("other".to_owned()), ..ana() };
    let late = now() - Duration::minutes(6);
    let cases = [
        (list(), "MissingAuthenticationTokenException", "Missing Authentication Token"),
        (signed(list(), &wrong_secret, "kms", "us-east-1", now()), "InvalidSignatureException", "does not match"),
        (signed(list(), &unknown_key, "kms", "us-east-1", now()), "UnrecognizedClientException", "is invalid."),
        (signed(list(), &no_token, "kms", "us-east-1", now()), "UnrecognizedClientException", "is invalid."),
        (signed(list(), &foreign_token, "kms", "us-east-1", now()), "UnrecognizedClientException", "is invalid."),
        (signed(list(), &ana(), "s3", "us-east-1", now()), "InvalidSignatureException", "correct service: 'kms'"),
        (signed(list(), &ana(), "kms", "us-east-9", now()), "InvalidSignatureException", "valid region"),
        (signed(list(), &ana(), "kms", "us-east-1", late), "InvalidSignatureException", "Signature expired: 20260301T115400Z"),
        (signed(list(), &ana(), "kms", "us-east-1", now() + Duration::minutes(6)), "InvalidSignatureException", "not yet current"),
    ];
    for (request, code, message) in cases {
        let (status, body) = server.send(request);
        assert_eq!(status, 400);
        assert!(body.contains(code) && body.contains(message), "{code}: {body}");
    }
    let incomplete = [
        ("Basic abc", "Unsupported AWS 'algorithm': 'Basic'."),
        ("AWS4-HMAC-SHA256", "requires 'Credential' parameter. Authorization header requires 'Signature' parameter."),
        ("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c", "exactly 5 slash-delimited elements"),
    ];
    for (header, message) in incomplete {
        let mut request = list();
        request.headers_mut().insert("authorization", header.parse().unwrap());
        request.headers_mut().insert("x-amz-date", "20260301T120000Z".parse().unwrap());
        let (status, body) = server.send(request);
        assert_eq!(status, 400);
        assert!(body.contains("IncompleteSignatureException") && body.contains(message), "{body}");
    }
}

#[test]
fn one_port_serves_all_regions() {
    let mut server = Server::new(false);
    server.kms(&ana(), "CreateKey", &json!({}));
    let keys = |server: &mut Server, region| server.send(signed(kms("ListKeys", "{}"), &ana(), "kms", region, now())).1;
    assert!(keys(&mut server, "us-east-1").contains("arn:aws:kms:us-east-1:"));
    assert!(keys(&mut server, "eu-central-1").contains(r#""Keys":[]"#));
}

#[test]
fn sts_answers_in_xml_and_its_credentials_work_until_they_expire() {
    let mut server = Server::new(false);
    let (status, body) = server.sts(&ana(), "Action=GetCallerIdentity");
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("<GetCallerIdentityResult>") && body.contains(&format!("<Arn>arn:aws:iam::{ACCOUNT}:user/Ana</Arn>")), "{body}");

    let role = format!("arn%3Aaws%3Aiam%3A%3A{ACCOUNT}%3Arole%2FWorker");
    let (status, body) = server.sts(&ana(), &format!("Action=AssumeRole&RoleArn={role}&RoleSessionName=now&DurationSeconds=900"));
    assert_eq!(status, 200, "{body}");
    // By the clock on the wall, not the world's, which shows the first of January.
    assert!(body.contains("<Expiration>2026-03-01T12:15:00Z</Expiration>"), "{body}");
    let element = |name: &str| {
        let (_, rest) = body.split_once(&format!("<{name}>")).unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    let session = Credential {
        access_key_id: element("AccessKeyId").into(),
        secret_access_key: element("SecretAccessKey"),
        session_token: Some(element("SessionToken")),
        expires: None,
        principal: Principal::root(account()),
    };
    let (_, body) = server.sts(&session, "Action=GetCallerIdentity");
    assert!(body.contains(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/Worker/now")), "{body}");
    server.endpoint.advance(Duration::seconds(900));
    let (status, body) = server.kms(&session, "ListKeys", &json!({}));
    assert_eq!((status, body.contains("ExpiredTokenException")), (400, true), "{body}");
    let (status, body) = server.sts(&session, "Action=GetCallerIdentity");
    assert_eq!((status, body.contains("<Code>ExpiredToken</Code>")), (403, true), "{body}");
    // The role's own profile never ends.
    assert_eq!(server.kms(&worker(), "ListKeys", &json!({})).0, 200);
}

#[test]
fn older_ways_to_reach_sts_work() {
    let mut server = Server::new(false);
    // The Region of the global endpoint.
    let request = signed(form_of("Action=GetCallerIdentity"), &ana(), "sts", "aws-global", now());
    assert!(server.send(request).1.contains("user/Ana"));
    // A POST with its parameters in the URL, as presigned ones have them.
    let request = Request::post("/?Action=GetCallerIdentity&Version=2011-06-15").header("host", "localhost").body(Bytes::new()).unwrap();
    assert!(Server::new(true).send(request).1.contains(":root"));
    let (status, body) = server.send(signed(kms("ListKeys", "{}"), &ana(), "kms", "aws-global", now()));
    assert_eq!((status, body.contains("valid region")), (400, true), "{body}");
}

#[test]
fn a_method_that_the_protocol_does_not_have_does_nothing() {
    let mut server = Server::new(true);
    for method in ["GET", "PUT", "DELETE", "FROBNICATE"] {
        let mut request = kms("CreateKey", "{}");
        *request.method_mut() = method.parse().unwrap();
        let (status, body) = server.send(request);
        assert_eq!((status, body.contains("UnknownOperationException")), (400, true), "{body}");
    }
    assert!(server.send(kms("ListKeys", "{}")).1.contains("\"Keys\":[]"));
}

#[test]
fn a_request_passes_the_vpc_endpoint_whose_id_its_host_begins_with() {
    let mut world = world();
    let policy = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:ListAliases","Resource":"*"}]}"#;
    let policy = Arc::new(Policy::from_json(policy, PolicyKind::Endpoint, "endpoint policy").unwrap());
    world.iam.add_endpoint("vpce-0123".into(), crate::iam::Endpoint { policy, vpc: "vpc-1".into() });
    let settings = Settings { any_credentials: true, account: account(), region: Region::default_region() };
    let gate = Arc::new(Gate::new(&world, settings));
    let mut server = Server { endpoint: Endpoint::new(world, Arc::clone(&gate)), gate };
    let mut through = |operation: &str| {
        let mut request = kms(operation, "{}");
        request.headers_mut().insert("host", "vpce-0123.localhost:4599".parse().unwrap());
        server.send(request)
    };
    assert_eq!(through("ListAliases").0, 200);
    let (status, body) = through("ListKeys");
    assert_eq!((status, body.contains("no VPC endpoint policy allows")), (400, true), "{body}");
}

#[test]
fn what_is_no_request_is_refused_in_the_protocol_it_was_meant_for() {
    let mut server = Server::new(true);
    for (operation, body, code) in [
        ("Nonsense", "{}", "UnknownOperationException"),
        ("ListKeys", "{", "SerializationException"),
        ("ListKeys", "[]", "SerializationException"),
        ("ListKeys", "{\"Limit\":1e999}", "SerializationException"),
        ("Encrypt", "{\"KeyId\":7,\"Plaintext\":\"aGk=\"}", "SerializationException"),
        ("Encrypt", "{\"KeyId\":\"k\",\"Plaintext\":\"*\"}", "SerializationException"),
        ("Encrypt", "{}", "ValidationException"),
        ("ListKeys", &"[".repeat(100_000), "SerializationException"),
    ] {
        let (status, answer) = server.send(kms(operation, body));
        assert_eq!(status, 400);
        assert!(answer.starts_with(&format!("{{\"__type\":\"{code}\"")), "{answer}");
    }
    for (form, code) in [("Action=Nonsense", "InvalidAction"), ("", "InvalidAction"), ("Action=AssumeRole", "ValidationError")] {
        let (status, answer) = server.send(form_of(form));
        assert_eq!(status, 400);
        assert!(answer.contains(&format!("<Type>Sender</Type><Code>{code}</Code>")), "{answer}");
    }
}

#[test]
fn any_credentials_are_the_account_that_they_name() {
    let mut server = Server::new(true);
    let arn = |server: &mut Server, id: &str| {
        let credential = Credential { access_key_id: id.into(), secret_access_key: "x".to_owned(), ..ana() };
        server.sts(&credential, "Action=GetCallerIdentity").1
    };
    assert!(arn(&mut server, "444455556666").contains("arn:aws:iam::444455556666:root"));
    assert!(arn(&mut server, "test").contains(&format!("arn:aws:iam::{ACCOUNT}:root")));
    let known = ana().access_key_id;
    assert!(arn(&mut server, &known).contains("user/Ana"));
    assert!(server.send(form_of("Action=GetCallerIdentity")).1.contains(&format!("arn:aws:iam::{ACCOUNT}:root")));
}

/// Entries kept in memory, as text.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Log for Lines {
    fn append(&mut self, entry: &Entry) -> std::io::Result<()> {
        self.0.lock().unwrap().push(serde_json::to_string(entry)?);
        Ok(())
    }
}

#[test]
fn a_journal_brings_back_the_same_world() {
    let lines = Lines::default();
    let mut server = Server::new(false);
    server.endpoint.keep(Box::new(lines.clone()));
    let (_, created) = server.kms(&ana(), "CreateKey", &json!({"Description": "kept"}));
    let created: Value = serde_json::from_str(&created).unwrap();
    let key = created["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
    // Draws from the stream, and changes nothing: it is not in the journal, and what follows must come out the same.
    let (_, encrypted) = server.kms(&ana(), "Encrypt", &json!({"KeyId": key, "Plaintext": "aGk="}));
    let grant = json!({"KeyId": key, "GranteePrincipal": format!("arn:aws:iam::{ACCOUNT}:role/Worker"), "Operations": ["Decrypt"]});
    server.kms(&ana(), "CreateGrant", &grant);
    server.endpoint.advance(Duration::days(3));
    server.kms(&ana(), "EnableKeyRotation", &json!({"KeyId": key}));
    server.sts(&ana(), &format!("Action=AssumeRole&RoleSessionName=one&RoleArn=arn:aws:iam::{ACCOUNT}:role/Worker"));
    server.kms(&ana(), "DisableKey", &json!({"KeyId": "no-such-key"}));
    server.endpoint.write_meter();
    let requests = |endpoint: &Endpoint| endpoint.world().cloud.meter.counts().map(|(_, count)| count).sum::<u64>();

    let mut again = Server::new(false);
    let written = lines.0.lock().unwrap().clone();
    assert_eq!(written.len(), 6, "{written:#?}");
    for line in &written {
        let entry: Entry = serde_json::from_str(line).unwrap();
        again.endpoint.replay(&entry).unwrap();
    }
    assert_eq!(again.endpoint.world().cloud.now(), server.endpoint.world().cloud.now());
    assert_eq!(requests(again.endpoint()), requests(server.endpoint()));
    for (operation, members) in [
        ("DescribeKey", json!({"KeyId": key})),
        ("ListGrants", json!({"KeyId": key})),
        ("GetKeyRotationStatus", json!({"KeyId": key})),
        ("GetKeyPolicy", json!({"KeyId": key})),
    ] {
        assert_eq!(again.kms(&ana(), operation, &members), server.kms(&ana(), operation, &members), "{operation}");
    }
    let ciphertext: Value = serde_json::from_str(&encrypted).unwrap();
    let (status, body) = again.kms(&worker(), "Decrypt", &json!({"CiphertextBlob": ciphertext["CiphertextBlob"]}));
    assert_eq!((status, body.contains("aGk=")), (200, true), "{body}");

    // A line that tells of another answer is noticed.
    let mut other = Server::new(false);
    let changed: Entry = serde_json::from_str(&written[0].replace("kept", "changed")).unwrap();
    assert_eq!(other.endpoint.replay(&changed), Err(Replay::Diverged("kms:CreateKey".to_owned())));
}

impl Server {
    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
}

/// A log that is full.
struct Full;

impl Log for Full {
    fn append(&mut self, _: &Entry) -> std::io::Result<()> {
        Err(std::io::ErrorKind::StorageFull.into())
    }
}

#[test]
fn what_cannot_be_kept_is_not_acknowledged() {
    let mut server = Server::new(false);
    server.endpoint.keep(Box::new(Full));
    for _ in 0..2 {
        let (status, body) = server.kms(&ana(), "CreateKey", &json!({}));
        assert_eq!((status, body.contains("KMSInternalException")), (500, true), "{body}");
    }
    assert_eq!(server.kms(&ana(), "ListKeys", &json!({})).0, 200);
}
