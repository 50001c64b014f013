//! External key store proxies, as far as AWS KMS sees them.

use super::{Backing, CustomKeyStores, ProxyConfiguration};
use crate::cloud::{AccountId, ApiError, Region};
use crate::kms::XksProxyAuthenticationCredential;
use crate::kms::spec::{ConnectionErrorCode, XksProxyConnectivity};
use std::collections::BTreeMap;

/// An external key store proxy and the key manager behind it.
///
/// Source: "Create an external key store", section "Assemble the prerequisites", AWS KMS Developer Guide.
#[derive(Clone, Debug)]
pub struct XksProxy {
    /// Where it answers: `https://` and the host name.
    pub uri_endpoint: String,
    /// The path of its API, which ends in `/kms/xks/v1`.
    pub uri_path: String,
    /// The VPC endpoint service through which it is reached; nothing if it answers on the internet.
    pub vpc_endpoint_service: Option<VpcEndpointService>,
    /// The credential that it accepts.
    pub credential: XksProxyAuthenticationCredential,
    /// The keys of the external key manager by their ids.
    pub keys: BTreeMap<String, ExternalKey>,
    /// What is wrong with it.
    pub trouble: Option<ConnectionErrorCode>,
}

/// A VPC endpoint service in front of a proxy.
#[derive(Clone, Debug)]
pub struct VpcEndpointService {
    /// Its name: `com.amazonaws.vpce.REGION.vpce-svc-…`.
    pub name: String,
    /// The account that owns it.
    pub owner: AccountId,
    /// Its Region.
    pub region: Region,
    /// Whether it has a load balancer in two Availability Zones, a verified private DNS name, and asks for no acceptance.
    pub fits: bool,
}

/// A key in an external key manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExternalKey {
    /// An AES-256 key that is enabled and encrypts and decrypts.
    Enabled,
    /// The same, switched off.
    Disabled,
    /// Of another kind, or for other uses.
    Unsuitable,
}

impl ExternalKey {
    /// What keeps KMS from using it.
    pub(in crate::kms) fn complaint(self) -> Option<&'static str> {
        match self {
            ExternalKey::Enabled => None,
            ExternalKey::Disabled => Some("The status of the external key must be ENABLED."),
            ExternalKey::Unsuitable => Some("The external key must be an AES_256 key whose usage includes ENCRYPT and DECRYPT."),
        }
    }
}

impl CustomKeyStores {
    /// The proxy that a configuration reaches.
    pub(in crate::kms) fn proxy(&self, configuration: &ProxyConfiguration) -> Option<&XksProxy> {
        let (endpoint, path) = (&configuration.uri_endpoint, &configuration.uri_path);
        self.proxies.iter().find(|proxy| proxy.uri_endpoint == *endpoint && proxy.uri_path == *path)
    }

    /// What is wrong with the VPC endpoint service of a configuration.
    pub(in crate::kms) fn vpc_trouble(
        &self,
        configuration: &ProxyConfiguration,
        account: AccountId,
        region: Region,
    ) -> Option<ConnectionErrorCode> {
        if configuration.connectivity == XksProxyConnectivity::PUBLIC_ENDPOINT {
            return None;
        }
        let owner = configuration.vpc_endpoint_service_owner.unwrap_or(account);
        let named = configuration.vpc_endpoint_service.as_deref().unwrap_or_default();
        let services = self.proxies.iter().filter_map(|proxy| Some((proxy, proxy.vpc_endpoint_service.as_ref()?)));
        let mut found =
            services.filter(|(_, service)| service.name == named && service.owner == owner && service.region == region).peekable();
        if found.peek().is_none() {
            return Some(ConnectionErrorCode::XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND);
        }
        // The private DNS name of the service is the host of the endpoint.
        let fits = found.any(|(proxy, service)| service.fits && proxy.uri_endpoint == configuration.uri_endpoint);
        (!fits).then_some(ConnectionErrorCode::XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION)
    }

    /// What keeps KMS from talking to a proxy: the outermost trouble.
    pub(in crate::kms) fn proxy_trouble(
        &self,
        configuration: &ProxyConfiguration,
        account: AccountId,
        region: Region,
    ) -> Option<ConnectionErrorCode> {
        if let Some(trouble) = self.vpc_trouble(configuration, account, region) {
            return Some(trouble);
        }
        let in_vpc = configuration.connectivity == XksProxyConnectivity::VPC_ENDPOINT_SERVICE;
        let reached =
            |proxy: &&XksProxy| proxy.uri_endpoint == configuration.uri_endpoint && proxy.vpc_endpoint_service.is_some() == in_vpc;
        if !self.proxies.iter().any(|proxy| reached(&proxy)) {
            return Some(ConnectionErrorCode::XKS_PROXY_NOT_REACHABLE);
        }
        match self.proxy(configuration) {
            None => Some(ConnectionErrorCode::XKS_PROXY_INVALID_CONFIGURATION),
            Some(proxy) => {
                proxy.trouble.or_else(|| (proxy.credential != configuration.credential).then_some(ConnectionErrorCode::INVALID_CREDENTIALS))
            }
        }
    }

    /// What other external key stores of the account and Region leave free: each has its own proxy, and in a VPC its own host
    /// name and endpoint service.
    ///
    /// Source: `CreateCustomKeyStore`, AWS KMS API Reference.
    pub(in crate::kms) fn proxy_is_free(
        &self,
        configuration: &ProxyConfiguration,
        account: AccountId,
        region: Region,
        except: Option<&str>,
    ) -> Result<(), ApiError> {
        for store in self.of(account, region).filter(|store| Some(&*store.id) != except) {
            let Backing::External(other) = &store.backing else { continue };
            let in_vpc = |configuration: &ProxyConfiguration| configuration.connectivity == XksProxyConnectivity::VPC_ENDPOINT_SERVICE;
            let same_endpoint = other.uri_endpoint == configuration.uri_endpoint;
            let refuse = |code: &'static str, what: &str, why: &str| {
                let message = format!("The {what} is already associated with another external key store.");
                Err(ApiError::new(code, message).because(format!("the key store `{}` has it, and {why}", store.name)))
            };
            if same_endpoint && other.uri_path == configuration.uri_path {
                let why = "endpoint and path together are unique in an account and Region";
                return refuse("XksProxyUriInUseException", "proxy URI", why);
            }
            if same_endpoint && (in_vpc(configuration) || in_vpc(other)) {
                let why = "a private DNS name serves one key store; only key stores with public endpoints share a host";
                return refuse("XksProxyUriEndpointInUseException", "proxy URI endpoint", why);
            }
            if in_vpc(configuration) && other.vpc_endpoint_service == configuration.vpc_endpoint_service {
                let why = "each external key store has a VPC endpoint service of its own";
                return refuse("XksProxyVpcEndpointServiceInUseException", "VPC endpoint service", why);
            }
        }
        Ok(())
    }
}
