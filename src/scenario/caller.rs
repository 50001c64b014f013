//! Who makes a call: the principal, the Region that it calls, and the way that the request takes.

use super::check::Reader;
use super::world::{principal, unknown_principal};
use crate::cloud::{Caller, Network, Region};
use crate::diag::Diagnostic;
use crate::doc::{Fields, Node};
use std::net::IpAddr;
use std::sync::Arc;

/// The fields that describe a caller.
pub(super) struct CallerFields<'n> {
    who: Option<&'n Node>,
    region: Option<&'n Node>,
    address: Option<&'n Node>,
    endpoint: Option<&'n Node>,
}

impl<'n> CallerFields<'n> {
    /// Takes `as`, `in`, `from` and `through`.
    pub(super) fn of(fields: &mut Fields<'n>) -> Self {
        CallerFields {
            who: fields.optional("as"),
            region: fields.optional("in"),
            address: fields.optional("from"),
            endpoint: fields.optional("through"),
        }
    }

    /// One of them, where there should be none.
    pub(super) fn any(&self) -> Option<&'n Node> {
        self.who.or(self.address).or(self.endpoint)
    }
}

impl Reader<'_> {
    /// The caller of an operation.
    pub(super) fn caller(&mut self, operation: &Node, fields: &CallerFields<'_>) -> Option<Caller> {
        let Some(node) = fields.who else {
            self.diagnostics.push(Diagnostic::error("scenario/no-caller", "a call says who makes it").at(operation.span, "add `as:`"));
            return None;
        };
        let text = node.as_str()?;
        let Some(found) = principal(self.world, text) else {
            self.diagnostics.push(unknown_principal(self.world, self.names, text, node.span));
            return None;
        };
        let region = match fields.region {
            None => self.names.region(),
            Some(node) => match node.as_str().and_then(Region::parse) {
                Some(region) => region,
                None => {
                    self.diagnostics.push(node.expected("scenario/unknown-region", "a Region such as us-west-2"));
                    return None;
                }
            },
        };
        let address = match fields.address {
            None => None,
            Some(node) => Some(self.address(node)?),
        };
        let vpc_endpoint = match fields.endpoint {
            None => None,
            Some(node) => Some(self.endpoint(node, operation, region)?),
        };
        Some(Caller { network: Network { address, vpc_endpoint, agent: None }, ..Caller::direct(found, region) })
    }

    fn address(&mut self, node: &Node) -> Option<IpAddr> {
        let address = node.as_str().and_then(|text| text.parse().ok());
        if address.is_none() {
            self.diagnostics.push(node.expected("scenario/address", "an IP address such as \"198.51.100.7\""));
        }
        address
    }

    /// The VPC endpoint that a label names: one for KMS, in the Region that is called.
    fn endpoint(&mut self, node: &Node, operation: &Node, region: Region) -> Option<Arc<str>> {
        let label = node.as_str().unwrap_or_default();
        let Some(endpoint) = self.names.endpoint(label) else {
            self.diagnostics.push(
                Diagnostic::error("scenario/unknown-endpoint", format!("the world has no VPC endpoint `{label}`"))
                    .at(node.span, "no such VPC endpoint")
                    .suggest(label, self.names.endpoint_labels()),
            );
            return None;
        };
        let operation = operation.as_str().unwrap_or_default();
        let problem = if !operation.starts_with("kms:") {
            Some(format!("`{operation}` does not pass the VPC endpoint `{label}`, which is for KMS"))
        } else if endpoint.region != region {
            Some(format!("the VPC endpoint `{label}` is in {}, and the call goes to {region}", endpoint.region))
        } else {
            None
        };
        if let Some(message) = problem {
            self.diagnostics.push(Diagnostic::error("scenario/endpoint", message).at(node.span, "not for this call"));
            return None;
        }
        Some(Arc::clone(&endpoint.id))
    }
}
