//! Amazon CloudWatch Logs: log groups whose events the service encrypts under a KMS key that admits it.
//!
//! Every KMS call is made by `logs.REGION.amazonaws.com` itself, with the log group's ARN in the encryption
//! context. Writers and readers need no KMS permission, `kms:ViaService` is never set, and an IAM statement for
//! the user does not help: the key policy alone decides.
//!
//! ```text
//! logs.rs          log groups and their keys
//! events.rs        PutLogEvents, GetLogEvents, FilterLogEvents
//! metric_filter.rs metric filters, which make metrics of what is logged
//! ```
//!
//! Source: "Encrypt log data in CloudWatch Logs using AWS Key Management Service", Amazon CloudWatch Logs User Guide.

mod events;
mod metric_filter;

pub use metric_filter::{MetricFilter, Transformation};

use super::envelope::{DataKey, KeyCache, Lock, Sealed};
use super::event::{Logged, record};
use super::request::{Permission, ask, read};
use super::{State, World};
use crate::cloud::{AccountId, ApiError, Arn, Caller, Duration, Instant, Region};
use crate::kms::EncryptionContext;
use crate::rulebook::ids;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long the service uses a data key again. AWS does not publish it; a change of the key's state shows
/// "within five minutes".
const REUSE: Duration = Duration::minutes(5);

/// A log group as a world starts with it.
#[derive(Clone, Debug)]
pub struct NewLogGroup {
    /// Its name.
    pub name: Arc<str>,
    /// The account that owns it.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
    /// The ARN of its KMS key.
    pub key: Option<Arc<str>>,
}

/// The state of CloudWatch Logs.
#[derive(Clone, Debug, Default)]
pub struct Logs {
    groups: BTreeMap<Place, LogGroup>,
}

/// Account, Region and name.
type Place = (AccountId, Region, Arc<str>);

#[derive(Clone, Debug)]
struct LogGroup {
    arn: Arc<str>,
    account: AccountId,
    region: Region,
    key: Option<Arc<str>>,
    events: Vec<LogEvent>,
    /// By name.
    filters: BTreeMap<Arc<str>, MetricFilter>,
    /// By KMS key.
    encrypting: KeyCache<Arc<str>>,
    decrypting: KeyCache<Lock>,
}

#[derive(Clone, Debug)]
struct LogEvent {
    stream: Arc<str>,
    timestamp: i64,
    ingested: Instant,
    message: Message,
}

#[derive(Clone, Debug)]
enum Message {
    /// Under the service's own encryption, which involves no KMS key.
    Default(String),
    Sealed(Sealed),
}

impl Logs {
    /// Adds a log group; one that stands at its place is replaced. Nothing is checked.
    pub fn add_group(&mut self, new: NewLogGroup) {
        let group = LogGroup {
            arn: arn(new.account, new.region, &new.name),
            account: new.account,
            region: new.region,
            key: new.key,
            events: Vec::new(),
            filters: BTreeMap::new(),
            encrypting: KeyCache::default(),
            decrypting: KeyCache::default(),
        };
        self.groups.insert((new.account, new.region, new.name), group);
    }

    /// Whether an account has a log group in a Region.
    #[must_use]
    pub fn has_group(&self, account: AccountId, region: Region, name: &str) -> bool {
        self.groups.contains_key(&(account, region, name.into()))
    }

    /// What stands at a path: `groups.NAME`, also by ARN, with the fields `kms_key`, `events`,
    /// `events_under_key` and `metric_filters`.
    #[must_use]
    pub fn state(&self, collection: &str, name: &str, field: Option<&str>) -> Option<State> {
        (collection == "groups").then_some(())?;
        let (_, group) = self.groups.iter().find(|((_, _, known), group)| **known == *name || *group.arn == *name)?;
        let value = match field {
            None => Value::from("Active"),
            Some("kms_key") => group.key.as_deref().map_or(Value::Null, Value::from),
            Some("events") => Value::from(group.events.len()),
            Some("metric_filters") => Value::from(group.filters.len()),
            Some("events_under_key") => {
                Value::from(group.events.iter().filter(|event| matches!(event.message, Message::Sealed(_))).count())
            }
            Some(_) => return None,
        };
        Some(State::of(value))
    }
}

fn arn(account: AccountId, region: Region, name: &str) -> Arc<str> {
    format!("arn:{}:logs:{region}:{account}:log-group:{name}", region.partition()).into()
}

/// Carries out an operation. The members of this API begin with small letters.
///
/// # Errors
/// The service's error.
pub fn call(world: &mut World, caller: &Arc<Caller>, name: &str, members: Value) -> Result<Value, ApiError> {
    let logged =
        |name| Logged { source: "logs.amazonaws.com", name, kind: "AWS::Logs::LogGroup", read_only: false, members: members.clone() };
    let (logged, outcome) = match name {
        "CreateLogGroup" => (logged("CreateLogGroup"), create(world, caller, members)),
        "AssociateKmsKey" => (logged("AssociateKmsKey"), associate(world, caller, members)),
        "DisassociateKmsKey" => (logged("DisassociateKmsKey"), disassociate(world, caller, members)),
        "PutMetricFilter" => (logged("PutMetricFilter"), metric_filter::put(world, caller, members)),
        "DeleteMetricFilter" => (logged("DeleteMetricFilter"), metric_filter::delete(world, caller, members)),
        "DescribeMetricFilters" => return metric_filter::describe(world, caller, members),
        "PutLogEvents" => return events::put(world, caller, members),
        "GetLogEvents" => return events::get(world, caller, members),
        "FilterLogEvents" => return events::filter(world, caller, members),
        _ => return Err(ApiError::new("InvalidAction", format!("The model does not know the operation logs:{name}."))),
    };
    record(world, caller, logged, outcome.as_ref().ok().cloned(), outcome.as_ref().err());
    outcome.map(|_| json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateLogGroup {
    log_group_name: String,
    kms_key_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AssociateKmsKey {
    log_group_name: String,
    kms_key_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DisassociateKmsKey {
    log_group_name: String,
}

const INVALID: &str = "InvalidParameterException";
const DENIAL: (&str, u16) = ("AccessDeniedException", 400);

/// The place of a log group in the caller's account, after asking for the permission on it or on one of its streams.
fn permitted(world: &World, caller: &Caller, name: &str, stream: Option<&str>, action: &str) -> Result<(Place, Arc<str>), ApiError> {
    let account = caller.account().ok_or_else(|| ApiError::new(DENIAL.0, "A service owns no log groups."))?;
    let group = arn(account, caller.region, name);
    let resource = stream.map_or_else(|| group.to_string(), |stream| format!("{group}:log-stream:{stream}"));
    ask(world, caller, Permission { action, resource: &resource, owner: account, policy: None, denial: DENIAL })?;
    Ok(((account, caller.region, name.into()), group))
}

fn missing() -> ApiError {
    ApiError::new("ResourceNotFoundException", "The specified log group does not exist.")
}

fn create(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Arc<str>, ApiError> {
    let CreateLogGroup { log_group_name, kms_key_id } = read(members, INVALID)?;
    let (place, arn) = permitted(world, caller, &log_group_name, None, "logs:CreateLogGroup")?;
    let (account, region, name) = place;
    if world.logs.groups.contains_key(&(account, region, Arc::clone(&name))) {
        return Err(ApiError::new("ResourceAlreadyExistsException", "The specified log group already exists"));
    }
    let key = kms_key_id.map(|named| check(world, account, region, &arn, &named)).transpose()?;
    world.logs.add_group(NewLogGroup { name, account, region, key });
    Ok(arn)
}

fn associate(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Arc<str>, ApiError> {
    let AssociateKmsKey { log_group_name, kms_key_id } = read(members, INVALID)?;
    let (place, arn) = permitted(world, caller, &log_group_name, None, "logs:AssociateKmsKey")?;
    if !world.logs.groups.contains_key(&place) {
        return Err(missing());
    }
    if !world.rulebook.allowed(ids::LOGS_ENCRYPT_EXISTING) {
        let message = "The encryption of a log group is specified at its creation.";
        return Err(ApiError::new(INVALID, message).because("the rulebook in force lets only new log groups have a key"));
    }
    let key = check(world, place.0, place.1, &arn, &kms_key_id)?;
    world.logs.groups.get_mut(&place).ok_or_else(missing)?.key = Some(key);
    Ok(arn)
}

fn disassociate(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Arc<str>, ApiError> {
    let DisassociateKmsKey { log_group_name } = read(members, INVALID)?;
    let (place, arn) = permitted(world, caller, &log_group_name, None, "logs:DisassociateKmsKey")?;
    world.logs.groups.get_mut(&place).ok_or_else(missing)?.key = None;
    Ok(arn)
}

fn context(arn: &str) -> EncryptionContext {
    [("aws:logs:arn".to_owned(), arn.to_owned())].into()
}

fn service(account: AccountId, region: Region, arn: &str) -> Arc<Caller> {
    Arc::new(Caller::service(&format!("logs.{region}.amazonaws.com"), region, Some(arn), Some(account)))
}

/// Sees that the service can use a key for a log group, by using it, and returns the key's ARN.
fn check(world: &mut World, account: AccountId, region: Region, arn: &str, named: &str) -> Result<Arc<str>, ApiError> {
    let is_key_arn = Arn::parse(named).is_some_and(|named| named.service == "kms" && named.resource.starts_with("key/"));
    if !is_key_arn {
        let message = format!("Specified KMS Key Id could not be found: {named}");
        return Err(ApiError::new(INVALID, message).because("kmsKeyId is the ARN of a key; ids and aliases are not taken"));
    }
    if world.find_key(named, account, region).is_none() {
        let message = format!("Specified KMS Key Id could not be found: {named}");
        return Err(ApiError::new(INVALID, message).because(format!("no such key exists in {region}, the log group's Region")));
    }
    DataKey::generate(world, &service(account, region, arn), named, &context(arn)).map_err(|error| translate(&error, arn))?;
    Ok(named.into())
}

/// How KMS's errors come out of CloudWatch Logs.
fn translate(error: &ApiError, arn: &str) -> ApiError {
    match error.code.as_ref() {
        "AccessDeniedException" => {
            let message = format!("The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'");
            error.translate("AccessDeniedException", message, 400)
        }
        _ => error.translate(INVALID, format!("The specified KMS key cannot be used: {}", error.message), 400),
    }
}

#[cfg(test)]
mod tests;
