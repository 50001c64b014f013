//! `UpdateCustomKeyStore`.
//!
//! The name of every key store, and the credential and the path of an external one, may change in any connection state; all else
//! needs a key store that is `DISCONNECTED`.
//!
//! Source: "Edit AWS CloudHSM key store settings" and "Edit external key store properties", AWS KMS Developer Guide.

use super::{credential_fits, find, name_is_free, names_no_proxy, unless};
use crate::cloud::{AccountId, ApiError, Caller};
use crate::kms::key_store::{Backing, Connection, CustomKeyStore, ProxyConfiguration};
use crate::kms::limits::{invalid, missing};
use crate::kms::spec::XksProxyConnectivity;
use crate::kms::{Door, Operation, Response, UpdateCustomKeyStoreRequest};
use std::sync::Arc;

pub(in crate::kms::op) fn update(
    door: &mut Door<'_>,
    caller: &Caller,
    request: &UpdateCustomKeyStoreRequest,
) -> Result<Response, ApiError> {
    let store = find(door, caller, &request.custom_key_store_id)?;
    if let Some(name) = &request.new_custom_key_store_name {
        name_is_free(door, store.account, store.region, name, Some(&store.id))?;
    }
    let backing = match &store.backing {
        Backing::CloudHsm { .. } => cloud_hsm(door, store, request)?,
        Backing::External(present) => Backing::External(external(door, store, present, request)?),
    };
    if let Some(store) = door.kms.key_stores.get_mut(&request.custom_key_store_id) {
        store.name = request.new_custom_key_store_name.clone().unwrap_or_else(|| store.name.clone());
        store.backing = backing;
    }
    door.kms.follow_store(&request.custom_key_store_id);
    Ok(Response::Empty)
}

fn needs_disconnected(store: &CustomKeyStore, changes: bool) -> Result<(), ApiError> {
    if changes && store.connection != Connection::Disconnected {
        return Err(store.wrong_state(Operation::UpdateCustomKeyStore, "one that is DISCONNECTED for this property"));
    }
    Ok(())
}

fn cloud_hsm(door: &Door<'_>, store: &CustomKeyStore, request: &UpdateCustomKeyStoreRequest) -> Result<Backing, ApiError> {
    names_no_proxy(request)?;
    needs_disconnected(store, request.key_store_password.is_some() || request.cloud_hsm_cluster_id.is_some())?;
    let mut backing = store.backing.clone();
    if let Backing::CloudHsm { cluster, password, .. } = &mut backing {
        if let Some(id) = &request.cloud_hsm_cluster_id {
            cluster_fits(door, store, cluster, id)?;
            *cluster = id.as_str().into();
        }
        if let Some(given) = &request.key_store_password {
            *password = given.as_str().into();
        }
    }
    Ok(backing)
}

fn cluster_fits(door: &Door<'_>, store: &CustomKeyStore, present: &Arc<str>, id: &str) -> Result<(), ApiError> {
    let stores = &door.kms.key_stores;
    let cluster = stores.named_cluster(store.account, store.region, id)?;
    if !stores.related_clusters(present, id) {
        let message = format!("The cluster {id} is not related to the cluster of the custom key store.");
        return Err(ApiError::new("CloudHsmClusterNotRelatedException", message).because(format!(
            "only a cluster made from a backup of {present}, or one that shares its backup history, has the material of the keys"
        )));
    }
    cluster.can_be_tried()?;
    cluster.has_two_hsms()
}

/// The configuration as it will be. Before anything is changed KMS tries to reach the proxy with it.
fn external(
    door: &Door<'_>,
    store: &CustomKeyStore,
    present: &ProxyConfiguration,
    request: &UpdateCustomKeyStoreRequest,
) -> Result<ProxyConfiguration, ApiError> {
    if request.cloud_hsm_cluster_id.is_some() || request.key_store_password.is_some() {
        return Err(invalid("CloudHsmClusterId and KeyStorePassword are valid only for a custom key store of type AWS_CLOUDHSM."));
    }
    let changes_reach = request.xks_proxy_connectivity.is_some()
        || request.xks_proxy_uri_endpoint.is_some()
        || request.xks_proxy_vpc_endpoint_service_name.is_some()
        || request.xks_proxy_vpc_endpoint_service_owner.is_some();
    if !changes_reach && request.xks_proxy_uri_path.is_none() && request.xks_proxy_authentication_credential.is_none() {
        return Ok(present.clone());
    }
    if let Some(credential) = &request.xks_proxy_authentication_credential {
        credential_fits(credential)?;
    }
    let connectivity = request.xks_proxy_connectivity.unwrap_or(present.connectivity);
    if connectivity != present.connectivity && request.xks_proxy_uri_endpoint.is_none() {
        return Err(
            missing("xksProxyUriEndpoint").because("another connectivity goes with another host name, so the endpoint has to be given")
        );
    }
    let owner = request.xks_proxy_vpc_endpoint_service_owner.as_deref().and_then(AccountId::parse);
    let (vpc_endpoint_service, vpc_endpoint_service_owner) = match connectivity {
        XksProxyConnectivity::PUBLIC_ENDPOINT if request.xks_proxy_vpc_endpoint_service_name.is_some() => {
            return Err(invalid("XksProxyVpcEndpointServiceName is valid only with the connectivity VPC_ENDPOINT_SERVICE."));
        }
        XksProxyConnectivity::PUBLIC_ENDPOINT => (None, None),
        XksProxyConnectivity::VPC_ENDPOINT_SERVICE => {
            let name = request.xks_proxy_vpc_endpoint_service_name.clone().or_else(|| present.vpc_endpoint_service.clone());
            let name = name.ok_or_else(|| {
                missing("xksProxyVpcEndpointServiceName").because("the connectivity VPC_ENDPOINT_SERVICE needs a VPC endpoint service")
            })?;
            (Some(name), owner.or(present.vpc_endpoint_service_owner))
        }
    };
    needs_disconnected(store, changes_reach)?;
    let configuration = ProxyConfiguration {
        connectivity,
        uri_endpoint: request.xks_proxy_uri_endpoint.clone().unwrap_or_else(|| present.uri_endpoint.clone()),
        uri_path: request.xks_proxy_uri_path.clone().unwrap_or_else(|| present.uri_path.clone()),
        vpc_endpoint_service,
        vpc_endpoint_service_owner,
        credential: request.xks_proxy_authentication_credential.clone().unwrap_or_else(|| present.credential.clone()),
    };
    let stores = &door.kms.key_stores;
    stores.proxy_is_free(&configuration, store.account, store.region, Some(&store.id))?;
    unless(stores.proxy_trouble(&configuration, store.account, store.region))?;
    Ok(configuration)
}
