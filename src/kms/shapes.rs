//! The request shapes of the KMS API, in AWS's JSON shape.

use super::spec::{
    CustomKeyStoreType, DataKeySpec, DryRunModifier, EncapsulationAlgorithm, EncryptionAlgorithm, ExpirationModel, ImportType,
    IncludeKeyMaterial, KeyAgreementAlgorithm, KeySpec, KeyUsage, MacAlgorithm, MessageType, Origin, ResourceOwner, SigningAlgorithm,
    WrappingAlgorithm, WrappingKeySpec, XksProxyConnectivity,
};
use super::{Blob, EncryptionContext, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What many requests have in common.
///
/// Which operation takes what is told by the table of operations; a test holds these to it.
pub(super) trait Members {
    /// What it gives as its key.
    fn key(&self) -> Option<&str> {
        None
    }
    /// The grant tokens that it carries.
    fn tokens(&self) -> &[String] {
        &[]
    }
    /// Whether it only asks whether it would succeed.
    fn dry(&self) -> bool {
        false
    }
    /// Its encryption context; of `ReEncrypt` the source's, of `CreateGrant` its constraint's.
    fn context(&self) -> Option<&EncryptionContext> {
        None
    }
}

macro_rules! shapes {
    ($($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty),* $(,)? } $(=> $self:ident: $($member:ident = $value:expr),+ ;)?)*) => {
        $(
            $(#[$meta])*
            ///
            /// Members: see the page of the operation in the AWS KMS API Reference.
            #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
            #[serde(rename_all = "PascalCase", default)]
            #[allow(missing_docs, reason = "the members are AWS's, under AWS's names")]
            pub struct $name { $(pub $field: $type),* }

            impl Members for $name {
                $($(shapes! { @ $member $self $value })+)?
            }
        )*
    };
    (@ key $self:ident $value:expr) => { fn key(&$self) -> Option<&str> { $value } };
    (@ tokens $self:ident $value:expr) => { fn tokens(&$self) -> &[String] { $value } };
    (@ dry $self:ident $value:expr) => { fn dry(&$self) -> bool { $value } };
    (@ context $self:ident $value:expr) => { fn context(&$self) -> Option<&EncryptionContext> { $value } };
}

shapes! {
    /// `CancelKeyDeletion` and the other operations that take a key and nothing else.
    KeyRequest { key_id: String }
        => self: key = Some(&self.key_id);
    /// `CreateAlias` and `UpdateAlias`.
    AliasTargetRequest { alias_name: String, target_key_id: String }
        => self: key = Some(&self.target_key_id);
    /// `DeleteAlias`.
    DeleteAliasRequest { alias_name: String }
    /// The `Constraints` of `CreateGrant`.
    GrantConstraints {
        encryption_context_equals: Option<EncryptionContext>, encryption_context_subset: Option<EncryptionContext>,
        source_arn: Option<String>,
    }
    /// `CreateGrant`.
    CreateGrantRequest {
        key_id: String, grantee_principal: Option<String>, grantee_service_principal: Option<String>, retiring_principal: Option<String>,
        retiring_service_principal: Option<String>, operations: Vec<String>, constraints: Option<GrantConstraints>,
        grant_tokens: Vec<String>, name: Option<String>, dry_run: bool,
    } => self: key = Some(&self.key_id), tokens = &self.grant_tokens, dry = self.dry_run,
        context = self.constraints.as_ref().and_then(|c| c.encryption_context_equals.as_ref().or(c.encryption_context_subset.as_ref()));
    /// A tag of a key.
    Tag { tag_key: String, tag_value: String }
    /// The attestation document of an enclave, for which the response is encrypted.
    RecipientInfo { key_encryption_algorithm: String, attestation_document: Blob }
    /// `CreateKey`.
    CreateKeyRequest {
        policy: Option<String>, description: String, key_usage: Option<KeyUsage>, customer_master_key_spec: Option<KeySpec>,
        key_spec: Option<KeySpec>, origin: Option<Origin>, custom_key_store_id: Option<String>,
        bypass_policy_lockout_safety_check: Option<bool>, tags: Vec<Tag>, multi_region: bool, xks_key_id: Option<String>,
    }
    /// `Decapsulate`.
    DecapsulateRequest {
        key_id: String, shared_secret_ciphertext_blob: Blob, encapsulation_algorithm: EncapsulationAlgorithm,
        grant_tokens: Vec<String>, dry_run: bool,
    } => self: key = Some(&self.key_id), tokens = &self.grant_tokens, dry = self.dry_run;
    /// `Decrypt`.
    DecryptRequest {
        ciphertext_blob: Blob, key_id: Option<String>, encryption_context: EncryptionContext, grant_tokens: Vec<String>,
        encryption_algorithm: Option<EncryptionAlgorithm>, recipient: Option<RecipientInfo>, dry_run: bool,
        dry_run_modifiers: Vec<DryRunModifier>,
    } => self: key = self.key_id.as_deref(), tokens = &self.grant_tokens, dry = self.dry_run, context = Some(&self.encryption_context);
    /// `DeleteImportedKeyMaterial`.
    DeleteImportedKeyMaterialRequest { key_id: String, key_material_id: Option<String> }
        => self: key = Some(&self.key_id);
    /// `DeriveSharedSecret`.
    DeriveSharedSecretRequest {
        key_id: String, key_agreement_algorithm: KeyAgreementAlgorithm, public_key: Blob, grant_tokens: Vec<String>, dry_run: bool,
        recipient: Option<RecipientInfo>,
    } => self: key = Some(&self.key_id), tokens = &self.grant_tokens, dry = self.dry_run;
    /// `DescribeKey` and `GetPublicKey`.
    DescribeKeyRequest { key_id: String, grant_tokens: Vec<String> }
        => self: key = Some(&self.key_id), tokens = &self.grant_tokens;
    /// `EnableKeyRotation`.
    EnableKeyRotationRequest { key_id: String, rotation_period_in_days: Option<i64> }
        => self: key = Some(&self.key_id);
    /// `Encapsulate`.
    EncapsulateRequest { key_id: String, encapsulation_algorithm: EncapsulationAlgorithm, grant_tokens: Vec<String>, dry_run: bool }
        => self: key = Some(&self.key_id), tokens = &self.grant_tokens, dry = self.dry_run;
    /// `Encrypt`.
    EncryptRequest {
        key_id: String, plaintext: Blob, encryption_context: EncryptionContext, grant_tokens: Vec<String>,
        encryption_algorithm: Option<EncryptionAlgorithm>, dry_run: bool,
    } => self: key = Some(&self.key_id), tokens = &self.grant_tokens, dry = self.dry_run, context = Some(&self.encryption_context);
    /// `GenerateDataKey` and `GenerateDataKeyWithoutPlaintext`.
    GenerateDataKeyRequest {
        key_id: String, encryption_context: EncryptionContext, number_of_bytes: Option<i64>, key_spec: Option<DataKeySpec>,
        grant_tokens: Vec<String>, recipient: Option<RecipientInfo>, dry_run: bool,
    } => self: key = Some(&self.key_id), tokens = &self.grant_tokens, dry = self.dry_run, context = Some(&self.encryption_context);
    /// `GenerateDataKeyPair` and `GenerateDataKeyPairWithoutPlaintext`.
    GenerateDataKeyPairRequest {
        key_id: String, encryption_context: EncryptionContext, key_pair_spec: KeySpec, grant_tokens: Vec<String>,
        recipient: Option<RecipientInfo>, dry_run: bool,
    } => self: key = Some(&self.key_id), tokens = &self.grant_tokens, dry = self.dry_run, context = Some(&self.encryption_context);
    /// `GenerateMac`.
    GenerateMacRequest { key_id: String, message: Blob, mac_algorithm: MacAlgorithm, grant_tokens: Vec<String>, dry_run: bool }
        => self: key = Some(&self.key_id), tokens = &self.grant_tokens, dry = self.dry_run;
    /// `GenerateRandom`.
    GenerateRandomRequest { number_of_bytes: Option<i64>, custom_key_store_id: Option<String>, recipient: Option<RecipientInfo> }
    /// `GetKeyPolicy`.
    GetKeyPolicyRequest { key_id: String, policy_name: Option<String> }
        => self: key = Some(&self.key_id);
    /// `GetParametersForImport`.
    GetParametersForImportRequest { key_id: String, wrapping_algorithm: WrappingAlgorithm, wrapping_key_spec: WrappingKeySpec }
        => self: key = Some(&self.key_id);
    /// `ImportKeyMaterial`.
    ImportKeyMaterialRequest {
        key_id: String, import_token: Blob, encrypted_key_material: Blob, valid_to: Option<Timestamp>,
        expiration_model: Option<ExpirationModel>, import_type: Option<ImportType>, key_material_description: Option<String>,
        key_material_id: Option<String>,
    } => self: key = Some(&self.key_id);
    /// `ListAliases`, `ListKeyPolicies` and `ListResourceTags`.
    ListRequest { key_id: Option<String>, limit: Option<i64>, marker: Option<String> }
        => self: key = self.key_id.as_deref();
    /// `ListGrants`.
    ListGrantsRequest {
        key_id: String, limit: Option<i64>, marker: Option<String>, grant_id: Option<String>, grantee_principal: Option<String>,
        grantee_service_principal: Option<String>,
    } => self: key = Some(&self.key_id);
    /// `ListKeyRotations`.
    ListKeyRotationsRequest {
        key_id: String, include_key_material: Option<IncludeKeyMaterial>, limit: Option<i64>, marker: Option<String>,
    } => self: key = Some(&self.key_id);
    /// `ListKeys`.
    ListKeysRequest { limit: Option<i64>, marker: Option<String>, resource_owners: Vec<ResourceOwner> }
    /// `ListRetirableGrants`.
    ListRetirableGrantsRequest {
        limit: Option<i64>, marker: Option<String>, retiring_principal: Option<String>, retiring_service_principal: Option<String>,
    }
    /// `PutKeyPolicy`.
    PutKeyPolicyRequest {
        key_id: String, policy_name: Option<String>, policy: String, bypass_policy_lockout_safety_check: Option<bool>,
    } => self: key = Some(&self.key_id);
    /// `ReEncrypt`.
    ReEncryptRequest {
        ciphertext_blob: Blob, source_encryption_context: EncryptionContext, source_key_id: Option<String>,
        destination_key_id: String, destination_encryption_context: EncryptionContext,
        source_encryption_algorithm: Option<EncryptionAlgorithm>, destination_encryption_algorithm: Option<EncryptionAlgorithm>,
        grant_tokens: Vec<String>, dry_run: bool, dry_run_modifiers: Vec<DryRunModifier>,
    } => self: key = self.source_key_id.as_deref(), tokens = &self.grant_tokens, dry = self.dry_run,
        context = Some(&self.source_encryption_context);
    /// `ReplicateKey`.
    ReplicateKeyRequest {
        key_id: String, replica_region: String, policy: Option<String>, bypass_policy_lockout_safety_check: Option<bool>,
        description: String, tags: Vec<Tag>,
    } => self: key = Some(&self.key_id);
    /// `RetireGrant`.
    RetireGrantRequest { grant_token: Option<String>, key_id: Option<String>, grant_id: Option<String>, dry_run: bool }
        => self: key = self.key_id.as_deref(), dry = self.dry_run;
    /// `RevokeGrant`.
    RevokeGrantRequest { key_id: String, grant_id: String, dry_run: bool }
        => self: key = Some(&self.key_id), dry = self.dry_run;
    /// `ScheduleKeyDeletion`.
    ScheduleKeyDeletionRequest { key_id: String, pending_window_in_days: Option<i64> }
        => self: key = Some(&self.key_id);
    /// `Sign`.
    SignRequest {
        key_id: String, message: Blob, message_type: Option<MessageType>, grant_tokens: Vec<String>, signing_algorithm: SigningAlgorithm,
        dry_run: bool,
    } => self: key = Some(&self.key_id), tokens = &self.grant_tokens, dry = self.dry_run;
    /// `TagResource`.
    TagResourceRequest { key_id: String, tags: Vec<Tag> }
        => self: key = Some(&self.key_id);
    /// `UntagResource`.
    UntagResourceRequest { key_id: String, tag_keys: Vec<String> }
        => self: key = Some(&self.key_id);
    /// `UpdateKeyDescription`.
    UpdateKeyDescriptionRequest { key_id: String, description: String }
        => self: key = Some(&self.key_id);
    /// `UpdatePrimaryRegion`.
    UpdatePrimaryRegionRequest { key_id: String, primary_region: String }
        => self: key = Some(&self.key_id);
    /// `Verify`.
    VerifyRequest {
        key_id: String, message: Blob, message_type: Option<MessageType>, signature: Blob, signing_algorithm: SigningAlgorithm,
        grant_tokens: Vec<String>, dry_run: bool,
    } => self: key = Some(&self.key_id), tokens = &self.grant_tokens, dry = self.dry_run;
    /// `VerifyMac`.
    VerifyMacRequest {
        key_id: String, message: Blob, mac_algorithm: MacAlgorithm, mac: Blob, grant_tokens: Vec<String>, dry_run: bool,
    } => self: key = Some(&self.key_id), tokens = &self.grant_tokens, dry = self.dry_run;

    /// `ConnectCustomKeyStore`, `DeleteCustomKeyStore` and `DisconnectCustomKeyStore`.
    CustomKeyStoreRequest { custom_key_store_id: String }
    /// The credential with which KMS signs its requests to an external key store proxy.
    XksProxyAuthenticationCredential { access_key_id: String, raw_secret_access_key: String }
    /// `CreateCustomKeyStore`.
    CreateCustomKeyStoreRequest {
        custom_key_store_name: String, cloud_hsm_cluster_id: Option<String>, trust_anchor_certificate: Option<String>,
        key_store_password: Option<String>, custom_key_store_type: Option<CustomKeyStoreType>, xks_proxy_uri_endpoint: Option<String>,
        xks_proxy_uri_path: Option<String>, xks_proxy_vpc_endpoint_service_name: Option<String>,
        xks_proxy_vpc_endpoint_service_owner: Option<String>,
        xks_proxy_authentication_credential: Option<XksProxyAuthenticationCredential>,
        xks_proxy_connectivity: Option<XksProxyConnectivity>,
    }
    /// `DescribeCustomKeyStores`.
    DescribeCustomKeyStoresRequest {
        custom_key_store_id: Option<String>, custom_key_store_name: Option<String>, limit: Option<i64>, marker: Option<String>,
    }
    /// `UpdateCustomKeyStore`.
    UpdateCustomKeyStoreRequest {
        custom_key_store_id: String, new_custom_key_store_name: Option<String>, key_store_password: Option<String>,
        cloud_hsm_cluster_id: Option<String>, xks_proxy_uri_endpoint: Option<String>, xks_proxy_uri_path: Option<String>,
        xks_proxy_vpc_endpoint_service_name: Option<String>, xks_proxy_vpc_endpoint_service_owner: Option<String>,
        xks_proxy_authentication_credential: Option<XksProxyAuthenticationCredential>,
        xks_proxy_connectivity: Option<XksProxyConnectivity>,
    }
}

impl DescribeKeyRequest {
    /// A request that names a key and nothing else.
    #[must_use]
    pub fn of(key_id: &str) -> Self {
        DescribeKeyRequest { key_id: key_id.to_owned(), grant_tokens: Vec::new() }
    }
}

/// Tags as a map, which is how a key keeps them.
pub(crate) fn tag_map(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.tag_key.clone(), tag.tag_value.clone())).collect()
}
