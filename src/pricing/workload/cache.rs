//! Caches of data keys, which let one request to KMS serve many messages.

use crate::cloud::Duration;

/// A cache of data keys as the caching module of the AWS Encryption SDK keeps it.
///
/// Source: "Data key caching", AWS Encryption SDK Developer Guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataKeyCache {
    /// Most messages under one data key; nothing: only the age counts.
    pub messages: Option<u64>,
    /// How long a data key is kept.
    pub age: Duration,
    /// How many processes share the messages, each with a cache of its own.
    pub clients: u64,
}

impl DataKeyCache {
    /// How many messages a data key comes to serve, where so many are spread evenly over a time.
    #[must_use]
    pub fn messages_per_key(&self, times: u64, over: Duration) -> u64 {
        let nanoseconds = |span: Duration| span.num_nanoseconds().and_then(|span| u128::try_from(span).ok()).unwrap_or(u128::MAX);
        let of_one_client = nanoseconds(over).saturating_mul(u128::from(self.clients)).max(1);
        let while_kept = nanoseconds(self.age).saturating_mul(u128::from(times)).div_ceil(of_one_client).max(1);
        let while_kept = u64::try_from(while_kept).unwrap_or(u64::MAX);
        self.messages.map_or(while_kept, |messages| while_kept.min(messages))
    }

    /// The data keys of `messages` in a month of so many seconds: as many as the limit of messages asks for or as the age
    /// does, whichever is more, and never more than there are messages.
    ///
    /// Unlike [`DataKeyCache::messages_per_key`], which follows an even beat, it never falls when the messages grow.
    #[must_use]
    pub fn data_keys(messages: u64, most: u64, age_seconds: u64, clients: u64, seconds: u64) -> u64 {
        let by_messages = messages.div_ceil(most.max(1));
        let by_age = clients.saturating_mul(seconds.div_ceil(age_seconds.max(1)));
        messages.min(by_messages.max(by_age))
    }
}
