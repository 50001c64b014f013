//! From a recorded trail to the requests that are billed.
//!
//! CloudTrail tells who called what, and not every time with what kind of key: what had to be assumed is told beside the counts.

use super::Month;
use crate::cloud::{AccountId, Meter, MeterKey, Region, RequestClass, parse_instant};
use crate::kms::{KeySpec, Operation, request_class};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a trail says of requests to KMS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The requests of each month.
    pub months: BTreeMap<Month, Meter>,
    /// Requests whose key might be of a dearer or cheaper kind, by what was assumed of them.
    pub assumed: BTreeMap<String, u64>,
    /// Requests that were refused, which are not billed.
    pub refused: u64,
    /// Records that are no requests to KMS, or copies of others.
    pub others: u64,
}

/// Counts the requests in records of CloudTrail. `specs` tells of keys, by ARN, what the trail does not.
///
/// A request is the caller's to pay. A record that the owner of a key in another account gets is a copy.
///
/// Source: "Logging AWS KMS API calls with AWS CloudTrail", AWS KMS Developer Guide; "AWS Key Management Service Pricing".
#[must_use]
pub fn recorded<'r>(records: impl IntoIterator<Item = &'r Value>, specs: &BTreeMap<String, KeySpec>) -> Recorded {
    let mut counter = Counter { specs: specs.clone(), seen: BTreeSet::new(), recorded: Recorded::default() };
    for record in records {
        if counter.count(record).is_none() {
            counter.recorded.others += 1;
        }
    }
    counter.recorded
}

struct Counter {
    /// By key ARN; the trail adds what it says itself.
    specs: BTreeMap<String, KeySpec>,
    /// Ids of events whose copies are not counted again.
    seen: BTreeSet<String>,
    recorded: Recorded,
}

impl Counter {
    /// Counts a record; nothing for one that is no request to KMS, or a copy of one.
    fn count(&mut self, record: &Value) -> Option<()> {
        let text = |path: &str| record.pointer(path).and_then(Value::as_str);
        if text("/eventSource") != Some("kms.amazonaws.com") || text("/eventType") == Some("AwsServiceEvent") {
            return None;
        }
        let operation = Operation::parse(text("/eventName")?)?;
        let month = Month::of(parse_instant(text("/eventTime")?)?)?;
        let region = Region::parse(text("/awsRegion")?)?;
        if text("/sharedEventID").is_some_and(|id| !self.seen.insert(id.to_owned())) {
            return None;
        }
        if text("/errorCode").is_some() {
            self.recorded.refused += 1;
            return Some(());
        }
        let payer = text("/userIdentity/accountId").or_else(|| text("/recipientAccountId")).and_then(AccountId::parse)?;
        self.learn(record);
        let class = match text("/userIdentity/invokedBy") {
            Some("cloudtrail.amazonaws.com") if text("/userIdentity/type") == Some("AWSService") => RequestClass::Unbilled,
            _ => self.class(record, operation),
        };
        self.recorded.months.entry(month).or_default().add(MeterKey { payer, region, class }, 1);
        Some(())
    }

    /// Keys that are made tell what they are.
    fn learn(&mut self, record: &Value) {
        for members in ["/responseElements", "/responseElements/keyMetadata", "/responseElements/replicaKeyMetadata"] {
            let Some(members) = record.pointer(members) else { continue };
            let member = |name: &str| members.get(name).and_then(Value::as_str);
            if let (Some(arn), Some(spec)) = (member("arn"), member("keySpec").and_then(KeySpec::parse)) {
                self.specs.insert(arn.to_owned(), spec);
            }
        }
    }

    fn class(&mut self, record: &Value, operation: Operation) -> RequestClass {
        let parameter = |name: &str| record.pointer("/requestParameters")?.get(name)?.as_str();
        if let Some(pair) = parameter("keyPairSpec").and_then(KeySpec::parse) {
            return request_class(operation, std::iter::empty(), Some(pair));
        }
        let arns = record.get("resources").and_then(Value::as_array).into_iter().flatten();
        let arns: Vec<&str> = arns.filter_map(|resource| resource.get("ARN")?.as_str()).filter(|arn| arn.contains(":key/")).collect();
        let known: Vec<KeySpec> = arns.iter().filter_map(|arn| self.specs.get(*arn).copied()).collect();
        if !arns.is_empty() && known.len() == arns.len() {
            return request_class(operation, known.into_iter(), None);
        }
        let algorithms = [
            "signingAlgorithm",
            "encryptionAlgorithm",
            "sourceEncryptionAlgorithm",
            "destinationEncryptionAlgorithm",
            "keyAgreementAlgorithm",
            "encapsulationAlgorithm",
        ];
        // Of two keys the dearer counts, and symmetric ones are the cheapest.
        let named = algorithms.iter().filter_map(|name| parameter(name));
        let algorithm = named.max_by_key(|name| *name != "SYMMETRIC_DEFAULT").unwrap_or_default();
        let (spec, sure) = match algorithm {
            rsa if rsa.starts_with("RSA") => (KeySpec::RSA_2048, false),
            "" if operation == Operation::GetPublicKey => (KeySpec::RSA_2048, false),
            // Nobody has to name the algorithm of symmetric keys, and no other operation works with keys of several kinds.
            "" | "SYMMETRIC_DEFAULT" => (KeySpec::SYMMETRIC_DEFAULT, true),
            _ => (KeySpec::ECC_NIST_P256, true),
        };
        let class = request_class(operation, std::iter::once(spec), None);
        if !sure {
            *self.recorded.assumed.entry(format!("{} under a key taken for {spec}", operation.name())).or_default() += 1;
        }
        class
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(name: &str, more: &Value) -> Value {
        let mut record = json!({
            "eventSource": "kms.amazonaws.com", "eventName": name, "eventTime": "2026-07-03T10:00:00Z", "awsRegion": "us-east-1",
            "eventType": "AwsApiCall", "userIdentity": {"type": "AssumedRole", "accountId": "111122223333"},
        });
        for (name, value) in more.as_object().unwrap() {
            record[name] = value.clone();
        }
        record
    }

    fn counts(records: &[Value]) -> BTreeMap<RequestClass, u64> {
        let recorded = recorded(records, &BTreeMap::new());
        recorded.months.values().flat_map(Meter::counts).map(|(key, count)| (key.class, count)).collect()
    }

    #[test]
    fn requests_are_counted_once_and_refused_ones_not_at_all() {
        let shared = json!({"sharedEventID": "one"});
        let records = [
            record("Decrypt", &shared),
            record("Decrypt", &json!({"sharedEventID": "one", "recipientAccountId": "999988887777"})),
            record("Decrypt", &json!({"errorCode": "AccessDenied"})),
            record("RotateKey", &json!({"eventType": "AwsServiceEvent"})),
            record("PutObject", &json!({"eventSource": "s3.amazonaws.com"})),
            json!("garbage"),
        ];
        let found = recorded(&records, &BTreeMap::new());
        assert_eq!((found.refused, found.others), (1, 4));
        assert_eq!(counts(&records), [(RequestClass::Symmetric, 1)].into());
    }

    #[test]
    fn the_kind_of_key_is_known_from_the_trail_or_told() {
        let arn = "arn:aws:kms:us-east-1:111122223333:key/a";
        let on = |more: Value| {
            let mut more = more;
            more["resources"] = json!([{"ARN": arn}]);
            more
        };
        let made = on(json!({"responseElements": {"keyMetadata": {"arn": arn, "keySpec": "RSA_4096"}}}));
        let sign = on(json!({"requestParameters": {"signingAlgorithm": "RSASSA_PSS_SHA_256"}}));
        let after = [record("CreateKey", &made), record("Sign", &sign)];
        assert_eq!(counts(&after), [(RequestClass::Symmetric, 1), (RequestClass::AsymmetricOther, 1)].into());
        let alone = [record("Sign", &sign)];
        assert_eq!(counts(&alone), [(RequestClass::Rsa2048, 1)].into());
        assert_eq!(
            recorded(&alone, &BTreeMap::new()).assumed.into_iter().collect::<Vec<_>>(),
            [("Sign under a key taken for RSA_2048".to_owned(), 1)]
        );
        let told = recorded(&alone, &[(arn.to_owned(), KeySpec::RSA_3072)].into());
        assert!(told.assumed.is_empty() && told.months.values().all(|meter| meter.total(RequestClass::AsymmetricOther) == 1));
        let algorithms = json!({"sourceEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "destinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT"});
        let moved = record("ReEncrypt", &json!({"requestParameters": algorithms}));
        assert_eq!(counts(&[moved]), [(RequestClass::Rsa2048, 1)].into());
        let pair = record("GenerateDataKeyPair", &json!({"requestParameters": {"keyPairSpec": "RSA_2048"}}));
        assert_eq!(counts(&[pair]), [(RequestClass::DataKeyPairRsa, 1)].into());
    }
}
