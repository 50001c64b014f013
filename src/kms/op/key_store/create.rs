//! `CreateCustomKeyStore`.

use super::{account, credential_fits, name_is_free, names_no_proxy, unless};
use crate::cloud::{AccountId, ApiError, Caller, Reason, Region};
use crate::kms::key_store::{Backing, Connection, CustomKeyStore, ProxyConfiguration};
use crate::kms::limits::{invalid, missing};
use crate::kms::spec::{CustomKeyStoreType, XksProxyConnectivity};
use crate::kms::{CreateCustomKeyStoreRequest, Door, Response};
use serde_json::json;
use std::sync::Arc;

pub(in crate::kms::op) fn create(
    door: &mut Door<'_>,
    caller: &Caller,
    request: &CreateCustomKeyStoreRequest,
) -> Result<Response, ApiError> {
    let (account, region) = (account(caller)?, caller.region);
    let kind = request.custom_key_store_type.unwrap_or_default();
    let backing = match kind {
        CustomKeyStoreType::AWS_CLOUDHSM => cloud_hsm(request)?,
        CustomKeyStoreType::EXTERNAL_KEY_STORE => Backing::External(external(request)?),
    };
    name_is_free(door, account, region, &request.custom_key_store_name, None)?;
    let most = door.kms.rules().key_stores;
    if door.kms.key_stores.of(account, region).count() >= most {
        let message = format!("The account has {most} custom key stores in {region}, the most it may have.");
        return Err(ApiError::new("LimitExceededException", message)
            .because("key stores of both types count, whatever their connection state; the quota can be raised on request"));
    }
    match &backing {
        Backing::CloudHsm { cluster, trust_anchor, .. } => cluster_fits(door, account, region, cluster, trust_anchor)?,
        Backing::External(configuration) => proxy_fits(door, account, region, configuration)?,
    }
    let number = door.kms.key_stores.next_number();
    let id: Arc<str> = format!("cks-{}", door.cloud.random.hex(&format!("created key store {number}"), 17)).into();
    door.kms.key_stores.add(CustomKeyStore {
        id: Arc::clone(&id),
        name: request.custom_key_store_name.clone(),
        account,
        region,
        created: door.cloud.now(),
        connection: Connection::Disconnected,
        backing,
    });
    Ok(Response::Json(json!({ "CustomKeyStoreId": &*id })))
}

fn cloud_hsm(request: &CreateCustomKeyStoreRequest) -> Result<Backing, ApiError> {
    names_no_proxy(request)?;
    let needed = |member: &Option<String>, name: &str| member.clone().ok_or_else(|| needs(name, CustomKeyStoreType::AWS_CLOUDHSM));
    Ok(Backing::CloudHsm {
        cluster: needed(&request.cloud_hsm_cluster_id, "cloudHsmClusterId")?.into(),
        trust_anchor: needed(&request.trust_anchor_certificate, "trustAnchorCertificate")?,
        password: needed(&request.key_store_password, "keyStorePassword")?.into(),
    })
}

fn external(request: &CreateCustomKeyStoreRequest) -> Result<ProxyConfiguration, ApiError> {
    if [&request.cloud_hsm_cluster_id, &request.trust_anchor_certificate, &request.key_store_password].iter().any(|given| given.is_some()) {
        return Err(invalid(
            "CloudHsmClusterId, TrustAnchorCertificate and KeyStorePassword are valid only for a custom key store of type AWS_CLOUDHSM.",
        ));
    }
    let needs = |name: &str| needs(name, CustomKeyStoreType::EXTERNAL_KEY_STORE);
    let connectivity = request.xks_proxy_connectivity.ok_or_else(|| needs("xksProxyConnectivity"))?;
    let credential = request.xks_proxy_authentication_credential.clone().ok_or_else(|| needs("xksProxyAuthenticationCredential"))?;
    credential_fits(&credential)?;
    let configuration = ProxyConfiguration {
        connectivity,
        uri_endpoint: request.xks_proxy_uri_endpoint.clone().ok_or_else(|| needs("xksProxyUriEndpoint"))?,
        uri_path: request.xks_proxy_uri_path.clone().ok_or_else(|| needs("xksProxyUriPath"))?,
        vpc_endpoint_service: request.xks_proxy_vpc_endpoint_service_name.clone(),
        vpc_endpoint_service_owner: request.xks_proxy_vpc_endpoint_service_owner.as_deref().and_then(AccountId::parse),
        credential,
    };
    match (connectivity, &configuration.vpc_endpoint_service) {
        (XksProxyConnectivity::VPC_ENDPOINT_SERVICE, None) => Err(needs("xksProxyVpcEndpointServiceName")),
        (XksProxyConnectivity::PUBLIC_ENDPOINT, Some(_)) => {
            Err(invalid("XksProxyVpcEndpointServiceName is valid only with the connectivity VPC_ENDPOINT_SERVICE."))
        }
        (XksProxyConnectivity::VPC_ENDPOINT_SERVICE, Some(_)) | (XksProxyConnectivity::PUBLIC_ENDPOINT, None) => Ok(configuration),
    }
}

fn needs(member: &str, kind: CustomKeyStoreType) -> ApiError {
    missing(member).because(format!("a custom key store of type {kind} needs it"))
}

/// Source: "Create an AWS CloudHSM key store", section "Assemble the prerequisites".
fn cluster_fits(door: &Door<'_>, account: AccountId, region: Region, id: &str, trust_anchor: &str) -> Result<(), ApiError> {
    let stores = &door.kms.key_stores;
    let cluster = stores.named_cluster(account, region, id)?;
    if let Some(user) = stores.user_of_cluster(id) {
        let message = format!("The cluster {id} is already associated with a custom key store.");
        return Err(ApiError::new("CloudHsmClusterInUseException", message)
            .because(format!("the key store `{user}` has it or a cluster of the same backup history, which shares its keys and users")));
    }
    cluster.can_be_tried()?;
    cluster.has_two_hsms()?;
    if cluster.customer_ca.trim() != trust_anchor.trim() {
        let reason = Reason::new("the certificate is not the one that signed the cluster's certificate when it was initialized")
            .detail("it is the file customerCA.crt, the same for the cluster and all clusters made from its backups", None);
        return Err(ApiError::new("IncorrectTrustAnchorException", "The trust anchor certificate is not the one of the cluster.")
            .with_reason(Arc::new(reason)));
    }
    Ok(())
}

/// With a public endpoint KMS tries the proxy at once; in a VPC it looks at the endpoint service now, and at the proxy when the
/// key store is connected.
///
/// Source: "Troubleshooting external key stores", section "General configuration errors".
fn proxy_fits(door: &Door<'_>, account: AccountId, region: Region, configuration: &ProxyConfiguration) -> Result<(), ApiError> {
    let stores = &door.kms.key_stores;
    stores.proxy_is_free(configuration, account, region, None)?;
    unless(match configuration.connectivity {
        XksProxyConnectivity::PUBLIC_ENDPOINT => stores.proxy_trouble(configuration, account, region),
        XksProxyConnectivity::VPC_ENDPOINT_SERVICE => stores.vpc_trouble(configuration, account, region),
    })
}
