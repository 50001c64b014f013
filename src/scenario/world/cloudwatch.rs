//! The `cloudwatch` section: alarms.

use super::Builder;
use crate::doc::{Fields, Node, Pair};
use serde_json::Value;

impl Builder<'_> {
    pub(super) fn cloudwatch(&mut self, node: &Node) {
        let Some(mut fields) = Fields::of(node, "the cloudwatch section", self.diagnostics) else { return };
        let alarms = fields.entries("alarms", self.diagnostics);
        fields.finish(self.diagnostics);
        for pair in alarms {
            self.alarm(pair);
        }
    }

    /// An alarm has the members of PutMetricAlarm, and may say its account and Region.
    fn alarm(&mut self, pair: &Pair) -> Option<()> {
        let (account, region) = (self.owner(&pair.value)?, self.region(&pair.value)?);
        let Value::Object(mut members) = pair.value.to_json() else {
            self.diagnostics.push(pair.value.expected("doc/wrong-shape", "a mapping with the members of PutMetricAlarm"));
            return None;
        };
        for ours in ["account", "region"] {
            members.shift_remove(ours);
        }
        members.insert("AlarmName".to_owned(), Value::from(pair.key.as_str()));
        let now = self.world.cloud.now();
        if let Err(error) = self.world.cloudwatch.add_alarm(account, region, now, Value::Object(members)) {
            self.error("scenario/resource", error.to_string(), pair.key_span, "cannot be set up");
        }
        Some(())
    }
}
