//! `kmsprep endpoint`: asks a running `kmsprep serve` what happened, moves its clock, and stops it.

use super::serve::{PORT, control::EXIT_HEADER};
use super::{Edge, Exit, Failure, Format};
use clap::{Args, Subcommand};
use http::{Method, Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::json;
use std::io;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The variables that AWS clients read the address from, the more special one first.
const VARIABLES: [&str; 2] = ["AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL"];

/// How long to wait for the server, which may be running checks.
const PATIENCE: Duration = Duration::from_secs(60);

/// The largest answer that is read: a whole trail.
const LARGEST: usize = 256 << 20;

/// `kmsprep endpoint`.
#[derive(Debug, Args)]
pub(super) struct EndpointArgs {
    #[command(subcommand)]
    command: EndpointCommand,
    /// Where the server is; else AWS_ENDPOINT_URL_KMS, AWS_ENDPOINT_URL, or the port that `kmsprep serve` takes by itself
    #[arg(long, value_name = "URL", global = true)]
    endpoint_url: Option<String>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum EndpointCommand {
    /// What is served, and how the world stands
    Status,
    /// Lets time pass
    Advance {
        /// A span such as 90d, 12h or 1d12h, or a date such as 2026-03-01
        time: String,
    },
    /// The last calls; with `--format json` their records, as CloudTrail has them
    Trail {
        /// How many
        #[arg(long, value_name = "NUMBER")]
        last: Option<usize>,
        /// Only those whose records match a filter pattern of CloudWatch Logs
        #[arg(long, value_name = "PATTERN")]
        filter: Option<String>,
    },
    /// Why the last call that failed did, and what would let it succeed
    Why {
        /// Every statement of every policy
        #[arg(long)]
        whole: bool,
    },
    /// What the month costs
    Bill,
    /// Runs the scenario's checks in a copy of the world; exits with 0 if all pass
    Check,
    /// Begins again with the world as it was at first
    Reset,
    /// Stops the server
    Stop,
}

impl EndpointCommand {
    /// Method, path, query and body of the request for it.
    fn request(&self) -> (Method, &'static str, Vec<(&'static str, String)>, String) {
        let get = |path, query| (Method::GET, path, query, String::new());
        let post = |path, body: serde_json::Value| (Method::POST, path, Vec::new(), body.to_string());
        match self {
            EndpointCommand::Status => get("status", Vec::new()),
            EndpointCommand::Trail { last, filter } => {
                let last = last.map(|last| ("last", last.to_string()));
                get("trail", last.into_iter().chain(filter.clone().map(|filter| ("filter", filter))).collect())
            }
            EndpointCommand::Why { whole } => get("why", whole.then(|| ("whole", "1".to_owned())).into_iter().collect()),
            EndpointCommand::Bill => get("bill", Vec::new()),
            // A date has dashes, and a span has none.
            EndpointCommand::Advance { time } if time.contains('-') => post("advance", json!({"to": time})),
            EndpointCommand::Advance { time } => post("advance", json!({"by": time})),
            EndpointCommand::Check => post("check", json!({})),
            EndpointCommand::Reset => post("reset", json!({})),
            EndpointCommand::Stop => post("stop", json!({})),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// If no server answers.
pub(super) fn run(edge: &mut Edge, args: &EndpointArgs) -> Result<Exit, Failure> {
    let from_variables = || VARIABLES.iter().find_map(|name| std::env::var(name).ok().filter(|url| !url.is_empty()));
    let url = args.endpoint_url.clone().or_else(from_variables).unwrap_or_else(|| format!("http://127.0.0.1:{PORT}"));
    let (method, path, mut query, body) = args.command.request();
    if args.format == Format::Text {
        query.extend([("format", "text".to_owned()), ("width", edge.width.to_string())]);
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Failure::Io { doing: "start".to_owned(), source })?;
    let target = format!("/_kmsprep/{path}?{query}");
    let asking = ask(&url, method, &target, body);
    let answer = runtime.block_on(async { timeout(PATIENCE, asking).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) });
    let (exit, text) = answer.map_err(|error| unreachable_server(&url, &error))?;
    if exit == Exit::Unusable && args.format == Format::Text {
        edge.note(text.trim_end());
    } else {
        edge.print(&text)?;
    }
    Ok(exit)
}

fn unreachable_server(url: &str, error: &io::Error) -> Failure {
    Failure::Usage {
        message: format!("no kmsprep serve answers at {url}: {error}"),
        help: Some("start one with `kmsprep serve`, or say where it is with --endpoint-url".to_owned()),
    }
}

async fn ask(url: &str, method: Method, path: &str, body: String) -> io::Result<(Exit, String)> {
    let other = |error: &dyn std::fmt::Display| io::Error::other(error.to_string());
    let uri: Uri = url.parse().map_err(|error| other(&error))?;
    let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http")).ok_or_else(|| other(&"the address is no http:// URL"))?;
    let stream = TcpStream::connect((authority.host().trim_matches(['[', ']']), authority.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| other(&error))?;
    let driver = tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(http::header::HOST, authority.as_str())
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(Full::new(bytes::Bytes::from(body)))
        .map_err(|error| other(&error))?;
    let response = sender.send_request(request).await.map_err(|error| other(&error))?;
    let exit = response.headers().get(EXIT_HEADER).and_then(|exit| exit.to_str().ok()).map(str::to_owned);
    let exit = match exit.as_deref() {
        Some("0") => Exit::Passed,
        Some("1") => Exit::Failed,
        Some(_) => Exit::Unusable,
        None => return Err(other(&"what answers there is no kmsprep serve")),
    };
    let body = Limited::new(response.into_body(), LARGEST).collect().await.map_err(|error| other(&error))?.to_bytes();
    driver.abort();
    String::from_utf8(body.into()).map(|text| (exit, text)).map_err(|error| other(&error))
}
