//! An organisation: accounts in a tree of organisational units, with the policies that restrict them.
//!
//! Source: "SCP evaluation" and "RCP evaluation", AWS Organizations User Guide.

use super::Policy;
use crate::cloud::AccountId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An organisation.
#[derive(Clone, Debug)]
pub struct Organization {
    /// `o-` and ten letters or digits (`aws:PrincipalOrgID`).
    pub id: Arc<str>,
    /// The account that pays for it, which no policy of the organisation restricts.
    pub management: AccountId,
    /// The id of its root, `r-` and some letters.
    pub root: Arc<str>,
    /// What is attached to the root.
    pub controls: Controls,
    /// The organisational units by their ids.
    pub units: BTreeMap<Arc<str>, Unit>,
    /// The accounts in it.
    pub members: BTreeMap<AccountId, Member>,
}

/// What is attached to the root, a unit or an account.
#[derive(Clone, Debug, Default)]
pub struct Controls {
    /// Service control policies, `FullAWSAccess` among them where it is attached.
    pub service: Vec<Arc<Policy>>,
    /// Resource control policies besides `RCPFullAWSAccess`, which is everywhere.
    pub resource: Vec<Arc<Policy>>,
}

/// An organisational unit.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Its name with those of the units above: `Workloads/Prod`.
    pub name: Arc<str>,
    /// The unit above; nothing for one right below the root.
    pub parent: Option<Arc<str>>,
    /// What is attached to it.
    pub controls: Controls,
}

/// An account of an organisation.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its unit; nothing for an account right below the root.
    pub unit: Option<Arc<str>>,
    /// What is attached to it.
    pub controls: Controls,
}

/// More units than this do not stand above one another.
///
/// Source: "Quotas for AWS Organizations", AWS Organizations User Guide.
pub const DEEPEST_UNITS: usize = 5;

impl Organization {
    /// The units above an account, the topmost first.
    fn units_above(&self, member: &Member) -> Vec<(&Arc<str>, &Unit)> {
        let mut units = Vec::new();
        let mut next = member.unit.as_ref();
        while let Some((id, unit)) = next.and_then(|id| self.units.get_key_value(id)).filter(|_| units.len() < DEEPEST_UNITS) {
            units.push((id, unit));
            next = unit.parent.as_ref();
        }
        units.reverse();
        units
    }

    /// What restricts an account, from the root down to itself.
    #[must_use]
    pub fn levels(&self, account: AccountId) -> Vec<&Controls> {
        let Some(member) = self.members.get(&account).filter(|_| account != self.management) else { return Vec::new() };
        let units = self.units_above(member).into_iter().map(|(_, unit)| &unit.controls);
        std::iter::once(&self.controls).chain(units).chain([&member.controls]).collect()
    }

    /// What a level above an account is called, counted from the root at 0, in the words of messages.
    #[must_use]
    pub fn level_name(&self, account: AccountId, level: usize) -> String {
        let units = self.members.get(&account).map(|member| self.units_above(member)).unwrap_or_default();
        match level.checked_sub(1).map(|below| units.get(below)) {
            None => "the root of the organization".to_owned(),
            Some(Some((_, unit))) => format!("OU {}", unit.name),
            Some(None) => format!("account {account}"),
        }
    }

    /// Whether an account is in it.
    #[must_use]
    pub fn has(&self, account: AccountId) -> bool {
        account == self.management || self.members.contains_key(&account)
    }

    /// Where an account stands: `o-…/r-…/ou-…/` (`aws:PrincipalOrgPaths`).
    #[must_use]
    pub fn path(&self, account: AccountId) -> Option<String> {
        let units = match self.members.get(&account) {
            Some(member) => self.units_above(member),
            None if account == self.management => Vec::new(),
            None => return None,
        };
        let steps = [&self.id, &self.root].into_iter().chain(units.into_iter().map(|(id, _)| id));
        Some(steps.map(|step| format!("{step}/")).collect())
    }
}
