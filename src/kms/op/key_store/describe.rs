//! `DescribeCustomKeyStores`.

use super::{account, find, not_found};
use crate::cloud::{ApiError, Caller, format_instant};
use crate::kms::key_store::{Backing, Connection, CustomKeyStore, ProxyConfiguration};
use crate::kms::op::page;
use crate::kms::{DescribeCustomKeyStoresRequest, Door, Response};
use serde_json::{Map, Value, json};

pub(in crate::kms::op) fn describe(
    door: &Door<'_>,
    caller: &Caller,
    request: &DescribeCustomKeyStoresRequest,
) -> Result<Response, ApiError> {
    let account = account(caller)?;
    if let Some(id) = &request.custom_key_store_id {
        find(door, caller, id)?;
    }
    let wanted = |store: &&CustomKeyStore| {
        request.custom_key_store_id.as_ref().is_none_or(|id| *store.id == **id)
            && request.custom_key_store_name.as_ref().is_none_or(|name| store.name == *name)
    };
    let stores = || door.kms.key_stores.of(account, caller.region).filter(wanted);
    if let Some(name) = request.custom_key_store_name.as_ref().filter(|_| stores().next().is_none()) {
        return Err(not_found(door, caller, name));
    }
    let items = stores().map(|store| (store.id.to_string(), store));
    page("CustomKeyStores", items, entry, request.limit, request.marker.as_deref(), 100)
}

/// What the API shows of a key store: no password and no secret.
fn entry(store: &CustomKeyStore) -> Value {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("CustomKeyStoreId", json!(&*store.id));
    put("CustomKeyStoreName", json!(store.name));
    put("CustomKeyStoreType", json!(store.kind().name()));
    put("ConnectionState", json!(store.connection.state().name()));
    if let Connection::Failed(code) = store.connection {
        put("ConnectionErrorCode", json!(code.name()));
    }
    put("CreationDate", json!(format_instant(store.created)));
    match &store.backing {
        Backing::CloudHsm { cluster, trust_anchor, .. } => {
            put("CloudHsmClusterId", json!(&**cluster));
            put("TrustAnchorCertificate", json!(trust_anchor));
        }
        Backing::External(configuration) => {
            put("XksProxyConfiguration", proxy(store, configuration));
        }
    }
    Value::Object(shown)
}

fn proxy(store: &CustomKeyStore, configuration: &ProxyConfiguration) -> Value {
    let mut shown = Map::new();
    shown.insert("Connectivity".into(), json!(configuration.connectivity.name()));
    shown.insert("AccessKeyId".into(), json!(configuration.credential.access_key_id));
    shown.insert("UriEndpoint".into(), json!(configuration.uri_endpoint));
    shown.insert("UriPath".into(), json!(configuration.uri_path));
    if let Some(name) = &configuration.vpc_endpoint_service {
        shown.insert("VpcEndpointServiceName".into(), json!(name));
        let owner = configuration.vpc_endpoint_service_owner.unwrap_or(store.account);
        shown.insert("VpcEndpointServiceOwner".into(), json!(owner.as_str()));
    }
    Value::Object(shown)
}
