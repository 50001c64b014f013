//! A running `kmsprep serve`, and the clients that talk to it.

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_kms::primitives::{DateTime, DateTimeFormat};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The account of an empty world, and account A of the others.
pub const ACCOUNT: &str = "111122223333";
/// The second account of the world `two-accounts`.
pub const ACCOUNT_B: &str = "444455556666";
/// The Region of every server.
pub const REGION: &str = "us-east-1";
/// When every world begins.
pub const START: &str = "2026-01-15T00:00:00Z";

/// A file of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").join(path)
}

/// A point in time, as the SDK has it.
pub fn time(text: &str) -> DateTime {
    DateTime::from_str(text, DateTimeFormat::DateTime).unwrap()
}

/// A time so many seconds after the start of the world.
pub fn after_start(seconds: i64) -> DateTime {
    DateTime::from_secs(time(START).secs() + seconds)
}

/// The seconds of a day.
pub const DAY: i64 = 24 * 60 * 60;

/// A server of its own process. It ends with the value.
pub struct Server {
    child: Child,
    settings: Value,
}

impl Server {
    /// Serves what the arguments say.
    pub fn serve(arguments: &[&str]) -> Self {
        let mut command = program();
        command.args(["serve", "--port", "0", "--format", "json"]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program of KMSPREP, or target/debug/kmsprep");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Server { child, settings: serde_json::from_str(&line).unwrap() }
    }

    /// Serves an account without keys.
    pub fn empty() -> Self {
        Server::serve(&["--start", START])
    }

    /// Serves a world of these tests.
    pub fn world(name: &str) -> Self {
        let path = repository(&format!("tests/clients/worlds/{name}.yaml"));
        Server::serve(&["--scenario", path.to_str().unwrap()])
    }

    /// Where the server is.
    pub fn url(&self) -> &str {
        self.settings["endpoint_url"].as_str().unwrap()
    }

    /// The names of the profiles.
    pub fn profiles(&self) -> Vec<&str> {
        self.settings["profiles"].as_array().unwrap().iter().map(|profile| profile["name"].as_str().unwrap()).collect()
    }

    fn profile(&self, name: &str) -> &Value {
        self.settings["profiles"].as_array().unwrap().iter().find(|profile| profile["name"] == name).unwrap()
    }

    /// The ARN behind a profile.
    pub fn arn(&self, profile: &str) -> &str {
        self.profile(profile)["arn"].as_str().unwrap()
    }

    /// What a profile signs with.
    pub fn credentials(&self, profile: &str) -> Credentials {
        let profile = self.profile(profile);
        let text = |name: &str| profile[name].as_str();
        let token = text("session_token").map(str::to_owned);
        Credentials::new(text("access_key_id").unwrap(), text("secret_access_key").unwrap(), token, None, "kmsprep")
    }

    /// The configuration of a client. It tries everything once.
    pub fn config(&self, credentials: impl ProvideCredentials + 'static, region: &str) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(self.url())
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .time_source(SystemTimeSource::new())
            .sleep_impl(TokioSleep::new())
            .build()
    }

    /// KMS for these credentials.
    pub fn kms_with(&self, credentials: impl ProvideCredentials + 'static) -> aws_sdk_kms::Client {
        aws_sdk_kms::Client::new(&self.config(credentials, REGION))
    }

    /// KMS for a profile.
    pub fn kms_as(&self, profile: &str) -> aws_sdk_kms::Client {
        self.kms_with(self.credentials(profile))
    }

    /// KMS for an administrator in another Region.
    pub fn kms_in(&self, region: &str) -> aws_sdk_kms::Client {
        aws_sdk_kms::Client::new(&self.config(self.credentials(self.administrator()), region))
    }

    /// KMS for an administrator.
    pub fn kms(&self) -> aws_sdk_kms::Client {
        self.kms_in(REGION)
    }

    /// STS for a profile.
    pub fn sts_as(&self, profile: &str) -> aws_sdk_sts::Client {
        self.sts_with(self.credentials(profile))
    }

    /// STS for these credentials.
    pub fn sts_with(&self, credentials: impl ProvideCredentials + 'static) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.config(credentials, REGION))
    }

    /// The profile of an administrator, who is there in every world.
    pub fn administrator(&self) -> &str {
        self.profiles().into_iter().find(|name| name.ends_with(".Admin")).unwrap()
    }

    /// What the control client is told.
    fn endpoint(&self, arguments: &[&str]) -> Value {
        let output = program().args(["endpoint", "--endpoint-url", self.url(), "--format", "json"]).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Lets time pass in the world.
    pub fn advance(&self, by: &str) {
        self.endpoint(&["advance", by]);
    }

    /// The records of CloudTrail, oldest first.
    pub fn trail(&self) -> Vec<Value> {
        let Value::Array(records) = self.endpoint(&["trail", "--last", "1000"]) else { panic!("no records") };
        records
    }

    /// The records of an operation.
    pub fn records(&self, operation: &str) -> Vec<Value> {
        self.trail().into_iter().filter(|record| record["eventName"] == operation).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program under test, away from the settings of whoever runs the tests.
fn program() -> Command {
    let path = std::env::var_os("KMSPREP").map_or_else(|| repository("target/debug/kmsprep"), PathBuf::from);
    let mut command = Command::new(path);
    away_from_settings(&mut command);
    command
}

/// Takes everything that an AWS client would read from the environment of a command.
pub fn away_from_settings(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
    }
    command.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
}
