//! The `xks_proxies` section: external key store proxies by label, with the keys behind them.

use super::Builder;
use crate::doc::{Fields, Node, Pair};
use crate::kms::{CustomKeyStoreType, ExternalKey, VpcEndpointService, XksProxy, XksProxyAuthenticationCredential};
use std::collections::BTreeMap;

/// The credential of a proxy where a world does not say it.
const ACCESS_KEY_ID: &str = "XKSPROXYACCESSKEY234";
const SECRET: &str = "XksProxySecretOfTheModel+0123456789/0123456789";

impl Builder<'_> {
    pub(super) fn xks_proxies(&mut self, node: &Node) {
        let Some(pairs) = node.as_mapping() else {
            self.diagnostics.push(node.expected("doc/wrong-shape", "a mapping of proxy labels"));
            return;
        };
        for pair in pairs {
            self.xks_proxy(pair);
        }
    }

    fn xks_proxy(&mut self, pair: &Pair) -> Option<()> {
        self.proxies.insert(pair.key.clone(), None);
        let mut fields = Fields::of(&pair.value, "an external key store proxy", self.diagnostics)?;
        let endpoint = fields.required_text("endpoint", self.diagnostics);
        let path = fields.text("path", self.diagnostics).unwrap_or("/kms/xks/v1");
        let access_key_id = fields.text("access_key_id", self.diagnostics).unwrap_or(ACCESS_KEY_ID);
        let secret = fields.text("secret", self.diagnostics).unwrap_or(SECRET);
        let keys = fields.entries("keys", self.diagnostics);
        let service = fields.optional("vpc_endpoint_service");
        let trouble = fields.optional("trouble");
        fields.finish(self.diagnostics);
        let vpc_endpoint_service = match service {
            Some(node) => Some(self.vpc_endpoint_service(node)?),
            None => None,
        };
        let proxy = XksProxy {
            uri_endpoint: endpoint?.to_owned(),
            uri_path: path.to_owned(),
            vpc_endpoint_service,
            credential: XksProxyAuthenticationCredential { access_key_id: access_key_id.into(), raw_secret_access_key: secret.into() },
            keys: keys.iter().filter_map(|pair| Some((pair.key.clone(), self.external_key(&pair.value)?))).collect::<BTreeMap<_, _>>(),
            trouble: trouble.and_then(|node| self.trouble(node, CustomKeyStoreType::EXTERNAL_KEY_STORE)),
        };
        self.world.kms.key_stores.add_proxy(proxy.clone());
        self.proxies.insert(pair.key.clone(), Some(proxy));
        Some(())
    }

    fn external_key(&mut self, node: &Node) -> Option<ExternalKey> {
        let found = match node.as_str() {
            Some("enabled") => Some(ExternalKey::Enabled),
            Some("disabled") => Some(ExternalKey::Disabled),
            Some("unsuitable") => Some(ExternalKey::Unsuitable),
            Some(_) | None => None,
        };
        if found.is_none() {
            self.diagnostics.push(node.expected("scenario/external-key", "`enabled`, `disabled` or `unsuitable`"));
        }
        found
    }

    fn vpc_endpoint_service(&mut self, node: &Node) -> Option<VpcEndpointService> {
        let mut fields = Fields::of(node, "a VPC endpoint service", self.diagnostics)?;
        fields.optional("account");
        fields.optional("region");
        let name = fields.required_text("name", self.diagnostics);
        let misconfigured = fields.flag("misconfigured", self.diagnostics);
        fields.finish(self.diagnostics);
        let (owner, region) = (self.owner(node)?, self.region(node)?);
        Some(VpcEndpointService { name: name?.to_owned(), owner, region, fits: !misconfigured })
    }
}
