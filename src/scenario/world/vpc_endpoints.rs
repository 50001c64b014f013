//! The `vpc_endpoints` section: interface VPC endpoints for KMS by label.

use super::Builder;
use crate::doc::{Fields, Node, Pair};
use crate::iam::{Endpoint, Policy, PolicyKind};
use std::sync::Arc;

/// What AWS gives an endpoint for which nobody writes a policy.
///
/// Source: "Creating a VPC endpoint policy", AWS KMS Developer Guide.
const DEFAULT_POLICY: &str = r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#;

impl Builder<'_> {
    pub(super) fn vpc_endpoints(&mut self, node: &Node) {
        let Some(pairs) = node.as_mapping() else {
            self.diagnostics.push(node.expected("doc/wrong-shape", "a mapping of VPC endpoint labels"));
            return;
        };
        for pair in pairs {
            self.vpc_endpoint(pair);
        }
    }

    fn vpc_endpoint(&mut self, pair: &Pair) -> Option<()> {
        let id = Arc::clone(&self.names.endpoint(&pair.key)?.id);
        self.made(pair, Ok(Arc::clone(&id)));
        let mut fields = Fields::of(&pair.value, "a VPC endpoint", self.diagnostics)?;
        fields.optional("account");
        fields.optional("region");
        let vpc = fields.required("vpc", self.diagnostics);
        let policy = fields.optional("policy");
        fields.finish(self.diagnostics);
        self.owner(&pair.value)?;
        let vpc = vpc?;
        let Some(vpc) = vpc.as_str().filter(|vpc| vpc.starts_with("vpc-")) else {
            self.diagnostics.push(vpc.expected("scenario/vpc", "the id of a VPC such as `vpc-0a1b2c3d`"));
            return None;
        };
        let title = format!("policy of VPC endpoint {}", pair.key);
        let policy = match policy {
            Some(node) => self.policy(node, PolicyKind::Endpoint, &title)?,
            None => Arc::new(Policy::from_json(DEFAULT_POLICY, PolicyKind::Endpoint, &title).ok()?),
        };
        self.world.iam.add_endpoint(id, Endpoint { policy, vpc: vpc.into() });
        Some(())
    }
}
