//! What is billed, counted as it happens. Prices are none of its business.

use super::{AccountId, Region};
use std::collections::BTreeMap;

/// The classes in which KMS bills requests.
///
/// Source: "AWS Key Management Service pricing".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestClass {
    /// Symmetric and HMAC keys, and requests without a key: the class of the free tier.
    Symmetric,
    /// RSA 2048.
    Rsa2048,
    /// Every other asymmetric key.
    AsymmetricOther,
    /// `GenerateDataKeyPair` with an ECC spec.
    DataKeyPairEcc,
    /// `GenerateDataKeyPair` with an RSA spec.
    DataKeyPairRsa,
    /// Known to be made but not billed, like CloudTrail's own deliveries.
    Unbilled,
}

/// What requests are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeterKey {
    /// The account that made the request and pays for it.
    pub payer: AccountId,
    /// Where.
    pub region: Region,
    /// As what.
    pub class: RequestClass,
}

/// Counts of requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meter {
    counts: BTreeMap<MeterKey, u64>,
}

impl Meter {
    /// Counts requests.
    pub fn add(&mut self, key: MeterKey, requests: u64) {
        let count = self.counts.entry(key).or_default();
        *count = count.saturating_add(requests);
    }

    /// All counts, in order.
    pub fn counts(&self) -> impl Iterator<Item = (&MeterKey, u64)> {
        self.counts.iter().map(|(key, count)| (key, *count))
    }

    /// The number of requests of a class over all accounts and Regions.
    #[must_use]
    pub fn total(&self, class: RequestClass) -> u64 {
        self.counts.iter().filter(|(key, _)| key.class == class).map(|(_, count)| count).sum()
    }
}

impl std::hash::Hash for Region {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.code().hash(state);
    }
}
