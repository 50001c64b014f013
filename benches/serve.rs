//! Requests a second of `kmsprep serve`: a server of its own process, signed requests on one connection and on many, one after the
//! other on each. The generator signs each request once and sends the same bytes again and again, so that it costs little.
//!
//! `cargo bench --bench serve`, or `cargo bench --bench serve -- SECONDS`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a measurement stops when something is wrong"
)]
#![allow(clippy::disallowed_methods, reason = "only benches and the edge measure")]

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

struct Server {
    child: Child,
    settings: Value,
    started: Duration,
}

impl Server {
    fn start() -> Self {
        let begin = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_kmsprep"));
        command.args(["serve", "--port", "0", "--format", "json"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Server { child, settings: serde_json::from_str(&line).unwrap(), started: begin.elapsed() }
    }

    fn port(&self) -> u16 {
        u16::try_from(self.settings["port"].as_u64().unwrap()).unwrap()
    }

    fn memory_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or("VmRSS: 0");
        line.split_whitespace().nth(1).and_then(|number| number.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
    }

    /// A signed request as bytes.
    fn request(&self, operation: &str, members: &Value) -> Vec<u8> {
        let admin =
            self.settings["profiles"].as_array().unwrap().iter().find(|profile| profile["name"].as_str().unwrap().ends_with("Admin"));
        let (id, secret) = (admin.unwrap()["access_key_id"].as_str().unwrap(), admin.unwrap()["secret_access_key"].as_str().unwrap());
        let (body, host) = (members.to_string(), format!("127.0.0.1:{}", self.port()));
        let date = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now()).format("%Y%m%dT%H%M%SZ").to_string();
        let day = &date[..8];
        let names = "content-type;host;x-amz-date;x-amz-target";
        let target = format!("TrentService.{operation}");
        let canonical = format!(
            "POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:{host}\nx-amz-date:{date}\nx-amz-target:{target}\n\n{names}\n{}",
            hex(&Sha256::digest(&body))
        );
        let scope = format!("{day}/us-east-1/kms/aws4_request");
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let hmac = |key: &[u8], data: &str| Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(data).finalize().into_bytes();
        let key =
            ["us-east-1", "kms", "aws4_request"].iter().fold(hmac(format!("AWS4{secret}").as_bytes(), day), |key, part| hmac(&key, part));
        let signature = hex(&hmac(&key, &text));
        format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Date: {date}\r\nX-Amz-Target: {target}\r\nAuthorization: AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A connection that sends and reads whole answers.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Connection { stream, buffer: Vec::with_capacity(16 << 10) }
    }

    /// The body of the answer.
    async fn send(&mut self, request: &[u8]) -> &[u8] {
        self.stream.write_all(request).await.unwrap();
        self.buffer.clear();
        loop {
            assert!(self.stream.read_buf(&mut self.buffer).await.unwrap() > 0, "the server closed the connection");
            let Some(head) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let text = std::str::from_utf8(&self.buffer[..head]).unwrap();
            assert!(text.starts_with("HTTP/1.1 200"), "{}", String::from_utf8_lossy(&self.buffer));
            let length = text.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap().parse::<usize>().unwrap();
            if self.buffer.len() == head + 4 + length {
                return &self.buffer[head + 4..];
            }
        }
    }
}

/// Requests a second over so many connections.
async fn rate(port: u16, request: &[u8], connections: usize, time: Duration) -> f64 {
    let end = Instant::now() + time;
    let begin = Instant::now();
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let request = request.to_vec();
            tokio::task::spawn_local(async move {
                let mut connection = Connection::open(port).await;
                let mut count = 0_u32;
                while Instant::now() < end {
                    connection.send(&request).await;
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut total = 0;
    for task in tasks {
        total += task.await.unwrap();
    }
    f64::from(total) / begin.elapsed().as_secs_f64()
}

fn main() {
    let seconds = std::env::args().skip(1).find_map(|text| text.parse::<f64>().ok()).unwrap_or(3.0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, measure(Duration::from_secs_f64(seconds)));
}

async fn measure(time: Duration) {
    let server = Server::start();
    println!("from start to the settings: {:.1} ms", server.started.as_secs_f64() * 1000.0);
    let mut first = Connection::open(server.port()).await;
    let begin = Instant::now();
    let created: Value = serde_json::from_slice(first.send(&server.request("CreateKey", &json!({}))).await).unwrap();
    println!("first answer: {:.1} ms later; memory at rest: {:.1} MB", begin.elapsed().as_secs_f64() * 1000.0, server.memory_mb());
    let key = created["KeyMetadata"]["KeyId"].as_str().unwrap();
    let plaintext = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let encrypt = server.request("Encrypt", &json!({"KeyId": key, "Plaintext": plaintext}));
    let sealed: Value = serde_json::from_slice(first.send(&encrypt).await).unwrap();
    let cases = [
        ("Encrypt 32 B", encrypt),
        ("Decrypt", server.request("Decrypt", &json!({"CiphertextBlob": sealed["CiphertextBlob"]}))),
        ("GenerateDataKey", server.request("GenerateDataKey", &json!({"KeyId": key, "KeySpec": "AES_256"}))),
        ("CreateKey", server.request("CreateKey", &json!({}))),
    ];
    println!("{:16} {:>14} {:>14}", "requests/s", "1 connection", "32 connections");
    for (name, request) in &cases {
        // An account has at most 100,000 keys in a Region.
        let time = if *name == "CreateKey" { time / 3 } else { time };
        let one = rate(server.port(), request, 1, time).await;
        let many = rate(server.port(), request, 32, time).await;
        println!("{name:16} {one:>14.0} {many:>14.0}");
    }
    let fresh = Server::start();
    let create = fresh.request("CreateKey", &json!({}));
    let mut connection = Connection::open(fresh.port()).await;
    for _ in 0..100_000 {
        connection.send(&create).await;
    }
    println!("memory with 100,000 keys: {:.1} MB", fresh.memory_mb());
}
