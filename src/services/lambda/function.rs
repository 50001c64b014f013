//! A function: what is configured, what is stored encrypted, and the execution environment that is warm.

use crate::cloud::{AccountId, ApiError, Arn, Caller, Principal, Reason, Region};
use crate::kms::{Ciphertext, EncryptionContext};
use crate::services::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A function as a world starts with it.
#[derive(Clone, Debug)]
pub struct NewFunction {
    /// Its name.
    pub name: Arc<str>,
    /// The account that owns it.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
    /// The ARN of its execution role.
    pub role: Arc<str>,
    /// `MemorySize`, in MB.
    pub memory_size: u32,
    /// `KMSKeyArn`; nothing for `aws/lambda`.
    pub key: Option<Arc<str>>,
    /// Its environment variables.
    pub variables: BTreeMap<String, Variable>,
    /// What its code does.
    pub code: FunctionCode,
}

/// The value of an environment variable before Lambda receives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variable {
    /// As it is.
    Plain(String),
    /// Encrypted first, as the console's encryption helpers do, with the context that the code will use.
    HelperEncrypted {
        /// The value.
        plaintext: String,
        /// The key, by id, ARN or alias.
        key: String,
    },
}

/// What a function's code does with one environment variable, which it then gives back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionCode {
    /// What it does.
    pub behaviour: CodeBehaviour,
    /// Which variable; the first in the order of names if nothing is said.
    pub variable: Option<String>,
    /// The encryption context that helper and code use; nothing for `{"LambdaFunctionName": NAME}`, which stands
    /// in the console's snippet.
    pub encryption_context: Option<EncryptionContext>,
}

/// How code treats a variable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CodeBehaviour {
    /// It reads the variable and takes it as it is.
    #[default]
    Reads,
    /// It calls `Decrypt` outside the handler, once in each execution environment.
    DecryptsOnce,
    /// It calls `Decrypt` in the handler.
    DecryptsPerInvocation,
}

impl CodeBehaviour {
    /// All, in the order of effort.
    pub const ALL: [CodeBehaviour; 3] = [CodeBehaviour::Reads, CodeBehaviour::DecryptsOnce, CodeBehaviour::DecryptsPerInvocation];

    /// Its name in scenarios.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            CodeBehaviour::Reads => "reads",
            CodeBehaviour::DecryptsOnce => "decrypts-once",
            CodeBehaviour::DecryptsPerInvocation => "decrypts-per-invocation",
        }
    }

    /// The behaviour of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        CodeBehaviour::ALL.into_iter().find(|behaviour| behaviour.name() == name)
    }
}

impl FunctionCode {
    /// The encryption context of helper and code in the function of this name.
    pub(super) fn context(&self, function: &str) -> EncryptionContext {
        let console = || [("LambdaFunctionName".to_owned(), function.to_owned())].into();
        self.encryption_context.clone().unwrap_or_else(console)
    }

    /// The value that the code looks at.
    pub(super) fn value<'v>(&self, variables: &'v BTreeMap<String, String>) -> Option<&'v str> {
        let named = self.variable.as_ref().map(|name| variables.get(name));
        named.unwrap_or_else(|| variables.values().next()).map(String::as_str)
    }
}

/// A function.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) name: Arc<str>,
    pub(super) arn: Arc<str>,
    pub(super) account: AccountId,
    pub(super) region: Region,
    pub(super) role: Role,
    pub(super) memory_size: u32,
    /// The ARN of the customer managed key.
    pub(super) key: Option<Arc<str>>,
    /// The variables at rest; nothing if there are none.
    pub(super) stored: Option<Stored>,
    pub(super) code: FunctionCode,
    pub(super) environment: Option<Environment>,
    pub(super) cold_starts: u64,
    pub(super) last_view: Option<View>,
    pub(super) last_payload: Option<Value>,
}

/// Environment variables at rest.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) ciphertext: Vec<u8>,
    /// The ARN of the key that encrypted them.
    pub(super) key: Arc<str>,
    /// The token of the execution role's grant, so that a function can start before the grant has propagated.
    pub(super) grant_token: Arc<str>,
}

/// A warm execution environment: variables decrypted, and what code outside the handler has done.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    pub(super) variables: BTreeMap<String, String>,
    pub(super) decrypted: Option<String>,
}

/// What an answer with the configuration showed of the variable that the code looks at.
#[derive(Clone, Debug)]
pub(super) enum View {
    /// With what let the caller decrypt.
    Plaintext {
        allowed: Option<Arc<Reason>>,
    },
    Ciphertext,
    Withheld {
        code: String,
        reason: Option<Arc<Reason>>,
    },
}

/// An execution role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) arn: Arc<str>,
    account: AccountId,
    /// Path and name.
    name: Arc<str>,
}

impl Role {
    /// Reads the ARN of a role in the function's account.
    ///
    /// # Errors
    /// `InvalidParameterValueException`.
    pub(super) fn parse(text: &str, account: AccountId) -> Result<Self, ApiError> {
        let role = Arn::parse(text).filter(|arn| arn.service == "iam").and_then(|arn| {
            let name = arn.resource.strip_prefix("role/")?;
            (arn.account == account.as_str()).then(|| Role { arn: text.into(), account, name: name.into() })
        });
        role.ok_or_else(|| {
            let message = "The role defined for the function cannot be assumed by Lambda.";
            ApiError::new(super::INVALID, message).because(format!("{text} is no role of account {account}"))
        })
    }

    /// The role's session in which a function runs.
    pub(super) fn session(&self, function: &Function) -> Caller {
        Caller::direct(Principal::role_session(self.account, &self.name, &function.name), function.region)
    }

    /// Whether the role can be there for Lambda: it exists, and its trust policy, if the world has one, admits Lambda.
    pub(super) fn is_assumable(&self, iam: &crate::iam::Iam) -> bool {
        let Some(account) = iam.account(self.account) else { return true };
        account
            .roles
            .get(&self.name)
            .is_some_and(|role| role.trusted.is_empty() || role.trusted.iter().any(|who| **who == *"lambda.amazonaws.com"))
    }
}

/// The ciphertext behind a text, if it is one that KMS made.
pub(super) fn ciphertext(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok().filter(|blob| Ciphertext::parse(blob).is_some())
}

impl View {
    /// What a reader of this text sees.
    pub(super) fn of(value: &str) -> Self {
        if ciphertext(value).is_some() { View::Ciphertext } else { View::Plaintext { allowed: None } }
    }

    /// What let the viewer see the plaintext, or refused him.
    fn cause(&self) -> Option<Arc<Reason>> {
        match self {
            View::Plaintext { allowed } => allowed.clone(),
            View::Ciphertext => None,
            View::Withheld { reason, .. } => reason.clone(),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            View::Plaintext { .. } => "plaintext",
            View::Ciphertext => "ciphertext",
            View::Withheld { .. } => "withheld",
        }
    }
}

impl Function {
    /// Why code that takes its variable as it is may see a ciphertext.
    ///
    /// Source: "Securing Lambda environment variables", AWS Lambda Developer Guide.
    fn why_ciphertext(&self) -> Reason {
        Reason::new(format!("the value was encrypted before Lambda received it, and the code of {} does not decrypt it", self.name))
            .detail("Lambda undoes only its own encryption at rest; to Lambda this value is a text like any other", None)
    }

    /// See [`super::Lambda::state`].
    pub(super) fn state(&self, field: Option<&str>) -> Option<State> {
        let text = |text: Option<&str>| text.map_or(Value::Null, Value::from);
        let value = match field {
            None => Value::from("Active"),
            Some("kms_key") => text(self.key.as_deref()),
            Some("environments") => Value::from(u8::from(self.environment.is_some())),
            Some("cold_starts") => Value::from(self.cold_starts),
            Some("last_view") => {
                let cause = self.last_view.as_ref().and_then(View::cause);
                return Some(State::of(text(self.last_view.as_ref().map(View::name))).because(cause));
            }
            Some("last_view_hidden") => {
                self.last_view.as_ref().map_or(Value::Null, |view| Value::from(!matches!(view, View::Plaintext { .. })))
            }
            Some("last_view_denial") => match &self.last_view {
                Some(View::Withheld { code, reason }) => return Some(State::of(code.as_str()).because(reason.clone())),
                Some(View::Plaintext { .. } | View::Ciphertext) | None => Value::Null,
            },
            Some("last_payload") => self.last_payload.clone().unwrap_or(Value::Null),
            Some("saw") => {
                let saw = self.last_payload.as_ref().and_then(Value::as_str).map(View::of);
                let cause = matches!(saw, Some(View::Ciphertext)).then(|| Arc::new(self.why_ciphertext()));
                return Some(State::of(text(saw.as_ref().map(View::name))).because(cause));
            }
            Some(_) => return None,
        };
        Some(State::of(value))
    }
}
