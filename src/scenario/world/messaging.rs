//! The `sqs` and `logs` sections: queues and log groups.

use super::Builder;
use crate::cloud::parse_duration;
use crate::doc::{Fields, Node, Pair};
use crate::iam::PolicyKind;
use crate::services::logs::NewLogGroup;
use crate::services::sqs::{NewQueue, QueueEncryption};
use std::sync::Arc;

impl Builder<'_> {
    pub(super) fn sqs(&mut self, node: &Node) {
        let Some(mut fields) = Fields::of(node, "the sqs section", self.diagnostics) else { return };
        let queues = fields.entries("queues", self.diagnostics);
        fields.finish(self.diagnostics);
        for pair in queues {
            self.queue(pair);
        }
    }

    fn queue(&mut self, pair: &Pair) -> Option<()> {
        let mut fields = Fields::of(&pair.value, "a queue", self.diagnostics)?;
        fields.optional("account");
        fields.optional("region");
        let key = fields.text("key", self.diagnostics);
        let unencrypted = fields.flag("unencrypted", self.diagnostics);
        let reuse = fields.optional("reuse_period");
        let policy = fields.optional("policy");
        fields.finish(self.diagnostics);
        let (account, region) = (self.owner(&pair.value)?, self.region(&pair.value)?);
        let encryption = match (key, unencrypted) {
            (Some(key), _) => QueueEncryption::SseKms(key.into()),
            (None, true) => QueueEncryption::None,
            (None, false) => QueueEncryption::SseSqs,
        };
        let reuse_period = reuse.and_then(Node::as_str).and_then(parse_duration);
        if let (Some(node), None) = (reuse, reuse_period) {
            self.diagnostics.push(node.expected("scenario/duration", "a time such as `5m` or `24h`"));
        }
        let policy = match policy {
            Some(node) => self.policy(node, PolicyKind::Resource, &format!("queue policy of {}", pair.key)),
            None => None,
        };
        self.world.sqs.add_queue(NewQueue { name: pair.key.as_str().into(), account, region, encryption, reuse_period, policy });
        Some(())
    }

    pub(super) fn logs(&mut self, node: &Node) {
        let Some(mut fields) = Fields::of(node, "the logs section", self.diagnostics) else { return };
        let groups = fields.entries("groups", self.diagnostics);
        fields.finish(self.diagnostics);
        for pair in groups {
            self.log_group(pair);
        }
    }

    fn log_group(&mut self, pair: &Pair) -> Option<()> {
        let mut fields = Fields::of(&pair.value, "a log group", self.diagnostics)?;
        fields.optional("account");
        fields.optional("region");
        let key = fields.text("key", self.diagnostics).map(Arc::from);
        fields.finish(self.diagnostics);
        let (account, region) = (self.owner(&pair.value)?, self.region(&pair.value)?);
        self.world.logs.add_group(NewLogGroup { name: pair.key.as_str().into(), account, region, key });
        Some(())
    }
}
