//! What `kmsprep serve` prints at its start: the settings that a client needs.

use super::profiles::{Profile, Written, first};
use crate::cloud::{Instant, Region, format_instant};
use crate::render::wrap;
use crate::scenario::Names;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// What the settings are told from.
pub(super) struct Printed<'p> {
    pub(super) title: &'p str,
    pub(super) url: &'p str,
    pub(super) port: u16,
    pub(super) region: Region,
    pub(super) now: Instant,
    pub(super) running: bool,
    pub(super) any: bool,
    pub(super) profiles: &'p [Profile],
    pub(super) written: Option<&'p Written>,
    pub(super) is_scenario: bool,
    /// The VPC endpoints of the world: label, address and Region.
    pub(super) vpc_endpoints: Vec<(String, String, Region)>,
}

/// The addresses of a world's VPC endpoints, whose host names begin with their ids.
pub(super) fn vpc_endpoints(names: &Names, port: u16) -> Vec<(String, String, Region)> {
    names.vpc_endpoints().map(|(label, id, region)| (label.to_owned(), format!("http://{id}.localhost:{port}"), region)).collect()
}

/// The address as clients write it.
pub(super) fn url(bound: SocketAddr) -> String {
    // Whoever listens on all addresses is reached on this machine by its own.
    if bound.ip().is_unspecified() { format!("http://127.0.0.1:{}", bound.port()) } else { format!("http://{bound}") }
}

/// The settings for people, to be copied into a shell.
pub(super) fn text(printed: &Printed<'_>, width: usize) -> String {
    let Printed { title, url, now, running, .. } = printed;
    let how = if *running { "and runs" } else { "and stands still; `kmsprep endpoint advance 30d` moves it" };
    let mut text = format!("Serving {title} at {url}\n");
    text.push_str(&wrap(&format!("The clock shows {} {how}.", format_instant(*now)), width, "", ""));
    text.push_str("\n\nIn another shell:\n");
    let mut export = |name: &str, value: &str| text.push_str(&format!("  export {name}={value}\n"));
    let from_here = *url != format!("http://127.0.0.1:{}", super::PORT);
    match (printed.written, first(printed.profiles)) {
        (Some(written), _) => {
            export("AWS_CONFIG_FILE", &quoted(&written.config.display().to_string()));
            export("AWS_SHARED_CREDENTIALS_FILE", &quoted(&written.credentials.display().to_string()));
            if let Some(profile) = first(printed.profiles).filter(|_| printed.is_scenario) {
                export("AWS_PROFILE", &quoted(&profile.name));
            }
            if from_here {
                export("AWS_ENDPOINT_URL", url);
            }
        }
        (None, Some(profile)) => {
            export("AWS_ENDPOINT_URL", url);
            // Older clients read the second one only.
            export("AWS_REGION", printed.region.code());
            export("AWS_DEFAULT_REGION", printed.region.code());
            export("AWS_ACCESS_KEY_ID", &profile.credential.access_key_id);
            export("AWS_SECRET_ACCESS_KEY", &profile.credential.secret_access_key);
            if let Some(token) = &profile.credential.session_token {
                export("AWS_SESSION_TOKEN", token);
            }
        }
        (None, None) => {
            export("AWS_ENDPOINT_URL", url);
            export("AWS_REGION", printed.region.code());
            export("AWS_DEFAULT_REGION", printed.region.code());
            export("AWS_ACCESS_KEY_ID", "test");
            export("AWS_SECRET_ACCESS_KEY", "test");
        }
    }
    text.push_str(if printed.is_scenario { "  aws kms list-keys\n\n" } else { "  aws kms create-key --description first\n\n" });
    let names: Vec<&str> = printed.profiles.iter().map(|profile| profile.name.as_str()).collect();
    let whose = match (printed.written, first(printed.profiles)) {
        (Some(_), _) => format!("Profiles: {}.", names.join(", ")),
        (None, Some(profile)) => {
            format!("These are the keys of {}. --write-profiles DIR makes a profile for each of: {}.", profile.name, names.join(", "))
        }
        (None, None) => "Any access key is accepted: twelve digits are the root user of that account.".to_owned(),
    };
    text.push_str(&wrap(&whose, width, "", ""));
    for (label, url, region) in &printed.vpc_endpoints {
        text.push('\n');
        text.push_str(&wrap(&format!("Through the VPC endpoint {label} in {region}: {url}"), width, "", "  "));
    }
    text.push_str("\n\n");
    let check = if printed.is_scenario { ", `check`" } else { "" };
    let more = format!("See what happens with `kmsprep endpoint status`, `trail`, `why`{check} and `bill`. Ctrl-C stops.");
    text.push_str(&wrap(&more, width, "", ""));
    text.push('\n');
    text
}

/// The settings for programs.
pub(super) fn json(printed: &Printed<'_>) -> Value {
    let profile = |profile: &Profile| {
        json!({
            "name": profile.name,
            "arn": &*profile.credential.principal.arn,
            "access_key_id": &*profile.credential.access_key_id,
            "secret_access_key": profile.credential.secret_access_key,
            "session_token": profile.credential.session_token,
        })
    };
    let vpc_endpoint =
        |(label, url, region): &(String, String, Region)| json!({"label": label, "endpoint_url": url, "region": region.code()});
    json!({
        "endpoint_url": printed.url,
        "port": printed.port,
        "region": printed.region.code(),
        "world": printed.title,
        "now": format_instant(printed.now),
        "any_credentials": printed.any,
        "vpc_endpoints": printed.vpc_endpoints.iter().map(vpc_endpoint).collect::<Vec<_>>(),
        "profiles": printed.profiles.iter().map(profile).collect::<Vec<_>>(),
    })
}

/// A value as a shell takes it.
fn quoted(value: &str) -> String {
    let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+:@%".contains(&byte));
    if plain { value.to_owned() } else { format!("'{}'", value.replace('\'', "'\\''")) }
}
