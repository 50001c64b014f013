//! The control interface: what a lab needs of a served world besides AWS's own API, under a path that AWS does not use.
//!
//! ```text
//! GET  /_kmsprep/status             what is served, and how the world stands
//! POST /_kmsprep/advance {"by"}     lets time pass: `30d`, or {"to"}: a date
//! GET  /_kmsprep/trail              the last calls, or records of CloudTrail
//! GET  /_kmsprep/why                why the last call that failed did
//! GET  /_kmsprep/bill               what the month costs
//! POST /_kmsprep/check              runs the scenario's checks in a copy of the world
//! POST /_kmsprep/reset              begins again
//! POST /_kmsprep/stop               stops the server
//! ```
//!
//! Answers are JSON, or with `?format=text` what `kmsprep endpoint` prints, laid out for `?width=`. The header `x-kmsprep-exit`
//! has the exit code that goes with it.

use super::origin::Made;
use super::server::Shared;
use crate::authz::change::{Attempt, Wanted, suggest};
use crate::cli::Exit;
use crate::cloud::{Detail, Event, FilterPattern, Reason, after, format_duration, format_instant, parse_duration, parse_instant};
use crate::endpoint::{Call, Target};
use crate::kms::{KeyState, Request};
use crate::render::{self, AuthzReport, Report};
use crate::scenario::{Instance, bill, review, run as run_checks};
use crate::services::{self, World};
use bytes::Bytes;
use chrono::Datelike as _;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What the paths begin with.
pub(super) const PREFIX: &str = "/_kmsprep/";

/// The header with the exit code that goes with an answer.
pub(in crate::cli) const EXIT_HEADER: &str = "x-kmsprep-exit";

/// Calls that the trail shows, if nobody says how many.
const LAST: usize = 20;

/// What answers need besides the world.
pub(super) struct Context {
    pub(super) made: Made,
    /// What is served, for people.
    pub(super) title: String,
    /// Whether the clock runs.
    pub(super) running: bool,
}

/// An answer, in both forms.
struct Told {
    exit: Exit,
    text: String,
    json: Value,
}

/// What the query of a request asks for.
struct Asked {
    text: bool,
    width: usize,
    values: BTreeMap<String, String>,
}

impl Asked {
    fn of(parts: &Parts) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        let values: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let width = values.get("width").and_then(|width| width.parse().ok()).unwrap_or(80_usize).clamp(40, 200);
        Asked { text: values.get("format").is_some_and(|format| format == "text"), width, values }
    }
}

/// Answers a request of the control interface.
pub(super) async fn answer(path: &str, parts: &Parts, body: &Bytes, shared: &Shared) -> Response<Bytes> {
    let asked = Asked::of(parts);
    let context = &shared.context;
    let wanted = match path {
        "status" | "trail" | "why" | "bill" => Method::GET,
        "advance" | "check" | "reset" | "stop" => Method::POST,
        _ => return respond(StatusCode::NOT_FOUND, &asked, wrong(format!("there is nothing at {PREFIX}{}", render::safe_line(path)))),
    };
    if parts.method != wanted {
        return respond(StatusCode::METHOD_NOT_ALLOWED, &asked, wrong(format!("{PREFIX}{path} is asked with {wanted}")));
    }
    let told = {
        let mut endpoint = shared.endpoint.lock().await;
        shared.keep_time(&mut endpoint);
        match path {
            "advance" => {
                let moved = target(body, endpoint.world()).map(|by| endpoint.advance(by));
                moved.map(|()| clock(endpoint.world(), context))
            }
            "reset" => {
                endpoint.reset();
                Ok(clock(endpoint.world(), context))
            }
            "stop" => {
                shared.stop.send_replace(true);
                Ok(told("kmsprep serve stops\n".to_owned(), json!({"stopping": true})))
            }
            "status" => Ok(status(endpoint.world(), context)),
            "trail" => trail(endpoint.world(), context, &asked),
            "why" => {
                let (world, call) = (endpoint.world().clone(), endpoint.last_failure().cloned());
                drop(endpoint);
                Ok(why(&world, call, context, &asked))
            }
            "bill" => month(endpoint.world(), context, &asked),
            _ => {
                let world = endpoint.world().clone();
                drop(endpoint);
                check(world, context, &asked)
            }
        }
    };
    match told {
        Ok(told) => respond(StatusCode::OK, &asked, told),
        Err(message) => respond(StatusCode::BAD_REQUEST, &asked, wrong(message)),
    }
}

fn told(text: String, json: Value) -> Told {
    Told { exit: Exit::Passed, text, json }
}

fn wrong(message: String) -> Told {
    Told { exit: Exit::Unusable, text: format!("error: {message}\n"), json: json!({"error": message}) }
}

fn respond(status: StatusCode, asked: &Asked, told: Told) -> Response<Bytes> {
    let (kind, body) =
        if asked.text { ("text/plain; charset=utf-8", told.text) } else { ("application/json", format!("{:#}\n", told.json)) };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(HeaderName::from_static(EXIT_HEADER), HeaderValue::from(u16::from(told.exit.code())));
    response
}

/// How far to move the clock.
fn target(body: &Bytes, world: &World) -> Result<crate::cloud::Duration, String> {
    let wanted: BTreeMap<String, String> =
        serde_json::from_slice(body).map_err(|_| "expected {\"by\": \"30d\"} or {\"to\": \"2026-03-01\"}".to_owned())?;
    let now = world.cloud.now();
    let by = match (wanted.get("by"), wanted.get("to")) {
        (Some(by), None) => {
            parse_duration(by).ok_or_else(|| format!("`{}` is no span of time; write 90d, 12h or 1d12h", render::safe_line(by)))
        }
        (None, Some(to)) => {
            let to = parse_instant(to)
                .ok_or_else(|| format!("`{}` is no date; write 2026-03-01 or 2026-03-01T12:00:00Z", render::safe_line(to)))?;
            if to < now { Err(format!("time does not run backwards: it is {} already", format_instant(now))) } else { Ok(to - now) }
        }
        _ => Err("expected either \"by\" or \"to\"".to_owned()),
    }?;
    // No client reads later dates.
    if after(now, by).year() > 9999 { Err("time ends with the year 9999".to_owned()) } else { Ok(by) }
}

fn clock(world: &World, context: &Context) -> Told {
    let now = format_instant(world.cloud.now());
    let how = if context.running { "and runs" } else { "and stands still" };
    told(format!("The clock shows {now} {how}.\n"), json!({"now": now, "running": context.running}))
}

fn status(world: &World, context: &Context) -> Told {
    let mut states: BTreeMap<&'static str, usize> = BTreeMap::new();
    for key in world.kms.keys().filter(|key| !key.is_aws_managed()) {
        *states.entry(KeyState::name(key.state())).or_default() += 1;
    }
    let counted: Vec<String> = states.iter().map(|(state, count)| format!("{count} {state}")).collect();
    let keys = if counted.is_empty() { "none".to_owned() } else { counted.join(", ") };
    let (now, calls) = (format_instant(world.cloud.now()), world.cloud.trail.len());
    let passed = format_duration(world.cloud.now() - world.cloud.started());
    let how = if context.running { "runs" } else { "stands still" };
    let text = format!(
        "world  {}\nclock  {now}, {passed} after the start; it {how}\nkeys   {keys}\ncalls  {calls}\n",
        render::safe_line(&context.title)
    );
    told(text, json!({"world": context.title, "now": now, "running": context.running, "keys": states, "calls": calls}))
}

fn trail(world: &World, context: &Context, asked: &Asked) -> Result<Told, String> {
    let pattern = asked.values.get("filter").map_or("", String::as_str);
    let pattern = FilterPattern::parse(pattern).map_err(|error| format!("that is no filter pattern: {error}"))?;
    let last = match asked.values.get("last") {
        None => LAST,
        Some(last) => last.parse().map_err(|_| "`last` is a number of calls".to_owned())?,
    };
    let matches = |event: &&Event| pattern.text().is_empty() || event.records().any(|record| pattern.matches_json(&record));
    let mut events: Vec<&Event> = world.cloud.trail.events().iter().rev().filter(matches).take(last).collect();
    events.reverse();
    let names = &context.made.instance.names;
    let line =
        |event: &&Event| render::wrap(&render::safe_line(&names.readable(&render::event_line(event))), asked.width, "", "    ") + "\n";
    let text = if events.is_empty() { "No call yet.\n".to_owned() } else { events.iter().map(line).collect() };
    Ok(told(text, events.iter().flat_map(|event| event.records()).collect()))
}

/// Why a call failed: it is made once more in a copy of the world, which tells every step.
fn why(world: &World, failed: Option<Call>, context: &Context, asked: &Asked) -> Told {
    let Some(call) = failed else {
        return told("No call has failed yet.\n".to_owned(), Value::Null);
    };
    let mut copy = world.clone();
    copy.cloud.explain_allows = true;
    let outcome = services::call(&mut copy, &call.caller, &call.target.action(), call.members.clone());
    let request = match call.target {
        Target::Kms(operation) => Request::from_json(operation, &call.members).ok(),
        Target::Sts(_) => None,
    };
    let error = outcome.as_ref().err();
    let suggestions = match request.filter(|_| error.is_some()) {
        Some(request) => suggest(&Attempt::new(world, &call.caller, &request), Wanted::Allow),
        None => Vec::new(),
    };
    let names = &context.made.instance.names;
    let reason = match error {
        Some(error) => error.reason.clone(),
        None => copy.cloud.trail.events().last().and_then(|event| event.allowed.clone()),
    };
    let reason = reason.map(|reason| {
        let detail = |detail: &Detail| Detail { text: names.readable(&detail.text), span: detail.span };
        Reason {
            headline: names.readable(&reason.headline),
            details: reason.details.iter().map(detail).collect(),
            trace: reason.trace.clone(),
        }
    });
    let traces: Vec<_> = reason.iter().filter_map(|reason| reason.trace.as_deref().cloned()).collect();
    let decision = reason.as_ref().and_then(|reason| reason.trace.as_ref()).map(|trace| trace.decision);
    let report = AuthzReport {
        outcome: match (error, decision) {
            (None, _) => "Allow".to_owned(),
            (Some(_), Some(decision)) if decision != "Allow" => decision.to_owned(),
            (Some(error), _) => error.code.to_string(),
        },
        allowed: error.is_none(),
        principal: names.readable(&call.caller.principal.arn),
        action: call.target.action(),
        resource: String::new(),
        message: error.map(|error| error.message.as_str()),
        reason: reason.as_ref(),
        traces: &traces,
        suggestions: &suggestions,
        readable: &|text| names.readable(text),
        warnings: &[],
        sources: &context.made.sources,
    };
    let mut text = render::authz_text(&report, asked.values.contains_key("whole"), asked.width);
    if error.is_none() {
        text.push_str("\nIt failed when it was made; in the world as it is now it would succeed.\n");
    }
    told(text, render::authz_json(&report))
}

fn month(world: &World, context: &Context, asked: &Asked) -> Result<Told, String> {
    let names = &context.made.instance.names;
    let bill = bill(world, names).map_err(|error| error.to_string())?;
    let head = format!("{}, with all requests since {}\n\n", bill.month, format_instant(world.cloud.started()));
    let text = head + &render::bill_text(&bill, |text| names.readable(text), asked.width);
    Ok(told(text, render::bill_json(&bill)))
}

fn check(mut world: World, context: &Context, asked: &Asked) -> Result<Told, String> {
    let Made { instance, document, answers, sources, rulebook, is_scenario, .. } = &context.made;
    if !is_scenario {
        return Err("an empty account has no checks; start the server with --scenario".to_owned());
    }
    // Checks count events; none may be forgotten on the way.
    world.cloud.trail.keep(None);
    let instance = Instance { world, ..instance.clone() };
    let verdict = run_checks(&instance);
    let review = review(document, answers);
    let report = Report {
        document,
        answers,
        verdict: &verdict,
        review: &review,
        names: &instance.names,
        sources,
        rulebook: *rulebook,
        trim: None,
        cheapest: None,
    };
    let exit = if verdict.passed() { Exit::Passed } else { Exit::Failed };
    Ok(Told { exit, text: render::verdict_text(&report, asked.width), json: render::verdict_json(&report) })
}
