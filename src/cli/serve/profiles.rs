//! The principals of a world as profiles of the AWS CLI and SDKs.
//!
//! Source: "Configuration and credential file settings", AWS CLI User Guide.

use crate::cli::Failure;
use crate::cloud::{AccountId, PLAIN_SESSION, Principal, PrincipalKind, Region};
use crate::scenario::Names;
use crate::services::World;
use crate::services::sts::{self, Credential};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// One profile.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    /// `ACCOUNT-B.Restore`.
    pub(super) name: String,
    pub(super) credential: Credential,
}

/// The first line of files that may be written over.
const MARK: &str = "# Written by kmsprep serve; it is written anew at every start.";

/// A profile for every principal of the world, in the order of accounts.
pub(super) fn profiles(world: &World, names: &Names) -> Vec<Profile> {
    let profile =
        |principal: Principal| Profile { name: name(&principal, names), credential: sts::standing(&world.cloud.random, &principal) };
    sts::principals(world).into_iter().map(profile).collect()
}

/// The principal that stands for all others where one is enough: the first user, else the first role.
pub(super) fn first(profiles: &[Profile]) -> Option<&Profile> {
    let is_root = |profile: &&Profile| matches!(profile.credential.principal.kind, PrincipalKind::Root);
    profiles.iter().find(|profile| !is_root(profile)).or_else(|| profiles.first())
}

fn name(principal: &Principal, names: &Names) -> String {
    let label = |id: AccountId| names.account_label(id).map_or_else(|| id.to_string(), str::to_owned);
    let account = principal.account.map(label).unwrap_or_default();
    let last = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
    let name = match &principal.kind {
        PrincipalKind::Root => format!("{account}.root"),
        PrincipalKind::User { name } => format!("{account}.{}", last(name)),
        PrincipalKind::AssumedRole { role, session } if **session == *PLAIN_SESSION => format!("{account}.{}", last(role)),
        PrincipalKind::AssumedRole { role, session } => format!("{account}.{}.{session}", last(role)),
        PrincipalKind::FederatedUser { name } => format!("{account}.{name}"),
        PrincipalKind::Service { name } => name.to_string(),
    };
    // Neither file can hold these in a section's name.
    name.chars()
        .map(|letter| if letter.is_whitespace() || letter.is_control() || matches!(letter, '[' | ']' | '#' | ';') { '-' } else { letter })
        .collect()
}

/// The two files that were written.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) config: PathBuf,
    pub(super) credentials: PathBuf,
}

/// Writes `config` and `credentials` into a folder.
///
/// # Errors
/// If a file is there that somebody else wrote, or cannot be written.
pub(super) fn write(folder: &Path, profiles: &[Profile], url: &str, region: Region, default: Option<&Profile>) -> Result<Written, Failure> {
    let failed = |source| Failure::Io { doing: format!("write profiles into {}", folder.display()), source };
    fs::create_dir_all(folder).map_err(failed)?;
    // The settings are for another shell, which may stand in another folder.
    let folder = &folder.canonicalize().map_err(failed)?;
    let settings = format!("region = {region}\nendpoint_url = {url}\n");
    let mut config = format!("{MARK}\n[default]\n{settings}");
    let mut credentials = format!("{MARK}\n");
    if let Some(default) = default {
        credentials.push_str(&section("default", &default.credential));
    }
    for profile in profiles {
        config.push_str(&format!("\n[profile {}]\n{settings}", profile.name));
        credentials.push_str(&section(&profile.name, &profile.credential));
    }
    let written = Written { config: folder.join("config"), credentials: folder.join("credentials") };
    // Both are looked at before either is written.
    for path in [&written.config, &written.credentials] {
        is_ours(path)?;
    }
    for (path, text) in [(&written.config, &config), (&written.credentials, &credentials)] {
        let failed = |source| Failure::Io { doing: format!("write {}", path.display()), source };
        let mut beside = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        beside.write_all(text.as_bytes()).map_err(failed)?;
        beside.persist(path).map_err(|error| failed(error.error))?;
    }
    Ok(written)
}

fn section(name: &str, credential: &Credential) -> String {
    let token = credential.session_token.as_ref().map(|token| format!("aws_session_token = {token}\n")).unwrap_or_default();
    format!(
        "\n[{name}]\naws_access_key_id = {}\naws_secret_access_key = {}\n{token}",
        credential.access_key_id, credential.secret_access_key
    )
}

/// Whether a file may be written over.
fn is_ours(path: &Path) -> Result<(), Failure> {
    match fs::read_to_string(path) {
        Ok(there) if there.starts_with(MARK) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Ok(_) => Err(Failure::Usage {
            message: format!("{} is there already, and kmsprep did not write it", path.display()),
            help: Some("name a folder of its own; your own profiles stay as they are".to_owned()),
        }),
        Err(source) => Err(Failure::Io { doing: format!("read {}", path.display()), source }),
    }
}
