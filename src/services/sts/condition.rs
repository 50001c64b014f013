//! The condition keys of a request to STS.
//!
//! Source: "Actions, resources, and condition keys for AWS Security Token Service", Service Authorization Reference.

use super::request::Tag;
use crate::iam::{ConditionKey, ContextValue, RequestContext};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a request carries besides the caller's own.
#[derive(Default)]
pub(super) struct Conditions<'r> {
    pub(super) external_id: Option<&'r str>,
    pub(super) role_session_name: Option<&'r str>,
    pub(super) source_identity: Option<&'r str>,
    pub(super) tags: &'r [Tag],
    pub(super) transitive_tag_keys: &'r [String],
    /// The tags of the role.
    pub(super) role_tags: Option<&'r BTreeMap<String, String>>,
    /// Whether the request itself brings the code of an MFA device.
    pub(super) multi_factor: bool,
}

impl RequestContext for Conditions<'_> {
    fn value(&self, key: &ConditionKey) -> Option<ContextValue<'_>> {
        let one = |text: &'_ str| Some(ContextValue::One(Cow::Owned(text.to_owned())));
        let many = |texts: Vec<String>| Some(ContextValue::Many(texts.into_iter().map(Cow::Owned).collect()));
        let same = |name: &str| key.suffix.as_deref().is_some_and(|suffix| suffix.eq_ignore_ascii_case(name));
        match (&*key.name, key.suffix.is_some()) {
            ("sts:externalid", false) => one(self.external_id?),
            ("sts:rolesessionname", false) => one(self.role_session_name?),
            ("sts:sourceidentity", false) => one(self.source_identity?),
            ("sts:transitivetagkeys", false) => many(self.transitive_tag_keys.to_vec()),
            ("aws:tagkeys", false) => many(self.tags.iter().map(|tag| tag.key.clone()).collect()),
            ("aws:requesttag", true) => one(&self.tags.iter().find(|tag| same(&tag.key))?.value),
            ("aws:resourcetag", true) => one(self.role_tags?.iter().find(|(name, _)| same(name))?.1),
            ("aws:multifactorauthpresent", false) if self.multi_factor => one("true"),
            ("aws:multifactorauthage", false) if self.multi_factor => one("0"),
            _ => None,
        }
    }
}
