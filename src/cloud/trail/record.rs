//! An event as CloudTrail writes it.
//!
//! Sources: "CloudTrail record contents for management, data, and network activity events" (AWS CloudTrail User Guide),
//! "Logging AWS KMS API calls with AWS CloudTrail" with its examples (AWS KMS Developer Guide), and the guide's section
//! "CloudTrail Integration".

use super::identity::{caller, other_account, service_itself};
use super::{Additional, Event};
use crate::cloud::random::{hex_digits, uuid};
use crate::cloud::{AccountId, PrincipalKind, format_instant};
use serde_json::{Map, Value, json};

/// What callers of the model call with: the value of the guide's example record.
const AGENT: &str = "aws-cli/2.0.0";

/// What stands for the caller's address where a service acts by itself.
const INTERNAL: &str = "AWS Internal";

impl Event {
    /// The record in the account of the caller, as CloudTrail writes it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.record(self.recipient, false)
    }

    /// All records of the event: the caller's, then one in each other account whose key was used.
    ///
    /// A call that is refused for want of a permission is told to nobody but the caller's account.
    ///
    /// Source: "Logging AWS KMS API calls with AWS CloudTrail", AWS KMS Developer Guide.
    pub fn records(&self) -> impl Iterator<Item = Value> {
        std::iter::once(self.to_json()).chain(self.owners().into_iter().map(|owner| self.record(Some(owner), true)))
    }

    /// The record that an account gets, if it gets one.
    #[must_use]
    pub fn record_in(&self, account: AccountId) -> Option<Value> {
        if self.recipient == Some(account) {
            return Some(self.to_json());
        }
        self.owners().contains(&account).then(|| self.record(Some(account), true))
    }

    /// The other accounts that get a record.
    fn owners(&self) -> Vec<AccountId> {
        let mut owners = Vec::new();
        if self.error.as_ref().is_some_and(|error| error.code == "AccessDeniedException") {
            return owners;
        }
        for account in self.resources.iter().filter_map(|resource| resource.account) {
            if Some(account) != self.recipient && !owners.contains(&account) {
                owners.push(account);
            }
        }
        owners
    }

    fn record(&self, recipient: Option<AccountId>, for_owner: bool) -> Value {
        let mut record = Map::new();
        let mut put = |name: &str, value: Value| drop(record.insert(name.to_owned(), value));
        let source = self.source_of_call();
        put("eventVersion", json!("1.11"));
        put(
            "userIdentity",
            match (&self.additional, for_owner) {
                (Additional::ServiceEvent(_), _) => service_itself(recipient, INTERNAL),
                (_, true) => other_account(self),
                (_, false) => caller(self),
            },
        );
        put("eventTime", json!(format_instant(self.time)));
        put("eventSource", json!(self.source));
        put("eventName", json!(self.name));
        put("awsRegion", json!(self.region.code()));
        put("sourceIPAddress", json!(source.clone().unwrap_or_else(|| self.caller.address().to_string())));
        put("userAgent", json!(source.as_deref().or(self.caller.network.agent.as_deref()).unwrap_or(AGENT)));
        if let Some(error) = &self.error {
            // CloudTrail writes the access denial without the suffix that the API's error code has.
            put("errorCode", json!(if error.code == "AccessDeniedException" { "AccessDenied" } else { error.code.as_ref() }));
            put("errorMessage", json!(error.message));
        }
        put("requestParameters", self.parameters.to_json());
        put("responseElements", self.response.as_ref().map_or(Value::Null, |response| (**response).clone()));
        match &self.additional {
            Additional::Nothing | Additional::ServiceEvent(_) => {}
            Additional::Material(material) => put("additionalEventData", json!({"keyMaterialId": hex_digits(material)})),
            Additional::Materials(both) => put(
                "additionalEventData",
                json!({"sourceKeyMaterialId": hex_digits(&both.0), "destinationKeyMaterialId": hex_digits(&both.1)}),
            ),
            Additional::Members(members) => put("additionalEventData", (**members).clone()),
        }
        let is_service_event = matches!(self.additional, Additional::ServiceEvent(_));
        let (seed, number) = (self.stamp.seed, self.stamp.number);
        if !is_service_event {
            put("requestID", json!(uuid(seed, &format!("request {number}"))));
        }
        let copy = if for_owner { recipient.map(|account| format!(" of {account}")).unwrap_or_default() } else { String::new() };
        put("eventID", json!(uuid(seed, &format!("event {number}{copy}"))));
        put("readOnly", json!(self.read_only));
        let resources: Vec<Value> = self
            .resources
            .iter()
            .map(|resource| json!({"accountId": resource.account, "type": resource.kind, "ARN": &*resource.arn}))
            .collect();
        put("resources", Value::Array(resources));
        put("eventType", json!(if is_service_event { "AwsServiceEvent" } else { "AwsApiCall" }));
        put("managementEvent", json!(true));
        put("recipientAccountId", json!(recipient));
        if let Additional::ServiceEvent(details) = &self.additional {
            put("serviceEventDetails", (**details).clone());
        }
        if !self.owners().is_empty() {
            put("sharedEventID", json!(uuid(seed, &format!("shared event {number}"))));
        }
        if let Some(endpoint) = self.caller.network.vpc_endpoint.as_ref().filter(|_| source.is_none()) {
            put("vpcEndpointId", json!(&**endpoint));
        }
        put("eventCategory", json!("Management"));
        // Only who comes itself brings a connection of its own.
        if source.is_none() {
            let host = self.source.strip_suffix(".amazonaws.com").unwrap_or(self.source);
            let host = format!("{host}.{}.amazonaws.com", self.region);
            put("tlsDetails", json!({"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_256_GCM_SHA384", "clientProvidedHostHeader": host}));
        }
        Value::Object(record)
    }

    /// The service that stands for the caller's address and agent; none if the caller came itself.
    fn source_of_call(&self) -> Option<String> {
        if matches!(self.additional, Additional::ServiceEvent(_)) {
            return Some(INTERNAL.to_owned());
        }
        if let Some(via) = &self.caller.via {
            return Some(via.invoked_by());
        }
        match &self.caller.principal.kind {
            PrincipalKind::Service { name } => Some(name.to_string()),
            PrincipalKind::Root | PrincipalKind::User { .. } | PrincipalKind::AssumedRole { .. } | PrincipalKind::FederatedUser { .. } => {
                None
            }
        }
    }
}
