//! The operations of the KMS API, from `tables/operations.csv`.

use super::KeyUsage;
use std::collections::BTreeSet;

/// A row of the table of operations.
#[derive(Debug)]
pub struct OperationRow {
    /// The operation.
    pub operation: Operation,
    /// `Decrypt`.
    pub name: &'static str,
    /// `kms:Decrypt`. Of `ReEncrypt`, which has no permission of that name, `kms:ReEncrypt`.
    pub action: &'static str,
    /// `crypto`, `management`, `grant`, `alias`, `import`, `listing` or `custom-key-store`.
    pub category: &'static str,
    /// The permissions that it asks for, all of them.
    pub permissions: &'static [Permission],
    /// What its `KeyId` accepts.
    pub identifiers: &'static [IdentifierKind],
    /// Whether it works on a key of another account at all.
    pub cross_account: bool,
    /// The key usages that it fits.
    pub key_usages: &'static [KeyUsage],
    /// Whether it takes `DryRun`.
    pub dry_run: bool,
    /// Whether it takes `GrantTokens`.
    pub grant_tokens: bool,
    /// Its request members.
    pub parameters: &'static [Parameter],
    /// The errors that it may return besides the common ones.
    pub errors: &'static [&'static str],
}

/// A permission and the kind of resource it is asked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// `kms:Decrypt`.
    pub action: &'static str,
    /// On what.
    pub on: PermissionTarget,
}

/// What a permission is asked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionTarget {
    /// The key.
    Key,
    /// The alias: IAM policies alone decide.
    Alias,
    /// No resource (`*`): IAM policies alone decide.
    Account,
}

/// A form in which a key may be named.
///
/// Source: "Key identifiers (KeyId)", AWS KMS Developer Guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentifierKind {
    /// `1234abcd-12ab-34cd-56ef-1234567890ab`.
    KeyId,
    /// `arn:aws:kms:us-east-1:111122223333:key/…`.
    KeyArn,
    /// `alias/name`.
    AliasName,
    /// `arn:aws:kms:us-east-1:111122223333:alias/name`.
    AliasArn,
}

/// A request member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Whether a request must have it.
    pub required: bool,
}

include!(concat!(env!("OUT_DIR"), "/kms_operations.rs"));

/// Every permission that is asked for on a key, in the order of the alphabet.
#[must_use]
pub fn key_permissions() -> BTreeSet<&'static str> {
    let permissions = OPERATIONS.iter().flat_map(|row| row.permissions);
    permissions.filter(|permission| permission.on == PermissionTarget::Key).map(|permission| permission.action).collect()
}

/// Whether the operation that asks for a permission, in any case, works on keys of other accounts. Of what KMS does not
/// know it is not said that it does not.
///
/// Source: "Allowing users in other accounts to use a KMS key", AWS KMS Developer Guide.
#[must_use]
pub fn works_across_accounts(action: &str) -> bool {
    let asks = |permission: &Permission| permission.on == PermissionTarget::Key && permission.action.eq_ignore_ascii_case(action);
    OPERATIONS.iter().find(|row| row.permissions.iter().any(asks)).is_none_or(|row| row.cross_account)
}

impl Operation {
    /// The operation of this name, in AWS's spelling.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        OPERATIONS.iter().find(|row| row.name == name).map(|row| row.operation)
    }

    /// Its row of the table.
    #[must_use]
    pub fn row(self) -> &'static OperationRow {
        // INVARIANT: the table and the enum are generated from the same rows, in the same order.
        static NONE: OperationRow = OperationRow {
            operation: Operation::GenerateRandom,
            name: "",
            action: "",
            category: "",
            permissions: &[],
            identifiers: &[],
            cross_account: false,
            key_usages: &[],
            dry_run: false,
            grant_tokens: false,
            parameters: &[],
            errors: &[],
        };
        OPERATIONS.get(self as usize).unwrap_or(&NONE)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Whether it counts as a use of the key.
    ///
    /// Source: "GetKeyLastUsage", AWS KMS API Reference.
    #[must_use]
    pub fn is_tracked(self) -> bool {
        self.row().category == "crypto" && !matches!(self, Operation::GetPublicKey | Operation::GenerateRandom)
    }

    /// Whether it only reads: `readOnly` in the trail.
    #[must_use]
    pub fn read_only(self) -> bool {
        let row = self.row();
        matches!(row.category, "crypto" | "listing")
            || row.name.starts_with("Get")
            || row.name.starts_with("Describe")
            || row.name.starts_with("List")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_56_operations_and_each_finds_its_row() {
        assert_eq!(OPERATIONS.len(), 56);
        for row in OPERATIONS {
            assert_eq!(row.operation.name(), row.name);
            assert_eq!(Operation::parse(row.name), Some(row.operation));
            assert!(!row.permissions.is_empty(), "{}", row.name);
        }
        assert_eq!(Operation::parse("decrypt"), None);
    }
}
