//! Programs that take their settings from the environment, as `kmsprep serve` prints and writes them.

use std::path::Path;
use std::process::Command;

use crate::answer::Answer as _;
use crate::server::{ACCOUNT, ACCOUNT_B, Server, away_from_settings, repository};

/// What the program of this package prints with these settings and this key.
fn told(settings: &[(&str, &str)], key: &str) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kmsprep-rust-clients"));
    away_from_settings(&mut command).env("AWS_EC2_METADATA_DISABLED", "true").envs(settings.iter().copied()).arg(key);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// A server of the world with two accounts that has written its profiles.
fn written(folder: &Path) -> Server {
    let world = repository("tests/clients/worlds/two-accounts.yaml");
    Server::serve(&["--scenario", world.to_str().unwrap(), "--write-profiles", folder.to_str().unwrap()])
}

/// The variables that lead to a profile.
fn with_profile<T>(folder: &Path, name: &str, act: impl FnOnce(&[(&str, &str)]) -> T) -> T {
    let (config, credentials) = (folder.join("config"), folder.join("credentials"));
    act(&[
        ("AWS_CONFIG_FILE", config.to_str().unwrap()),
        ("AWS_SHARED_CREDENTIALS_FILE", credentials.to_str().unwrap()),
        ("AWS_PROFILE", name),
    ])
}

#[tokio::test]
async fn the_printed_variables_are_enough() {
    let server = Server::world("two-accounts");
    let key = server.kms().describe_key().key_id("alias/own").send().await.good().key_metadata.unwrap().arn.unwrap();
    let (credentials, url) = (server.credentials("A.App"), server.url());
    let settings = [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", credentials.access_key_id()),
        ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key()),
        ("AWS_SESSION_TOKEN", credentials.session_token().unwrap()),
    ];
    assert_eq!(told(&settings, "alias/own"), [server.arn("A.App"), &key]);
}

#[tokio::test]
async fn one_variable_says_which_written_profile_calls() {
    let folder = tempfile::tempdir().unwrap();
    let server = written(folder.path());
    let key = server.kms().describe_key().key_id("alias/own").send().await.good().key_metadata.unwrap().arn.unwrap();
    for profile in ["A.Ana", "A.App", "A.Blue"] {
        with_profile(folder.path(), profile, |settings| assert_eq!(told(settings, "alias/own"), [server.arn(profile), &key]));
    }
}

/// A profile with a role: the SDK assumes it with the written profile that it names.
#[tokio::test]
async fn a_profile_assumes_a_role_through_another() {
    let folder = tempfile::tempdir().unwrap();
    let server = written(folder.path());
    let shared = server.kms().describe_key().key_id("alias/own").send().await.good().key_metadata.unwrap().arn.unwrap();
    let config = folder.path().join("config");
    let text = std::fs::read_to_string(&config).unwrap();
    let more = format!(
        "\n[profile chained]\nregion = us-east-1\nendpoint_url = {}\nrole_arn = arn:aws:iam::{ACCOUNT}:role/App\n\
         role_session_name = chained\nsource_profile = A.Ana\n",
        server.url()
    );
    std::fs::write(&config, text + &more).unwrap();
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/App/chained");
    with_profile(folder.path(), "chained", |settings| assert_eq!(told(settings, "alias/own"), [arn, shared]));
    assert_eq!(server.records("AssumeRole").len(), 1);
    assert!(server.trail().iter().all(|record| record["recipientAccountId"] != ACCOUNT_B));
}
