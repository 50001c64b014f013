//! AWS managed keys: made when a service first needs one, with a policy that nobody can change.
//!
//! Source: "AWS managed keys", AWS KMS Developer Guide.

use super::{AliasRef, KeyId, KeyManager, KeyRef, Kms, NewKey};
use crate::cloud::{AccountId, Cloud, Random, Region};
use crate::iam::{Policy, PolicyKind};
use serde_json::json;
use std::sync::Arc;

impl Kms {
    /// The id that the AWS managed key of a service has, whether it has been made or not.
    #[must_use]
    pub fn aws_managed_key_id(random: &Random, account: AccountId, region: Region, service: &str) -> Option<KeyId> {
        KeyId::parse(&random.uuid(&format!("aws managed {account} {region} {service}")))
    }

    /// The AWS managed key of a service in an account and Region, made if it is not there yet.
    ///
    /// `service` is what stands after `alias/aws/`; `via` the first label of `kms:ViaService`, which differs
    /// for EBS (`ebs`, `ec2`).
    pub fn aws_managed_key(
        &mut self,
        cloud: &Cloud,
        account: AccountId,
        region: Region,
        service: &'static str,
        via: &str,
    ) -> Option<KeyRef> {
        let alias = AliasRef { account, region, name: format!("alias/aws/{service}").into() };
        if let Some(key) = self.alias(&alias) {
            return Some(key);
        }
        let id = Kms::aws_managed_key_id(&cloud.random, account, region, service)?;
        let policy = policy(account, region, service, via)?;
        let new = NewKey {
            manager: KeyManager::Aws { service },
            description: format!("Default key that protects my {service} data when no other key is defined"),
            ..NewKey::symmetric(id, account, region, Arc::new(policy))
        };
        let at = self.add_key(&cloud.random, cloud.now(), new);
        self.set_alias(alias, at, cloud.now());
        Some(at)
    }
}

fn policy(account: AccountId, region: Region, service: &str, via: &str) -> Option<Policy> {
    let document = json!({
        "Version": "2012-10-17",
        "Id": format!("auto-{service}-1"),
        "Statement": [
            {
                "Sid": format!("Allow access through {service} for all principals in the account that are authorized to use {service}"),
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"],
                "Resource": "*",
                "Condition": {"StringEquals": {
                    "kms:CallerAccount": account,
                    "kms:ViaService": format!("{via}.{region}.amazonaws.com"),
                }},
            },
            {
                "Sid": "Allow direct access to key metadata to the account",
                "Effect": "Allow",
                "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
                "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
                "Resource": "*",
            },
        ],
    });
    Policy::from_json(&document.to_string(), PolicyKind::Key, &format!("key policy of aws/{service} (fixed by AWS)")).ok()
}
