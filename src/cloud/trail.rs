//! The trail: one record per call, in the shape of CloudTrail's.
//!
//! An event holds what the record needs; the JSON is made when somebody asks for it, because most calls
//! are never looked at.

use super::{AccountId, ApiError, Caller, Instant, PrincipalKind, Reason, Region, format_instant};
use serde_json::{Map, Value, json};
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
    /// What it touched.
    pub resources: Vec<Resource>,
    /// What went wrong.
    pub error: Option<Arc<ApiError>>,
    /// What allowed it, where [`super::Cloud::explain_allows`] asks for it.
    pub allowed: Option<Arc<Reason>>,
    /// The record is of a call that only reads.
    pub read_only: bool,
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
    },
    /// Any others.
    Json(Arc<Value>),
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
}

impl Trail {
    /// Adds an event and returns its number.
    pub fn push(&mut self, event: Event) -> usize {
        self.events.push(event);
        self.events.len() - 1
    }

    /// All events, oldest first.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The number of events so far; a place to count from.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether nothing has happened yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// All events, taken out.
    #[must_use]
    pub fn take(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Forgets what happened while a world was built.
    pub fn clear(&mut self) {
        self.events.clear();
    }
}

impl Event {
    /// The record as CloudTrail writes it.
    ///
    /// Source: "CloudTrail record contents" (AWS CloudTrail User Guide) and the guide's section "CloudTrail Integration".
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut record = Map::new();
        record.insert("eventVersion".into(), json!("1.11"));
        record.insert("userIdentity".into(), self.user_identity());
        record.insert("eventTime".into(), json!(format_instant(self.time)));
        record.insert("eventSource".into(), json!(self.source));
        record.insert("eventName".into(), json!(self.name));
        record.insert("awsRegion".into(), json!(self.region.code()));
        if let Some(error) = &self.error {
            // CloudTrail writes the access denial without the suffix that the API's error code has.
            record.insert(
                "errorCode".into(),
                json!(if error.code == "AccessDeniedException" { "AccessDenied" } else { error.code.as_ref() }),
            );
            record.insert("errorMessage".into(), json!(error.message));
        }
        record.insert("requestParameters".into(), self.parameters.to_json());
        record.insert("readOnly".into(), json!(self.read_only));
        let resources: Vec<Value> = self
            .resources
            .iter()
            .map(|resource| json!({"ARN": &*resource.arn, "accountId": resource.account, "type": resource.kind}))
            .collect();
        record.insert("resources".into(), Value::Array(resources));
        record.insert("eventType".into(), json!("AwsApiCall"));
        record.insert("managementEvent".into(), json!(true));
        record.insert("recipientAccountId".into(), json!(self.recipient));
        record.insert("eventCategory".into(), json!("Management"));
        Value::Object(record)
    }

    fn user_identity(&self) -> Value {
        let principal = &self.caller.principal;
        let mut identity = Map::new();
        match &principal.kind {
            PrincipalKind::Root => {
                identity.insert("type".into(), json!("Root"));
                identity.insert("arn".into(), json!(&*principal.arn));
            }
            PrincipalKind::User { name } => {
                identity.insert("type".into(), json!("IAMUser"));
                identity.insert("arn".into(), json!(&*principal.arn));
                identity.insert("userName".into(), json!(name.rsplit('/').next()));
            }
            PrincipalKind::AssumedRole { .. } => {
                identity.insert("type".into(), json!("AssumedRole"));
                identity.insert("arn".into(), json!(&*principal.arn));
                identity.insert("sessionContext".into(), json!({"sessionIssuer": {"type": "Role", "arn": &**principal.identity_arn()}}));
            }
            PrincipalKind::Service { name } => {
                identity.insert("type".into(), json!("AWSService"));
                identity.insert("invokedBy".into(), json!(&**name));
            }
        }
        if let Some(account) = principal.account {
            identity.insert("accountId".into(), json!(account));
        }
        if let Some(via) = &self.caller.via {
            identity.insert("invokedBy".into(), json!(via.invoked_by()));
        }
        Value::Object(identity)
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
            Parameters::Key { key_id, context } => {
                let mut map = Map::new();
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
