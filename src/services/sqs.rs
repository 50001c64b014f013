//! Amazon SQS: queues whose message bodies are encrypted under a KMS key, by the principals that send and receive.
//!
//! ```text
//! SendMessage     GenerateDataKey + Decrypt  by the sender, through sqs     once per principal and reuse period
//! ReceiveMessage  Decrypt                    by the receiver, through sqs   once per principal, data key and reuse period
//! ```
//!
//! Source: "Encryption at rest in Amazon SQS" and "Amazon SQS Key management", Amazon SQS Developer Guide.

mod attributes;
mod workload;

pub use workload::SqsWorkload;

use super::envelope::{DataKey, KeyCache, Lock, Sealed};
use super::event::{Logged, record};
use super::request::{Permission, ask, read};
use super::{State, World};
use crate::cloud::{AccountId, ApiError, Caller, Duration, Region};
use crate::iam::Policy;
use crate::kms::EncryptionContext;
use crate::rulebook::{Rulebook, ids};
use attributes::Attributes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a queue encrypts the bodies of new messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum QueueEncryption {
    /// Not at all.
    None,
    /// SSE-SQS: keys that SQS owns, without any KMS call. The default of new queues.
    #[default]
    SseSqs,
    /// SSE-KMS, under the key that `KmsMasterKeyId` names, kept as it was written: a bare id or alias is looked
    /// up in the account of whoever sends.
    SseKms(Arc<str>),
}

/// A queue as a world starts with it.
#[derive(Clone, Debug)]
pub struct NewQueue {
    /// Its name.
    pub name: Arc<str>,
    /// The account that owns it.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
    /// How it encrypts.
    pub encryption: QueueEncryption,
    /// `KmsDataKeyReusePeriodSeconds`; the default if nothing is said.
    pub reuse_period: Option<Duration>,
    /// Its policy.
    pub policy: Option<Arc<Policy>>,
}

/// The state of SQS.
#[derive(Clone, Debug, Default)]
pub struct Sqs {
    queues: BTreeMap<Place, Queue>,
    sent: u64,
}

/// Account, Region and name.
type Place = (AccountId, Region, Arc<str>);

#[derive(Clone, Debug)]
struct Queue {
    arn: Arc<str>,
    account: AccountId,
    region: Region,
    encryption: QueueEncryption,
    /// Nothing: the rulebook's default.
    reuse_period: Option<Duration>,
    policy: Option<Arc<Policy>>,
    messages: Vec<Message>,
    /// By principal. Copies for encryption and for decryption are apart, as the documentation has it.
    encrypting: KeyCache<Arc<str>>,
    decrypting: KeyCache<(Arc<str>, Lock)>,
}

#[derive(Clone, Debug)]
struct Message {
    id: Arc<str>,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    /// Without a KMS key.
    Open(String),
    Sealed(Sealed),
}

impl Sqs {
    /// Adds a queue; one that stands at its place is replaced.
    pub fn add_queue(&mut self, new: NewQueue) {
        let arn = format!("arn:{}:sqs:{}:{}:{}", new.region.partition(), new.region, new.account, new.name).into();
        let queue = Queue {
            arn,
            account: new.account,
            region: new.region,
            encryption: new.encryption,
            reuse_period: new.reuse_period,
            policy: new.policy,
            messages: Vec::new(),
            encrypting: KeyCache::default(),
            decrypting: KeyCache::default(),
        };
        self.queues.insert((new.account, new.region, new.name), queue);
    }

    /// A queue in use over a billing period. The name is looked up over all accounts and Regions; a queue without a
    /// KMS key has no producers and consumers that ask KMS.
    #[must_use]
    pub fn workload(&self, rulebook: Rulebook, name: &str, billing_seconds: u64, producers: u64, consumers: u64) -> Option<SqsWorkload> {
        let (_, queue) = self.queues.iter().find(|((_, _, known), _)| **known == *name)?;
        let reuse = queue.reuse_period.unwrap_or_else(|| rulebook.span(ids::SQS_REUSE));
        let reuse_seconds = u64::try_from(reuse.num_seconds()).unwrap_or(1);
        let with_key = matches!(queue.encryption, QueueEncryption::SseKms(_));
        let (producers, consumers) = if with_key { (producers, consumers) } else { (0, 0) };
        Some(SqsWorkload { queues: 1, billing_seconds, reuse_seconds, producers, consumers })
    }

    /// What stands at a path: `queues.NAME`, also by ARN, with the fields `messages`, `messages_under_key`,
    /// `kms_key`, `encryption` and `reuse_period`.
    #[must_use]
    pub fn state(&self, collection: &str, name: &str, field: Option<&str>) -> Option<State> {
        (collection == "queues").then_some(())?;
        let (_, queue) = self.queues.iter().find(|((_, _, known), queue)| **known == *name || *queue.arn == *name)?;
        let value = match field {
            None => Value::from("Active"),
            Some("messages") => Value::from(queue.messages.len()),
            Some("messages_under_key") => {
                Value::from(queue.messages.iter().filter(|message| matches!(message.body, Body::Sealed(_))).count())
            }
            Some("kms_key") => match &queue.encryption {
                QueueEncryption::SseKms(key) => Value::from(&**key),
                QueueEncryption::None | QueueEncryption::SseSqs => Value::Null,
            },
            Some("encryption") => Value::from(match &queue.encryption {
                QueueEncryption::None => "NONE",
                QueueEncryption::SseSqs => "SSE-SQS",
                QueueEncryption::SseKms(_) => "SSE-KMS",
            }),
            Some("reuse_period") => queue.reuse_period.map_or(Value::Null, |period| Value::from(period.num_seconds())),
            Some(_) => return None,
        };
        Some(State::of(value))
    }
}

/// Carries out an operation.
///
/// # Errors
/// SQS's error; KMS's come out as `KMS.…`.
pub fn call(world: &mut World, caller: &Arc<Caller>, name: &str, members: Value) -> Result<Value, ApiError> {
    let logged = |name| Logged { source: "sqs.amazonaws.com", name, kind: "AWS::SQS::Queue", read_only: false, members: members.clone() };
    match name {
        "CreateQueue" => {
            let logged = logged("CreateQueue");
            let outcome = create(world, caller, members);
            let arn = outcome.as_ref().ok().map(|(arn, _)| Arc::clone(arn));
            record(world, caller, logged, arn, outcome.as_ref().err());
            outcome.map(|(_, response)| response)
        }
        "SetQueueAttributes" => {
            let logged = logged("SetQueueAttributes");
            let outcome = set_attributes(world, caller, members);
            record(world, caller, logged, outcome.as_ref().ok().cloned(), outcome.as_ref().err());
            outcome.map(|_| json!({}))
        }
        "SendMessage" => send(world, caller, members),
        "ReceiveMessage" => receive(world, caller, members),
        "DeleteMessage" => delete(world, caller, members),
        _ => Err(ApiError::new("InvalidAction", format!("The model does not know the operation sqs:{name}."))),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateQueue {
    queue_name: String,
    #[serde(default)]
    attributes: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SetQueueAttributes {
    queue_url: String,
    attributes: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SendMessage {
    queue_url: String,
    message_body: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ReceiveMessage {
    queue_url: String,
    max_number_of_messages: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteMessage {
    queue_url: String,
    receipt_handle: String,
}

const INVALID: &str = "InvalidParameterValue";
const DENIAL: (&str, u16) = ("AccessDenied", 403);

fn url(account: AccountId, region: Region, name: &str) -> String {
    format!("https://sqs.{region}.amazonaws.com/{account}/{name}")
}

/// The place that a queue URL names. A bare name means the caller's account and Region.
fn place(caller: &Caller, named: &str) -> Option<Place> {
    let Some(rest) = named.strip_prefix("https://sqs.") else {
        return (!named.contains('/')).then_some((caller.account()?, caller.region, named.into()));
    };
    let (region, rest) = rest.split_once(".amazonaws.com/")?;
    let (account, name) = rest.split_once('/')?;
    Some((AccountId::parse(account)?, Region::parse(region)?, name.into()))
}

/// Finds a queue and asks for the permission on it.
fn find(world: &World, caller: &Caller, named: &str, action: &str) -> Result<Place, ApiError> {
    let missing = || ApiError::new("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.");
    let place = place(caller, named).ok_or_else(missing)?;
    let queue = world.sqs.queues.get(&place).ok_or_else(missing)?;
    let policy = queue.policy.as_deref();
    ask(world, caller, Permission { action, resource: &queue.arn, owner: queue.account, policy, denial: DENIAL })?;
    Ok(place)
}

fn create(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<(Arc<str>, Value), ApiError> {
    let CreateQueue { queue_name, attributes } = read(members, INVALID)?;
    let account = caller.account().ok_or_else(|| ApiError::new(DENIAL.0, "A service owns no queues.").status(DENIAL.1))?;
    let region = caller.region;
    let legal = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if queue_name.is_empty() || queue_name.len() > 80 || !queue_name.chars().all(legal) {
        let message = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
        return Err(ApiError::new(INVALID, message));
    }
    let arn: Arc<str> = format!("arn:{}:sqs:{region}:{account}:{queue_name}", region.partition()).into();
    ask(world, caller, Permission { action: "sqs:CreateQueue", resource: &arn, owner: account, policy: None, denial: DENIAL })?;
    let attributes = Attributes::read(world.rulebook, &attributes, &arn)?;
    let name: Arc<str> = queue_name.into();
    let response = json!({"QueueUrl": url(account, region, &name)});
    let encryption = attributes.encryption.unwrap_or_default();
    let policy = attributes.policy.flatten();
    if let Some(there) = world.sqs.queues.get(&(account, region, Arc::clone(&name))) {
        let same = there.encryption == encryption && there.reuse_period == attributes.reuse_period && there.policy == policy;
        let differs =
            || ApiError::new("QueueAlreadyExists", "A queue already exists with the same name and a different value for attributes");
        return same.then_some((arn, response)).ok_or_else(differs);
    }
    world.sqs.add_queue(NewQueue { name, account, region, encryption, reuse_period: attributes.reuse_period, policy });
    Ok((arn, response))
}

fn set_attributes(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Arc<str>, ApiError> {
    let SetQueueAttributes { queue_url, attributes } = read(members, INVALID)?;
    let place = find(world, caller, &queue_url, "sqs:SetQueueAttributes")?;
    let rulebook = world.rulebook;
    let queue = world.sqs.queues.get_mut(&place).ok_or_else(gone)?;
    let attributes = Attributes::read(rulebook, &attributes, &queue.arn)?;
    if let Some(encryption) = attributes.encryption.filter(|encryption| *encryption != queue.encryption) {
        queue.encryption = encryption;
        // A data key of the old key must not encrypt for the new one; what is in the queue stays as it is.
        queue.encrypting.clear();
    }
    queue.reuse_period = attributes.reuse_period.or(queue.reuse_period);
    if let Some(policy) = attributes.policy {
        queue.policy = policy;
    }
    Ok(Arc::clone(&queue.arn))
}

/// A queue that was found a moment ago.
fn gone() -> ApiError {
    ApiError::new("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
}

/// How SQS's KMS calls look: a user's or role's request is forwarded, a service calls for itself.
fn kms_caller(caller: &Caller, region: Region) -> Arc<Caller> {
    Arc::new(if caller.principal.is_service() { Caller { region, ..caller.clone() } } else { caller.through("sqs", region) })
}

fn context(arn: &str) -> EncryptionContext {
    [("aws:sqs:arn".to_owned(), arn.to_owned())].into()
}

fn send(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Value, ApiError> {
    let SendMessage { queue_url, message_body } = read(members, INVALID)?;
    let place = find(world, caller, &queue_url, "sqs:SendMessage")?;
    let queue = world.sqs.queues.get(&place).ok_or_else(gone)?;
    let (arn, encryption) = (Arc::clone(&queue.arn), queue.encryption.clone());
    let body = match encryption {
        QueueEncryption::None | QueueEncryption::SseSqs => Body::Open(message_body),
        QueueEncryption::SseKms(named) => {
            let key = encrypting_key(world, caller, &place, &named).map_err(|error| translate(&error))?;
            Body::Sealed(key.seal(&mut world.cloud.random, &arn, message_body.as_bytes())?)
        }
    };
    world.sqs.sent += 1;
    let id: Arc<str> = world.cloud.random.uuid(&format!("message {} of {arn}", world.sqs.sent)).into();
    let response = json!({"MessageId": &*id});
    world.sqs.queues.get_mut(&place).ok_or_else(gone)?.messages.push(Message { id, body });
    Ok(response)
}

/// The sender's data key: the one in memory, or a new one, which SQS at once decrypts to see that it can.
fn encrypting_key(world: &mut World, caller: &Caller, place: &Place, named: &str) -> Result<Arc<DataKey>, ApiError> {
    let (now, rulebook) = (world.cloud.now(), world.rulebook);
    let queue = world.sqs.queues.get(place).ok_or_else(gone)?;
    let period = queue.reuse_period.unwrap_or_else(|| rulebook.span(ids::SQS_REUSE));
    let holder = Arc::clone(caller.principal.identity_arn());
    if let Some(key) = queue.encrypting.get(&holder, now, period) {
        return Ok(key);
    }
    let (account, region, context) = (queue.account, queue.region, context(&queue.arn));
    // aws/sqs is always the key of the queue's account, which others cannot use.
    let managed = (named == "alias/aws/sqs").then(|| world.aws_managed_key(account, region, "sqs", "sqs")).flatten();
    let through = kms_caller(caller, region);
    let key = DataKey::generate(world, &through, managed.as_deref().unwrap_or(named), &context)?;
    DataKey::unlock(world, &through, key.lock(), &context)?;
    let key = Arc::new(key);
    world.sqs.queues.get_mut(place).ok_or_else(gone)?.encrypting.put(holder, Arc::clone(&key), now, period);
    Ok(key)
}

fn receive(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Value, ApiError> {
    let ReceiveMessage { queue_url, max_number_of_messages } = read(members, INVALID)?;
    let most = max_number_of_messages.unwrap_or(1);
    let Some(most) = usize::try_from(most).ok().filter(|most| (1..=10).contains(most)) else {
        let message = format!("Value {most} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.");
        return Err(ApiError::new(INVALID, message));
    };
    let place = find(world, caller, &queue_url, "sqs:ReceiveMessage")?;
    let queue = world.sqs.queues.get(&place).ok_or_else(gone)?;
    let arn = Arc::clone(&queue.arn);
    let waiting: Vec<Message> = queue.messages.iter().take(most).cloned().collect();
    let mut messages = Vec::new();
    for Message { id, body } in waiting {
        let text = match body {
            Body::Open(text) => text,
            Body::Sealed(sealed) => {
                let key = decrypting_key(world, caller, &place, &sealed.lock).map_err(|error| translate(&error))?;
                String::from_utf8_lossy(&key.open(&arn, &sealed)?).into_owned()
            }
        };
        messages.push(json!({"MessageId": &*id, "ReceiptHandle": &*id, "Body": text}));
    }
    Ok(json!({"Messages": messages}))
}

/// The data key of a message, from memory or from KMS.
fn decrypting_key(world: &mut World, caller: &Caller, place: &Place, lock: &Lock) -> Result<Arc<DataKey>, ApiError> {
    let (now, rulebook) = (world.cloud.now(), world.rulebook);
    let queue = world.sqs.queues.get(place).ok_or_else(gone)?;
    let period = queue.reuse_period.unwrap_or_else(|| rulebook.span(ids::SQS_REUSE));
    let holder = (Arc::clone(caller.principal.identity_arn()), lock.clone());
    if let Some(key) = queue.decrypting.get(&holder, now, period) {
        return Ok(key);
    }
    let (region, context) = (queue.region, context(&queue.arn));
    let key = Arc::new(DataKey::unlock(world, &kms_caller(caller, region), lock, &context)?);
    world.sqs.queues.get_mut(place).ok_or_else(gone)?.decrypting.put(holder, Arc::clone(&key), now, period);
    Ok(key)
}

fn delete(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Value, ApiError> {
    let DeleteMessage { queue_url, receipt_handle } = read(members, INVALID)?;
    let place = find(world, caller, &queue_url, "sqs:DeleteMessage")?;
    let queue = world.sqs.queues.get_mut(&place).ok_or_else(gone)?;
    let before = queue.messages.len();
    queue.messages.retain(|message| *message.id != receipt_handle);
    if queue.messages.len() == before {
        return Err(ApiError::new(
            "ReceiptHandleIsInvalid",
            format!("The input receipt handle \"{receipt_handle}\" is not a valid receipt handle."),
        ));
    }
    Ok(json!({}))
}

/// How KMS's errors come out of SQS.
///
/// Source: "SendMessage" and "ReceiveMessage", section "Errors", Amazon SQS API Reference.
fn translate(error: &ApiError) -> ApiError {
    let code = match error.code.as_ref() {
        "AccessDeniedException" => "KMS.AccessDeniedException",
        "DisabledException" => "KMS.DisabledException",
        "KMSInvalidStateException" => "KMS.InvalidStateException",
        "NotFoundException" => "KMS.NotFoundException",
        "InvalidKeyUsageException" => "KMS.InvalidKeyUsageException",
        "ThrottlingException" => "KMS.ThrottlingException",
        _ => return error.clone(),
    };
    error.translate(code, error.message.clone(), 400)
}

#[cfg(test)]
mod tests;
