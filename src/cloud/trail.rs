//! The trail: one record per call, in the shape of CloudTrail's.
//!
//! An event holds what the record needs; the JSON is made when somebody asks for it ([`Event::to_json`]), because most
//! calls are never looked at.
//!
//! ```text
//! record.rs     an event as CloudTrail writes it, once in each account that gets it
//! identity.rs   userIdentity, with the unique ids of principals
//! ```

mod identity;
mod record;

use super::{AccountId, ApiError, Caller, Instant, Reason, Region};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::sync::Arc;

/// One call.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub time: Instant,
    /// `kms.amazonaws.com`.
    pub source: &'static str,
    /// `Decrypt`.
    pub name: &'static str,
    /// Who, and through what.
    pub caller: Arc<Caller>,
    /// Where.
    pub region: Region,
    /// The account in whose trail this record stands.
    pub recipient: Option<AccountId>,
    /// What was asked, without secrets.
    pub parameters: Parameters,
    /// What came back, for the few operations whose response is logged: `responseElements`.
    pub response: Option<Arc<Value>>,
    /// What the service adds of its own.
    pub additional: Additional,
    /// What it touched.
    pub resources: Vec<Resource>,
    /// What went wrong.
    pub error: Option<Arc<ApiError>>,
    /// What allowed it, where [`super::Cloud::explain_allows`] asks for it.
    pub allowed: Option<Arc<Reason>>,
    /// The record is of a call that only reads.
    pub read_only: bool,
    /// What its ids are made from; set when it is recorded.
    pub stamp: Stamp,
}

/// What the ids of an event are made from, so that equal worlds write equal records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// The seed of the world.
    pub seed: u64,
    /// The number of the event.
    pub number: u64,
}

/// What a service adds to a record that is neither request nor response.
#[derive(Clone, Debug, Default)]
pub enum Additional {
    /// Nothing.
    #[default]
    Nothing,
    /// The id of the key material that was used: `additionalEventData.keyMaterialId`.
    Material([u8; 32]),
    /// Of `ReEncrypt` the material that decrypted and the one that encrypted.
    Materials(Arc<([u8; 32], [u8; 32])>),
    /// Other members of `additionalEventData`.
    Members(Arc<Value>),
    /// The members of `serviceEventDetails`: the service did this by itself, and nobody called.
    ServiceEvent(Arc<Value>),
}

/// The request parameters of a record, kept as the call had them and written as JSON when asked for.
#[derive(Clone, Debug)]
pub enum Parameters {
    /// None.
    Empty,
    /// Those of a KMS call that names a key and perhaps an encryption context.
    Key {
        /// What the caller named as the key.
        key_id: Option<Arc<str>>,
        /// The encryption context.
        context: Arc<std::collections::BTreeMap<String, String>>,
        /// One member more.
        also: Also,
    },
    /// Any others.
    Json(Arc<Value>),
}

/// A request member beside key and encryption context: one that costs nothing to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Also {
    /// None.
    Nothing,
    /// A text under its name, like `keySpec`.
    Text(&'static str, Cow<'static, str>),
    /// A number under its name, like `numberOfBytes`.
    Number(&'static str, i64),
}

/// A resource that a call touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its ARN.
    pub arn: Arc<str>,
    /// Its account.
    pub account: Option<AccountId>,
    /// `AWS::KMS::Key`.
    pub kind: &'static str,
}

/// All events, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    events: Vec<Event>,
    /// How many older events have been forgotten.
    forgotten: usize,
    /// How many to keep at least; nothing for all.
    most: Option<usize>,
}

impl Trail {
    /// Adds an event and returns its number.
    pub fn push(&mut self, event: Event) -> usize {
        if let Some(most) = self.most.filter(|most| self.events.len() >= 2 * most) {
            // Half of them at a time: moving the others costs little that way.
            self.events.drain(..most);
            self.forgotten += most;
        }
        self.events.push(event);
        self.len() - 1
    }

    /// All events that are kept, oldest first.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The number of events so far; a place to count from.
    #[must_use]
    pub fn len(&self) -> usize {
        self.forgotten + self.events.len()
    }

    /// Whether nothing has happened yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keeps at least the last `most` events, and at most twice as many, from now on; or all, if nothing is said. Their numbers stay
    /// what they are.
    pub fn keep(&mut self, most: Option<usize>) {
        self.most = most.map(|most| most.max(1));
    }

    /// The events from a number on, as far as they are kept.
    pub fn since(&self, number: usize) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter().skip(number.saturating_sub(self.forgotten))
    }

    /// All events, taken out.
    #[must_use]
    pub fn take(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Forgets what happened while a world was built.
    pub fn clear(&mut self) {
        self.events.clear();
        self.forgotten = 0;
    }
}

/// CloudTrail writes member names with a small first letter: `KeyId` becomes `keyId`. AWS's validation messages do too.
#[must_use]
pub fn member_name(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

impl Parameters {
    /// The members of a request, without secrets.
    #[must_use]
    pub fn of(members: Value) -> Self {
        match members {
            Value::Object(members) if !members.is_empty() => {
                let shown: Map<String, Value> = members.into_iter().map(|(name, value)| (member_name(&name), value)).collect();
                Parameters::Json(Arc::new(Value::Object(shown)))
            }
            Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Parameters::Empty,
        }
    }

    /// As CloudTrail writes them: member names begin in lower case.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Parameters::Empty => Value::Null,
            Parameters::Key { key_id, context, also } => {
                let mut map = Map::new();
                match also {
                    Also::Nothing => {}
                    Also::Text(name, text) => drop(map.insert((*name).to_owned(), json!(text))),
                    Also::Number(name, number) => drop(map.insert((*name).to_owned(), json!(number))),
                }
                if let Some(key_id) = key_id {
                    map.insert("keyId".into(), json!(&**key_id));
                }
                if !context.is_empty() {
                    map.insert("encryptionContext".into(), json!(&**context));
                }
                Value::Object(map)
            }
            Parameters::Json(value) => (**value).clone(),
        }
    }
}
