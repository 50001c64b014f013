//! The shapes of requests. Numbers may come as text, because the query protocol has nothing else.

use serde::{Deserialize, Deserializer};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct AssumeRole {
    pub(super) role_arn: Option<String>,
    pub(super) role_session_name: Option<String>,
    #[serde(deserialize_with = "number")]
    pub(super) duration_seconds: Option<i64>,
    pub(super) policy: Option<String>,
    pub(super) policy_arns: Vec<PolicyArn>,
    pub(super) tags: Vec<Tag>,
    pub(super) transitive_tag_keys: Vec<String>,
    pub(super) external_id: Option<String>,
    pub(super) serial_number: Option<String>,
    pub(super) token_code: Option<String>,
    pub(super) source_identity: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct GetFederationToken {
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "number")]
    pub(super) duration_seconds: Option<i64>,
    pub(super) policy: Option<String>,
    pub(super) policy_arns: Vec<PolicyArn>,
    pub(super) tags: Vec<Tag>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct GetSessionToken {
    #[serde(deserialize_with = "number")]
    pub(super) duration_seconds: Option<i64>,
    pub(super) serial_number: Option<String>,
    pub(super) token_code: Option<String>,
}

/// `PolicyDescriptorType`: its only member is written in lower case.
#[derive(Debug, Deserialize)]
pub(super) struct PolicyArn {
    #[serde(default, alias = "Arn")]
    pub(super) arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(i64),
    Text(String),
}

fn number<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    match Option::<NumberOrText>::deserialize(deserializer)? {
        None => Ok(None),
        Some(NumberOrText::Number(number)) => Ok(Some(number)),
        Some(NumberOrText::Text(text)) => text.parse().map(Some).map_err(|_| serde::de::Error::custom(format!("{text} is not a number"))),
    }
}
