//! `kmsprep serve` as a process: what comes over its sockets, from clients and from others.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const LIST: &str = "{}";

/// A server that is running.
struct Server {
    child: Child,
    settings: Value,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kmsprep"));
        command.args(["serve", "--port", "0", "--format", "json"]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Server { child, settings: serde_json::from_str(&line).unwrap() }
    }

    /// One that takes any signature: what stands in requests here is not signed.
    fn open() -> Self {
        Server::start(&["--any-credentials"])
    }

    fn port(&self) -> u16 {
        u16::try_from(self.settings["port"].as_u64().unwrap()).unwrap()
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], self.port()))).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Sends bytes, and reads until the server closes.
    fn send(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // The server may close before all has been sent.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn call(&self, operation: &str, body: &str) -> String {
        self.send(request(operation, body).as_bytes())
    }

    fn control(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kmsprep"));
        command.arg("endpoint").args(arguments).args(["--endpoint-url", self.settings["endpoint_url"].as_str().unwrap()]);
        let output = command.env_remove("AWS_ENDPOINT_URL").output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    }

    /// The memory that the process has, in KiB.
    #[cfg(target_os = "linux")]
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn request(operation: &str, body: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: TrentService.{operation}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn a_request_is_answered_as_aws_answers() {
    let server = Server::open();
    let answer = server.call("CreateKey", r#"{"Description":"first"}"#);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let head = head.to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200 ok"), "{head}");
    for header in ["content-type: application/x-amz-json-1.1", "x-amzn-requestid: ", "date: ", "cache-control: no-cache"] {
        assert!(head.contains(header), "{header} in {head}");
    }
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["KeyMetadata"]["Description"], "first");
    let id = head.lines().find_map(|line| line.strip_prefix("x-amzn-requestid: ")).unwrap();
    let (code, trail) = server.control(&["trail", "--format", "json"]);
    assert_eq!((code, trail.contains(id)), (Some(0), true), "{trail}");
    // Operations without an answer have an empty body.
    let key = body["KeyMetadata"]["KeyId"].as_str().unwrap();
    let disabled = server.call("DisableKey", &format!(r#"{{"KeyId":"{key}"}}"#));
    assert!(disabled.to_ascii_lowercase().contains("content-length: 0") && disabled.ends_with("\r\n\r\n"), "{disabled}");
}

#[test]
fn requests_of_web_pages_and_for_other_hosts_are_refused() {
    let server = Server::open();
    let with = |host: &str, more: &str| {
        server.send(format!("POST /_kmsprep/reset HTTP/1.1\r\n{host}{more}Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes())
    };
    assert!(with("Host: 127.0.0.1:80\r\n", "").starts_with("HTTP/1.1 200"));
    for (host, more) in [
        ("Host: evil.example\r\n", ""),
        ("Host: 10.1.2.3\r\n", ""),
        ("", ""),
        ("Host: localhost\r\n", "Origin: http://evil.example\r\n"),
        ("Host: localhost\r\n", "Origin: null\r\n"),
    ] {
        let answer = with(host, more);
        assert!(answer.starts_with("HTTP/1.1 403") || answer.starts_with("HTTP/1.1 400"), "{host}{more}{answer}");
    }
    let named = Server::start(&["--any-credentials", "--allow-host", "host.docker.internal"]);
    let request = request("ListKeys", LIST).replace("localhost", "host.docker.internal:4599");
    assert!(named.send(request.as_bytes()).starts_with("HTTP/1.1 200"));
}

#[test]
fn only_who_knows_the_risk_serves_other_machines() {
    let output = Command::new(env!("CARGO_BIN_EXE_kmsprep")).args(["serve", "--address", "0.0.0.0", "--port", "0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("can be reached by other machines") && message.contains("--expose"), "{message}");
}

#[test]
fn garbage_and_half_requests_harm_nobody() {
    let server = Server::open();
    let mut garbage: Vec<Vec<u8>> = vec![
        b"\0\x01\x02\xff\xfe".to_vec(),
        b"GET".to_vec(),
        b"\r\n\r\n\r\n".to_vec(),
        b"POST / HTTP/9.9\r\n\r\n".to_vec(),
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n".to_vec(),
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n".to_vec(),
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_vec(),
        b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: TrentService.ListKeys\r\nContent-Length: 10\r\n\r\n{}".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        [b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ".to_vec(), vec![b'a'; 200_000], b"\r\n\r\n".to_vec()].concat(),
        [b"GET /".to_vec(), vec![b'a'; 200_000], b" HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()].concat(),
        (0..5_000)
            .map(|n| format!("X-{n}: y\r\n"))
            .fold(b"GET / HTTP/1.1\r\nHost: localhost\r\n".to_vec(), |all, line| [all, line.into_bytes()].concat()),
    ];
    // Bytes of a simple generator, the same at every run.
    let mut state = 1_u64;
    for _ in 0..200 {
        let bytes = (0..64).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        });
        garbage.push(bytes.collect());
    }
    for bytes in &garbage {
        let answer = server.send(bytes);
        assert!(!answer.starts_with("HTTP/1.1 5") && !answer.starts_with("HTTP/1.1 2"), "{}: {answer}", bytes.escape_ascii());
    }
    assert!(server.call("ListKeys", LIST).starts_with("HTTP/1.1 200"));
}

#[test]
fn a_large_body_and_one_without_end_are_refused() {
    let server = Server::open();
    let large = format!(r#"{{"Description":"{}"}}"#, "a".repeat(2 << 20));
    assert!(server.call("CreateKey", &large).starts_with("HTTP/1.1 413"));
    let mut stream = server.connect();
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: TrentService.CreateKey\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = [b"10000\r\n".to_vec(), vec![b' '; 0x10000], b"\r\n".to_vec()].concat();
    let sent = (0..10_000).take_while(|_| stream.write_all(&chunk).is_ok()).count();
    assert!(sent < 1_000, "{sent} chunks were taken");
    let within = format!(r#"{{"Description":"{}"}}"#, "a".repeat(900_000));
    assert!(server.call("CreateKey", &within).contains("ValidationException"));
}

#[test]
fn who_holds_connections_and_says_nothing_loses_them() {
    let server = Server::start(&["--any-credentials", "--connections", "64"]);
    let before = server.memory();
    let mut held: Vec<TcpStream> = Vec::new();
    for number in 0..3_000 {
        // Some say nothing, some stop in the middle of a head, some in the middle of a body.
        let Ok(mut stream) = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], server.port()))) else { continue };
        let _ = match number % 3 {
            0 => Ok(()),
            1 => stream.write_all(b"POST / HTTP/1.1\r\nHost: loc"),
            _ => stream.write_all(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"),
        };
        held.push(stream);
        if number % 100 == 0 {
            assert!(server.call("ListKeys", LIST).starts_with("HTTP/1.1 200"));
        }
    }
    assert!(server.memory() < before + 20_000, "{} KiB, and {before} before", server.memory());
}

#[test]
fn many_clients_are_served_at_once_and_each_in_order() {
    let server = Server::open();
    let key: Value = {
        let answer = server.call("CreateKey", "{}");
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    };
    let key = key["KeyMetadata"]["KeyId"].as_str().unwrap();
    std::thread::scope(|scope| {
        for client in 0..50 {
            let server = &server;
            scope.spawn(move || {
                let body = format!(r#"{{"KeyId":"{key}","TagKeys":[],"Tags":[{{"TagKey":"c{client}","TagValue":"v"}}]}}"#);
                assert!(server.call("TagResource", &body).starts_with("HTTP/1.1 200"));
                let list = server.call("ListResourceTags", &format!(r#"{{"KeyId":"{key}","Limit":50}}"#));
                assert!(list.contains(&format!("\"c{client}\"")), "{list}");
            });
        }
    });
}

#[cfg(unix)]
#[test]
fn a_killed_server_has_kept_what_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.jsonl");
    let arguments = ["--state", file.to_str().unwrap(), "--any-credentials"];
    let mut made = Vec::new();
    for round in 0..3 {
        let mut server = Server::start(&arguments);
        let listed = server.call("ListKeys", r#"{"Limit":1000}"#);
        for key in &made {
            assert!(listed.contains(key), "round {round}: {key} is lost");
        }
        for _ in 0..20 {
            let answer = server.call("CreateKey", "{}");
            let answer: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
            made.push(answer["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned());
        }
        server.child.kill().unwrap();
        server.child.wait().unwrap();
    }
    // A torn last line, as a machine that loses power leaves it, is cut off.
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, [&whole[..], b"{\"at\":17"].concat()).unwrap();
    assert_eq!(count(&Server::start(&arguments)), 60);
    assert_eq!(std::fs::read(&file).unwrap()[..whole.len()], whole[..]);
    // A line that was changed is told, with its place, and nothing is lost.
    let text = String::from_utf8(whole).unwrap().replacen("kms:CreateKey", "kms:CreateKeys", 1);
    std::fs::write(&file, &text).unwrap();
    assert_refused(&file, ":2: `kms:CreateKeys` is unknown");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    std::fs::write(&file, "something else\n").unwrap();
    assert_refused(&file, ":1: it is no state of kmsprep serve");
}

fn count(server: &Server) -> usize {
    server.call("ListKeys", r#"{"Limit":1000}"#).matches("\"KeyId\"").count()
}

#[cfg(unix)]
fn assert_refused(file: &Path, message: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kmsprep"));
    let output = command.args(["serve", "--port", "0", "--any-credentials", "--state"]).arg(file).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains(&format!("{}{message}", file.display())), "{told}");
}

#[test]
fn a_lab_is_served_explained_mended_and_checked() {
    let server = Server::start(&["--scenario", "disabled-key", "--set", "repair=rotate", "--any-credentials", "--account", "111111111111"]);
    let (code, verdict) = server.control(&["check"]);
    assert_eq!((code, verdict.contains("0 of 3 checks pass")), (Some(1), true), "{verdict}");
    let keys = server.call("ListKeys", "{}");
    let key = keys.split("\"KeyId\":\"").nth(1).unwrap().split('"').next().unwrap();
    let encrypt = format!(r#"{{"KeyId":"{key}","Plaintext":"aGk="}}"#);
    assert!(server.call("Encrypt", &encrypt).contains("DisabledException"));
    let (code, why) = server.control(&["why"]);
    assert_eq!(code, Some(0));
    assert!(why.contains("FAILED   kms:Encrypt (DisabledException)") && why.contains("the key is Disabled"), "{why}");
    server.call("EnableKey", &format!(r#"{{"KeyId":"{key}"}}"#));
    let (code, verdict) = server.control(&["check"]);
    assert_eq!((code, verdict.contains("3 of 3 checks pass")), (Some(0), true), "{verdict}");
    // The checks ran in a copy: what they did is not in the trail.
    let (_, trail) = server.control(&["trail"]);
    assert_eq!((trail.lines().filter(|line| line.starts_with("2026-01-01")).count(), trail.contains("EnableKey")), (3, true), "{trail}");
    let (_, status) = server.control(&["advance", "366d"]);
    assert!(status.contains("2027-01-02T00:00:00Z"), "{status}");
    let (_, rotated) = server.control(&["trail", "--format", "json", "--filter", "{ $.eventName = RotateKey }"]);
    assert!(rotated.contains("\"eventType\": \"AwsServiceEvent\""), "{rotated}");
    let (code, told) = server.control(&["advance", "2026-06-01"]);
    assert_eq!((code, told.contains("time does not run backwards")), (Some(2), true), "{told}");
    let (code, told) = server.control(&["advance", "9999999d"]);
    assert_eq!((code, told.contains("time ends with the year 9999")), (Some(2), true), "{told}");
    let (_, bill) = server.control(&["bill"]);
    // Of the month that the clock shows, in which the rotation of the year before is charged.
    assert!(bill.starts_with("2027-01, with all requests since 2026-01-01") && bill.contains("rotations"), "{bill}");
    server.control(&["reset"]);
    assert!(server.call("Encrypt", &encrypt).contains("DisabledException"));
    let (code, _) = server.control(&["stop"]);
    assert_eq!(code, Some(0));
    let (code, told) = server.control(&["status"]);
    assert_eq!((code, told.contains("no kmsprep serve answers")), (Some(2), true), "{told}");
}

#[test]
fn the_settings_are_what_a_shell_takes() {
    let folder = tempfile::tempdir().unwrap();
    let profiles = folder.path().join("my profiles");
    let mut command = Command::new(env!("CARGO_BIN_EXE_kmsprep"));
    command.args(["serve", "--port", "0", "--scenario", "disabled-key", "--set", "repair=enable", "--write-profiles"]).arg(&profiles);
    let mut child = command.env("COLUMNS", "80").stdout(Stdio::piped()).spawn().unwrap();
    let mut text = String::new();
    for line in BufReader::new(child.stdout.as_mut().unwrap()).lines() {
        text.push_str(&line.unwrap());
        text.push('\n');
        if text.contains("Ctrl-C") {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let port = text.split("127.0.0.1:").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let shown = text.replace(&port, "PORT").replace(folder.path().to_str().unwrap(), "DIR");
    insta::assert_snapshot!("settings of serve", shown);
    let config = std::fs::read_to_string(profiles.join("config")).unwrap().replace(&port, "PORT");
    let credentials = std::fs::read_to_string(profiles.join("credentials")).unwrap();
    insta::assert_snapshot!("profiles of serve", format!("{config}---\n{credentials}"));
    // Somebody's own file is left alone.
    std::fs::write(profiles.join("credentials"), "[default]\n").unwrap();
    let mut again = Command::new(env!("CARGO_BIN_EXE_kmsprep"));
    let output = again.args(["serve", "--port", "0", "--write-profiles"]).arg(&profiles).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("kmsprep did not write it"));
    assert_eq!(std::fs::read_to_string(profiles.join("credentials")).unwrap(), "[default]\n");
}
